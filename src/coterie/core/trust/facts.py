"""What facts say: the newest revision replaces the others (PROTOCOL 2, 4, 6).

Subject of a card and an address is the issuing device, of a profile the person, of a position and
a rejoin the conversation.
"""

from dataclasses import dataclass
from typing import ClassVar

from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.crypto.kem import check_public_key as check_kem_key
from coterie.core.crypto.signature import sign_content, verify
from coterie.core.crypto.signing import Signing
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE
from coterie.core.kernel.world import DAY, HOUR, Instant
from coterie.core.trust.names import read_name, write_name
from coterie.core.trust.object_types import ObjectType

ENDPOINT_LABEL = "Coterie 1 endpoint"
ENDPOINT_KEY_SIZE = 32
ED25519_SUITE = suite(0x0001)
"""Endpoint and invitation keys are Ed25519 whatever the circle's suite."""

CARD_LIFETIME = 14 * DAY
CARD_TOLERANCE = 24 * HOUR
"""How far two clocks may differ before a card is refused for its times."""

HINTS_SIZE = 255


@dataclass(frozen=True, slots=True)
class Card:
    """How to reach a device and encrypt to it: endpoint, block key, last-resort KeyPackage, times of validity."""

    TYPE: ClassVar[ObjectType] = ObjectType.CARD
    endpoint_id: bytes
    endpoint_signature: bytes
    block_key: bytes
    key_package: bytes
    not_before: Instant
    not_after: Instant

    def write(self, out: Writer) -> None:
        out.fixed(self.endpoint_id, ENDPOINT_KEY_SIZE).opaque(self.endpoint_signature).opaque(self.block_key)
        out.opaque(self.key_package).u64(self.not_before).u64(self.not_after)

    def check_time(self, now: Instant) -> None:
        """`card-expired` outside its time of validity, with 24 h of tolerance either way."""
        if not self.not_before - CARD_TOLERANCE <= now <= self.not_after + CARD_TOLERANCE:
            raise PeerError("card-expired", "a card outside its time of validity")


def read_card(reader: Reader) -> Card:
    """struct { opaque endpoint_id[32]; opaque endpoint_signature<V>; opaque block_key<V>; opaque key_package<V>;
    u64 not_before; u64 not_after; } valid for at most 14 days."""
    card = Card(
        reader.fixed(ENDPOINT_KEY_SIZE),
        reader.opaque(),
        reader.opaque(),
        reader.opaque(),
        Instant(reader.u64()),
        Instant(reader.u64()),
    )
    if not 0 < card.not_after - card.not_before <= CARD_LIFETIME:
        raise malformed("card: times of validity")
    return card


def endpoint_content(
    scope: bytes, device_id: bytes, revision: int, block_key: bytes, not_before: int, not_after: int
) -> bytes:
    """What the endpoint key of a card signs: so nobody can put a foreign endpoint into their own card."""
    out = Writer().fixed(scope, ID_SIZE).fixed(device_id, ID_SIZE).u64(revision).opaque(block_key)
    return out.u64(not_before).u64(not_after).bytes()


def sign_endpoint(content: bytes) -> Signing[bytes]:
    """The endpoint key's (Ed25519) signature over `endpoint_content`."""
    signature = yield sign_content(ENDPOINT_LABEL, content)
    return signature


def verify_card(card: Card, scope: bytes, device_id: bytes, revision: int, circle_suite: Suite) -> None:
    """Keys and the endpoint's signature: `malformed`, `weak-key` or `bad-signature`."""
    check_kem_key(circle_suite, card.block_key)
    content = endpoint_content(scope, device_id, revision, card.block_key, card.not_before, card.not_after)
    verify(ED25519_SUITE, card.endpoint_id, sign_content(ENDPOINT_LABEL, content), card.endpoint_signature)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the device was last seen by itself: address hints in the form of the invitation."""

    TYPE: ClassVar[ObjectType] = ObjectType.ADDRESS
    hints: bytes

    def write(self, out: Writer) -> None:
        out.opaque(self.hints)


def read_address(reader: Reader) -> Address:
    """struct { opaque hints<0..255 as V>; }"""
    return Address(reader.opaque(HINTS_SIZE))


@dataclass(frozen=True, slots=True)
class Profile:
    """The pseudonym of a person."""

    TYPE: ClassVar[ObjectType] = ObjectType.PROFILE
    pseudonym: str

    def write(self, out: Writer) -> None:
        write_name(out, self.pseudonym)


def read_profile(reader: Reader) -> Profile:
    """struct { opaque pseudonym<V>; }"""
    return Profile(read_name(reader))


@dataclass(frozen=True, slots=True)
class Position:
    """Where a device stands in a conversation: its group, its epoch, and the last number it has taken."""

    TYPE: ClassVar[ObjectType] = ObjectType.POSITION
    group_id: bytes
    epoch: int
    epoch_id: bytes
    last_number: int

    def write(self, out: Writer) -> None:
        out.fixed(self.group_id, 16).u64(self.epoch).fixed(self.epoch_id, ID_SIZE).u64(self.last_number)


def read_position(reader: Reader) -> Position:
    """struct { opaque group_id[16]; u64 epoch; opaque epoch_id[32]; u64 last_number; }"""
    return Position(reader.fixed(16), reader.u64(), reader.fixed(ID_SIZE), reader.u64())


@dataclass(frozen=True, slots=True)
class Rejoin:
    """A device asks to be taken out of a group and in again; an empty KeyPackage: it was done (PROTOCOL 6)."""

    TYPE: ClassVar[ObjectType] = ObjectType.REJOIN
    group_id: bytes
    epoch_id: bytes
    key_package: bytes

    def write(self, out: Writer) -> None:
        out.fixed(self.group_id, 16).fixed(self.epoch_id, ID_SIZE).opaque(self.key_package)


def read_rejoin(reader: Reader) -> Rejoin:
    """struct { opaque group_id[16]; opaque epoch_id[32]; opaque key_package<V>; }"""
    return Rejoin(reader.fixed(16), reader.fixed(ID_SIZE), reader.opaque())
