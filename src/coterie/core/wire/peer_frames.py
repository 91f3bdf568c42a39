"""The sealed frames of an established link (`coterie-peer/1`), one class each.

Lists that stand for sets are in strictly rising order (encoders sort them), so one meaning has one encoding and digests can be compared. A frame of an unknown
type is a later version's: `parse_peer_frame` gives None, the caller counts it. The version is that of the handshake.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from types import MappingProxyType

from coterie.core.codec.tls import Reader, Writer, malformed, parse
from coterie.core.kernel.ids import (
    ID_SIZE,
    ConversationId,
    DeviceId,
    EnvelopeId,
    EpochId,
    derive_id,
)
from coterie.core.kernel.limits import FRAME_ENTRIES, HIGHEST_NUMBER

PING = 0x40
PONG = 0x41
ACK = 0x42
ENVELOPE = 0x43
PARCEL = 0x44
CONVERSATION_DIGEST = 0x45
HAVE = 0x46
OBJECT_DIGEST = 0x47
OBJECT_SUMMARY = 0x48
OBJECTS = 0x49
WANT_OBJECTS = 0x4A
KEY_PACKAGES = 0x4B
VERIFY_COMMIT = 0x4C
VERIFY_OPEN = 0x4D

GROUP_ID_SIZE = 16


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a sign of life. `token` is any number; the Pong repeats it."""

    token: int

    def encode(self) -> bytes:
        return self.token.to_bytes(8, "big")


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers a Ping."""

    token: int

    def encode(self) -> bytes:
        return self.token.to_bytes(8, "big")


@dataclass(frozen=True, slots=True)
class Ack:
    """These envelopes are decrypted (or held) and durable here, in the order in which they became so."""

    envelope_ids: tuple[EnvelopeId, ...]

    def encode(self) -> bytes:
        return Writer().vector(self.envelope_ids).bytes()


@dataclass(frozen=True, slots=True)
class Envelope:
    """One MLSMessage of a conversation."""

    conversation_id: ConversationId
    message: bytes

    def encode(self) -> bytes:
        return Writer().fixed(self.conversation_id, ID_SIZE).opaque(self.message).bytes()


@dataclass(frozen=True, slots=True)
class Parcel:
    """A commit with what its newcomers need: the Welcome (empty if it adds nobody) and the log of the branch before."""

    conversation_id: ConversationId
    commit: bytes
    welcome: bytes
    log: tuple[tuple[int, EpochId], ...]

    def encode(self) -> bytes:
        log = [epoch.to_bytes(8, "big") + epoch_id for epoch, epoch_id in sorted(self.log)]
        out = Writer().fixed(self.conversation_id, ID_SIZE).opaque(self.commit).opaque(self.welcome)
        return out.vector(log).bytes()


@dataclass(frozen=True, slots=True)
class ConversationDigest:
    """`Have.digest()` of a conversation: where it is equal on both sides nothing is missing."""

    conversation_id: ConversationId
    digest: bytes

    def encode(self) -> bytes:
        return Writer().fixed(self.conversation_id, ID_SIZE).fixed(self.digest, ID_SIZE).bytes()


@dataclass(frozen=True, slots=True)
class Had:
    """What is had of one sender: every number up to `contiguous`, and the `ranges` beyond it (both ends included)."""

    sender_device: DeviceId
    contiguous: int
    ranges: tuple[tuple[int, int], ...] = ()

    def encode(self) -> bytes:
        ranges = [low.to_bytes(8, "big") + high.to_bytes(8, "big") for low, high in self.ranges]
        return Writer().fixed(self.sender_device, ID_SIZE).u64(self.contiguous).vector(ranges).bytes()


@dataclass(frozen=True, slots=True)
class Have:
    """The have-vector of a conversation and where its sender stands in the MLS group that it sends on.

    `unreadable`: numbers that this device cannot open; `void`: numbers of its own person that were sent again under
    others. Both as (sender device, number).
    """

    conversation_id: ConversationId
    group_id: bytes
    epoch: int
    epoch_id: EpochId
    vector: tuple[Had, ...]
    unreadable: tuple[tuple[DeviceId, int], ...] = ()
    void: tuple[tuple[DeviceId, int], ...] = ()

    def encode(self) -> bytes:
        out = Writer().fixed(self.conversation_id, ID_SIZE).fixed(self.group_id, GROUP_ID_SIZE)
        out.u64(self.epoch).fixed(self.epoch_id, ID_SIZE)
        out.vector([had.encode() for had in sorted(self.vector, key=attrgetter("sender_device"))])
        for numbers in (self.unreadable, self.void):
            out.vector([device + number.to_bytes(8, "big") for device, number in sorted(numbers)])
        return out.bytes()

    def digest(self) -> bytes:
        """For ConversationDigest: 32 bytes."""
        return derive_id("have", self.encode())


@dataclass(frozen=True, slots=True)
class ObjectDigest:
    """Digests of all decisions and of all facts that are here of one scope (circle or conversation)."""

    scope: bytes
    decisions: bytes
    facts: bytes

    def encode(self) -> bytes:
        out = Writer().fixed(self.scope, ID_SIZE).fixed(self.decisions, ID_SIZE)
        return out.fixed(self.facts, ID_SIZE).bytes()


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """What is here of one scope: `chains` (issuer, last serial, its hash), `facts` (issuer, type, subject, revision)."""

    scope: bytes
    chains: tuple[tuple[bytes, int, bytes], ...]
    facts: tuple[tuple[bytes, int, bytes, int], ...]

    def encode(self) -> bytes:
        chains = [issuer + serial.to_bytes(8, "big") + digest for issuer, serial, digest in sorted(self.chains)]
        facts = [
            issuer + kind.to_bytes(2, "big") + subject + revision.to_bytes(8, "big")
            for issuer, kind, subject, revision in sorted(self.facts)
        ]
        return Writer().fixed(self.scope, ID_SIZE).vector(chains).vector(facts).bytes()


@dataclass(frozen=True, slots=True)
class Objects:
    """Signed objects of one scope, those of one issuer in the order of their serials."""

    scope: bytes
    objects: tuple[bytes, ...]

    def encode(self) -> bytes:
        inner = Writer()
        for data in self.objects:
            inner.opaque(data)
        return Writer().fixed(self.scope, ID_SIZE).opaque(inner.bytes()).bytes()


@dataclass(frozen=True, slots=True)
class WantObjects:
    """Asks for the other's ObjectSummary of one scope: something that came cannot be judged without what is there."""

    scope: bytes

    def encode(self) -> bytes:
        return Writer().fixed(self.scope, ID_SIZE).bytes()


