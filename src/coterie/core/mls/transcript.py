"""Transcript hashes (RFC 9420 section 8.2): the history of commits as one value."""

from coterie.core.codec.tls import opaque
from coterie.core.crypto.kdf import digest
from coterie.core.crypto.suites import Suite
from coterie.core.mls.framing import FramedContent


def confirmed_hash(suite: Suite, interim: bytes, wire_format: int, content: FramedContent, signature: bytes) -> bytes:
    """ConfirmedTranscriptHash after a commit; `interim` is the interim hash before it."""
    data = wire_format.to_bytes(2, "big") + content.encode() + opaque(signature)
    return digest(suite, interim + data)


def interim_hash(suite: Suite, confirmed: bytes, tag: bytes) -> bytes:
    """InterimTranscriptHash: the confirmed hash with the confirmation tag of the same commit."""
    return digest(suite, confirmed + opaque(tag))
