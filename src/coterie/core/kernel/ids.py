"""Identifiers: 32 bytes, derived the same way whatever the suite (PROTOCOL 0)."""

import base64
import hashlib
from functools import lru_cache
from typing import NewType

CircleId = NewType("CircleId", bytes)
PersonId = NewType("PersonId", bytes)
DeviceId = NewType("DeviceId", bytes)
ConversationId = NewType("ConversationId", bytes)
ObjectId = NewType("ObjectId", bytes)
EnvelopeId = NewType("EnvelopeId", bytes)
EpochId = NewType("EpochId", bytes)
EndpointId = NewType("EndpointId", bytes)

ID_SIZE = 32
ZERO_ID = bytes(ID_SIZE)

REMEMBERED = 4096
"""Ids whose base32 is kept: each is written several times in a row, in events, answers and names. About 1 MB."""


def derive_id(kind: str, data: bytes) -> bytes:
    """id(type, bytes) = SHA-256("coterie 1 " ‖ type ‖ 0x00 ‖ bytes): 32 bytes."""
    return hashlib.sha256(b"coterie 1 " + kind.encode("ascii") + b"\x00" + data).digest()


@lru_cache(maxsize=REMEMBERED)
def to_base32(data: bytes) -> str:
    """Lower-case RFC 4648 base32 without padding, as ids are written in URIs and on the command line."""
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def from_base32(text: str) -> bytes:
    """The inverse of `to_base32`; raises ValueError for anything that `to_base32` would not have written."""
    if not text.isascii() or text != text.lower():
        raise ValueError("not lower-case base32")
    data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    if to_base32(data) != text:
        raise ValueError("not canonical base32")
    return data