@dataclass(frozen=True, slots=True)
class KeyPackages:
    """One-time KeyPackages reserved for the receiver of this frame."""

    packages: tuple[bytes, ...]

    def encode(self) -> bytes:
        inner = Writer()
        for data in self.packages:
            inner.opaque(data)
        return Writer().opaque(inner.bytes()).bytes()


@dataclass(frozen=True, slots=True)
class VerifyCommit:
    """A commitment to a nonce for six words (`verification`)."""

    commitment: bytes

    def encode(self) -> bytes:
        return Writer().fixed(self.commitment, ID_SIZE).bytes()


@dataclass(frozen=True, slots=True)
class VerifyOpen:
    """The nonce that was committed to."""

    nonce: bytes

    def encode(self) -> bytes:
        return Writer().fixed(self.nonce, ID_SIZE).bytes()


PeerFrame = (
    Ping
    | Pong
    | Ack
    | Envelope
    | Parcel
    | ConversationDigest
    | Have
    | ObjectDigest
    | ObjectSummary
    | Objects
    | WantObjects
    | KeyPackages
    | VerifyCommit
    | VerifyOpen
)


def parse_peer_frame(frame_type: int, body: bytes) -> PeerFrame | None:
    """The frame, or None for a type that this version does not know. Raises `malformed` or `too-large`."""
    read = _READERS.get(frame_type)
    return None if read is None else parse(read, body)


def _check_rising(what: str, keys: Iterable[bytes | int | tuple[bytes | int, ...]]) -> None:
    """One meaning, one encoding: every key is above the one before it."""
    if any(not a < b for a, b in pairwise(keys)):  # type: ignore[operator]
        raise malformed(f"{what}: not in rising order")


def _id(reader: Reader) -> bytes:
    return reader.fixed(ID_SIZE)


def _number(reader: Reader) -> int:
    value = reader.u64()
    if value > HIGHEST_NUMBER:
        raise malformed("number: out of range")
    return value


