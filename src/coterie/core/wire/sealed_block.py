"""Sealed blocks: all that third parties ever carry, 16,384 bytes each (PROTOCOL 7).

    version u8, tag[32], keep_until u32, enc, ciphertext

HPKE base mode of the suite to the receiving device's block key, info = "coterie 1 block" ‖ (version, tag, keep_until).
Inside: kind u8, then envelopes with a u32 length each, or one fragment {envelope_id[32], index u16, count u16, bytes
with a u32 length}; zeros fill the rest. A carrier sees size, tag and keep_until.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.crypto import hpke, kem
from coterie.core.crypto.aead import TAG_SIZE
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, EnvelopeId
from coterie.core.kernel.limits import BLOCK_SIZE
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy

VERSION = 1
BLOCK_TAG_SIZE = 32
HEADER_SIZE = 1 + BLOCK_TAG_SIZE + 4

_INFO = b"coterie 1 block"


class BlockKind(IntEnum):
    """What stands inside."""

    ENVELOPES = 1
    FRAGMENT = 2


@dataclass(frozen=True, slots=True)
class Envelopes:
    """One or more whole envelopes."""

    envelopes: tuple[bytes, ...]

    def encode(self) -> bytes:
        out = Writer().u8(BlockKind.ENVELOPES)
        for envelope in self.envelopes:
            out.u32(len(envelope)).fixed(envelope)
        return out.bytes()


@dataclass(frozen=True, slots=True)
class Fragment:
    """Part `index` (from 0) of `count` of one envelope that fits no block."""

    envelope_id: EnvelopeId
    index: int
    count: int
    data: bytes

    def encode(self) -> bytes:
        out = Writer().u8(BlockKind.FRAGMENT).fixed(self.envelope_id, ID_SIZE).u16(self.index).u16(self.count)
        return out.u32(len(self.data)).fixed(self.data).bytes()


BlockContent = Envelopes | Fragment


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What a carrier may know. `keep_until`: hours since 1970."""

    tag: bytes
    keep_until: int

    def encode(self) -> bytes:
        return Writer().u8(VERSION).fixed(self.tag, BLOCK_TAG_SIZE).u32(self.keep_until).bytes()


def block_room(suite: Suite) -> int:
    """Bytes for the encoded content: 15,211 for X-Wing, 14,666 for ML-KEM-1024 with P-384."""
    return BLOCK_SIZE - HEADER_SIZE - kem.enc_size(suite) - TAG_SIZE


def seal_block(suite: Suite, block_key: bytes, header: BlockHeader, content: BlockContent, entropy: Entropy) -> bytes:
    """One block for the device with this block key. ValueError if the content does not fit."""
    plain, room = content.encode(), block_room(suite)
    if len(plain) > room:
        raise ValueError("the content does not fit one block")
    head = header.encode()
    enc, ciphertext = hpke.seal(suite, block_key, _INFO + head, b"", plain.ljust(room, b"\x00"), entropy)
    return head + enc + ciphertext


def parse_block_header(block: bytes) -> BlockHeader:
    """Raises `malformed` (any other size than 16,384 bytes too) or `needs-newer-version`."""
    if len(block) != BLOCK_SIZE:
        raise malformed("sealed block: size")
    reader = Reader(block[:HEADER_SIZE])
    version = reader.u8()
    if version != VERSION:
        raise PeerError("needs-newer-version", f"sealed block version {version} is not known to this version")
    return BlockHeader(reader.fixed(BLOCK_TAG_SIZE), reader.u32())


def open_block(suite: Suite, block_private: Secret, block: bytes) -> BlockContent:
    """The content. Raises as `parse_block_header`, `bad-ciphertext` for another key, `malformed` for what is inside."""
    parse_block_header(block)
    start = HEADER_SIZE + kem.enc_size(suite)
    info = _INFO + block[:HEADER_SIZE]
    plain = hpke.open_sealed(suite, block_private, block[HEADER_SIZE:start], info, b"", block[start:])
    reader = Reader(plain)
    kind = reader.u8()
    read = _READERS.get(kind)
    if read is None:
        raise PeerError("needs-newer-version", f"sealed block of kind {kind} is not known to this version")
    content = read(reader)
    if any(reader.rest()):
        raise malformed("sealed block: filling is not zero")
    return content


def _read_envelopes(reader: Reader) -> Envelopes:
    """Up to a length of zero, or to the end: an envelope is never empty."""
    envelopes: list[bytes] = []
    while reader.left() >= 4:
        size = reader.u32()
        if size == 0:
            break
        envelopes.append(reader.fixed(size))
    if not envelopes:
        raise malformed("sealed block: no envelope")
    return Envelopes(tuple(envelopes))


def _read_fragment(reader: Reader) -> Fragment:
    envelope_id, index, count = EnvelopeId(reader.fixed(ID_SIZE)), reader.u16(), reader.u16()
    data = reader.fixed(reader.u32())
    if index >= count or not data:
        raise malformed("sealed block: fragment beyond its count, or empty")
    return Fragment(envelope_id, index, count, data)


_READERS: Mapping[int, Callable[[Reader], BlockContent]] = MappingProxyType(
    {BlockKind.ENVELOPES: _read_envelopes, BlockKind.FRAGMENT: _read_fragment}
)
