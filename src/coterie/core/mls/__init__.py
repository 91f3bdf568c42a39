"""RFC 9420, Messaging Layer Security, and nothing else: no clock, no I/O, no randomness of its own."""