def _read_ack(reader: Reader) -> Ack:
    data = reader.opaque()
    if not data or len(data) % ID_SIZE:
        raise malformed("acknowledgement: not whole ids")
    return Ack(tuple(EnvelopeId(data[at : at + ID_SIZE]) for at in range(0, len(data), ID_SIZE)))


def _read_log_entry(reader: Reader) -> tuple[int, EpochId]:
    return _number(reader), EpochId(_id(reader))


def _read_parcel(reader: Reader) -> Parcel:
    conversation_id, commit, welcome = ConversationId(_id(reader)), reader.opaque(), reader.opaque()
    log = reader.vector(_read_log_entry, limit=FRAME_ENTRIES)
    _check_rising("log", [epoch for epoch, _ in log])
    return Parcel(conversation_id, commit, welcome, tuple(log))


def _read_range(reader: Reader) -> tuple[int, int]:
    return _number(reader), _number(reader)


def _read_had(reader: Reader) -> Had:
    device, contiguous = DeviceId(_id(reader)), _number(reader)
    ranges = tuple(reader.vector(_read_range, limit=FRAME_ENTRIES))
    last = contiguous
    for low, high in ranges:
        if low <= last + 1 or high < low:
            raise malformed("have-vector: ranges overlap or touch")
        last = high
    return Had(device, contiguous, ranges)


def _read_device_number(reader: Reader) -> tuple[DeviceId, int]:
    return DeviceId(_id(reader)), _number(reader)


def _read_have(reader: Reader) -> Have:
    conversation_id, group_id = ConversationId(_id(reader)), reader.fixed(GROUP_ID_SIZE)
    epoch, epoch_id = _number(reader), EpochId(_id(reader))
    vector = reader.vector(_read_had, limit=FRAME_ENTRIES)
    unreadable = reader.vector(_read_device_number, limit=FRAME_ENTRIES)
    void = reader.vector(_read_device_number, limit=FRAME_ENTRIES)
    _check_rising("have-vector", [had.sender_device for had in vector])
    _check_rising("unreadable numbers", unreadable)
    _check_rising("void numbers", void)
    return Have(conversation_id, group_id, epoch, epoch_id, tuple(vector), tuple(unreadable), tuple(void))


def _read_chain(reader: Reader) -> tuple[bytes, int, bytes]:
    return _id(reader), reader.u64(), _id(reader)


def _read_fact(reader: Reader) -> tuple[bytes, int, bytes, int]:
    return _id(reader), reader.u16(), _id(reader), reader.u64()


def _read_summary(reader: Reader) -> ObjectSummary:
    scope = _id(reader)
    chains = reader.vector(_read_chain, limit=FRAME_ENTRIES)
    facts = reader.vector(_read_fact, limit=FRAME_ENTRIES)
    _check_rising("chains", chains)
    _check_rising("facts", facts)
    return ObjectSummary(scope, tuple(chains), tuple(facts))


def _read_blobs(reader: Reader) -> tuple[bytes, ...]:
    return tuple(reader.vector(Reader.opaque, limit=FRAME_ENTRIES))


_READERS: Mapping[int, Callable[[Reader], PeerFrame]] = MappingProxyType(
    {
        PING: lambda reader: Ping(reader.u64()),
        PONG: lambda reader: Pong(reader.u64()),
        ACK: _read_ack,
        ENVELOPE: lambda reader: Envelope(ConversationId(_id(reader)), reader.opaque()),
        PARCEL: _read_parcel,
        CONVERSATION_DIGEST: lambda reader: ConversationDigest(ConversationId(_id(reader)), _id(reader)),
        HAVE: _read_have,
        OBJECT_DIGEST: lambda reader: ObjectDigest(_id(reader), _id(reader), _id(reader)),
        OBJECT_SUMMARY: _read_summary,
        OBJECTS: lambda reader: Objects(_id(reader), _read_blobs(reader)),
        WANT_OBJECTS: lambda reader: WantObjects(_id(reader)),
        KEY_PACKAGES: lambda reader: KeyPackages(_read_blobs(reader)),
        VERIFY_COMMIT: lambda reader: VerifyCommit(_id(reader)),
        VERIFY_OPEN: lambda reader: VerifyOpen(_id(reader)),
    }
)
