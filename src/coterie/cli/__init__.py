"""The command line: it talks to a running node only through the local API."""
