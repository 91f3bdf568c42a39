"""PrivateMessage (RFC 9420 section 6.3): an encrypted message with its sender hidden.

This file knows bytes and one-time keys; which key belongs to which message is the ratchets' matter.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from coterie.core.codec.tls import Budget, Reader, malformed, opaque, varint
from coterie.core.crypto import aead
from coterie.core.crypto.kdf import expand_with_label
from coterie.core.crypto.suites import Suite
from coterie.core.mls.framing import AuthData, FramedContent, encode_body, member, read_auth_data, read_body
from coterie.core.mls.limits import MAX_ELEMENTS, MAX_FIELD, MAX_MESSAGE
from coterie.core.mls.rules import refuse

SENDER_DATA_SIZE = 12
REUSE_GUARD_SIZE = 4
MESSAGE_HEADER_SIZE = 4
"""Version and wire format of the MLSMessage around a PrivateMessage."""

PaddedSize = Callable[[int], int]
"""From the size of an unpadded MLSMessage to the size that it shall have (bytes, not smaller)."""


@dataclass(frozen=True, slots=True)
class PrivateMessage:
    """struct PrivateMessage: group, epoch, content type and authenticated data are readable to carriers."""

    group_id: bytes
    epoch: int
    content_type: int
    authenticated_data: bytes = field(repr=False)
    encrypted_sender_data: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)

    def encode(self) -> bytes:
        """struct PrivateMessage."""
        return b"".join(
            (
                opaque(self.group_id),
                self.epoch.to_bytes(8, "big"),
                bytes([self.content_type]),
                opaque(self.authenticated_data),
                opaque(self.encrypted_sender_data),
                opaque(self.ciphertext),
            )
        )


def read_private_message(reader: Reader) -> PrivateMessage:
    """One PrivateMessage."""
    group_id, epoch, content_type = reader.opaque(MAX_FIELD), reader.u64(), reader.u8()
    if not 1 <= content_type <= 3:
        raise malformed("private message: unknown content type")
    authenticated_data, sender_data = reader.opaque(MAX_FIELD), reader.opaque(MAX_FIELD)
    ciphertext = reader.opaque(MAX_MESSAGE)
    return PrivateMessage(group_id, epoch, content_type, authenticated_data, sender_data, ciphertext)


@dataclass(frozen=True, slots=True)
class SenderData:
    """Which key a message uses: leaf, generation, and four random bytes that guard against reuse."""

    leaf: int
    generation: int
    reuse_guard: bytes = field(repr=False)


def sender_data_key(suite: Suite, sender_data_secret: bytes, ciphertext: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the sender data, bound to a sample of the ciphertext (section 6.3.2)."""
    sample = ciphertext[: suite.hash_size]
    return (
        expand_with_label(suite, sender_data_secret, "key", sample, suite.key_size),
        expand_with_label(suite, sender_data_secret, "nonce", sample, suite.nonce_size),
    )


def guarded(nonce: bytes, reuse_guard: bytes) -> bytes:
    """The nonce with its first four bytes XORed with the guard (section 6.3.1)."""
    head = int.from_bytes(nonce[:REUSE_GUARD_SIZE], "big") ^ int.from_bytes(reuse_guard, "big")
    return head.to_bytes(REUSE_GUARD_SIZE, "big") + nonce[REUSE_GUARD_SIZE:]


def open_sender_data(suite: Suite, sender_data_secret: bytes, message: PrivateMessage) -> SenderData:
    """Who sent it and with which generation; `bad-ciphertext` if this epoch's secret does not open it."""
    key, nonce = sender_data_key(suite, sender_data_secret, message.ciphertext)
    aad = opaque(message.group_id) + message.epoch.to_bytes(8, "big") + bytes([message.content_type])
    data = aead.open_sealed(suite, key, nonce, aad, message.encrypted_sender_data)
    if len(data) != SENDER_DATA_SIZE:
        raise malformed("sender data")
    return SenderData(int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big"), data[8:])


def _content_aad(group_id: bytes, epoch: int, content_type: int, authenticated_data: bytes) -> bytes:
    return opaque(group_id) + epoch.to_bytes(8, "big") + bytes([content_type]) + opaque(authenticated_data)


def open_content(
    suite: Suite, key: bytes, nonce: bytes, message: PrivateMessage, data: SenderData
) -> tuple[FramedContent, AuthData]:
    """The content and its authentication, not yet verified; padding that is not all zero is refused."""
    aad = _content_aad(message.group_id, message.epoch, message.content_type, message.authenticated_data)
    plaintext = aead.open_sealed(suite, key, guarded(nonce, data.reuse_guard), aad, message.ciphertext)
    reader = Reader(plaintext, Budget(MAX_ELEMENTS))
    body = read_body(reader, message.content_type)
    auth = read_auth_data(reader, message.content_type)
    padding = reader.rest()
    if padding.count(0) != len(padding):
        raise refuse("padding-not-zero")
    content = FramedContent(
        message.group_id,
        message.epoch,
        member(data.leaf),
        message.authenticated_data,
        message.content_type,
        body,
    )
    return content, auth


def padding_for(fixed: int, plaintext: int, padded_size: PaddedSize) -> int:
    """How many zero bytes make the MLSMessage as long as wanted, or the next size that exists.

    `fixed` counts what is neither ciphertext nor its length, `plaintext` the content before padding.
    """
    sealed = plaintext + aead.TAG_SIZE
    unpadded = fixed + len(varint(sealed)) + sealed
    wanted = padded_size(unpadded)
    padding = max(0, wanted - unpadded)
    while padding > 0 and fixed + sealed + padding + len(varint(sealed + padding)) > wanted:
        padding -= 1
    if fixed + sealed + padding + len(varint(sealed + padding)) < wanted:
        padding += 1
    return padding


@dataclass(frozen=True, slots=True)
class MessageKey:
    """One generation's key and nonce, to be used once."""

    leaf: int
    generation: int
    key: bytes = field(repr=False)
    nonce: bytes = field(repr=False)


def seal_private(
    suite: Suite,
    sender_data_secret: bytes,
    content: FramedContent,
    auth: AuthData,
    key: MessageKey,
    reuse_guard: bytes,
    padded_size: PaddedSize | None = None,
) -> bytes:
    """The encoded PrivateMessage (without an MLSMessage around it, which `padded_size` counts).

    The key must be gone from the rows before this is released.
    """
    if len(reuse_guard) != REUSE_GUARD_SIZE:
        raise ValueError("a reuse guard has four bytes")
    group = opaque(content.group_id) + content.epoch.to_bytes(8, "big") + bytes([content.content_type])
    aad = group + opaque(content.authenticated_data)
    plaintext = encode_body(content.content_type, content.body) + auth.encode()
    if padded_size is not None:
        fixed = MESSAGE_HEADER_SIZE + len(aad) + 1 + SENDER_DATA_SIZE + aead.TAG_SIZE
        plaintext += bytes(padding_for(fixed, len(plaintext), padded_size))
    ciphertext = aead.seal(suite, key.key, guarded(key.nonce, reuse_guard), aad, plaintext)
    data_key, data_nonce = sender_data_key(suite, sender_data_secret, ciphertext)
    data = key.leaf.to_bytes(4, "big") + key.generation.to_bytes(4, "big") + reuse_guard
    sender_data = aead.seal(suite, data_key, data_nonce, group, data)
    return b"".join((aad, opaque(sender_data), opaque(ciphertext)))
