"""The daemon: assembly, effect driver, supervision and the local API server."""
