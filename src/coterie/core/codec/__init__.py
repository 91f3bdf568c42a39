"""Bounded readers and writers: the TLS presentation language and deterministic CBOR."""
