"""Epochs without a server: the steward, staged commits, the log, what is held."""
