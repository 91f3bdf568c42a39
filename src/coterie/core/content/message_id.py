"""Message ids (draft-ietf-mimi-content-08 section 3.3): 0x01 and the first 31 bytes of a SHA-256."""

import hashlib

from coterie.core.codec.cbor import Value
from coterie.core.codec.tls import malformed
from coterie.core.content.extensions import ROOM_URI, SENDER_URI
from coterie.core.content.mimi import MESSAGE_ID_HASH, MimiContent


def message_id(content: MimiContent, encoded: bytes) -> bytes:
    """The id of `content`, whose encoding is `encoded`; `malformed` without sender or room URI.

    The salt stands at the end a second time against length extension.
    """
    return hash_id(
        _uri(content.extensions.get(SENDER_URI)),
        _uri(content.extensions.get(ROOM_URI)),
        encoded,
        content.salt,
    )


def hash_id(sender_uri: bytes, room_uri: bytes, encoded: bytes, salt: bytes) -> bytes:
    """The id from its four inputs; both URIs carry their length in front, in two bytes."""
    digest = hashlib.sha256(
        len(sender_uri).to_bytes(2, "big") + sender_uri + len(room_uri).to_bytes(2, "big") + room_uri + encoded + salt
    ).digest()
    return bytes((MESSAGE_ID_HASH,)) + digest[:31]


def _uri(value: Value) -> bytes:
    if not isinstance(value, str):
        raise malformed("content: no sender or room URI")
    encoded = value.encode("utf-8")
    if len(encoded) > 0xFFFF:
        raise malformed("content: URI too long")
    return encoded
