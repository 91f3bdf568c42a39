"""Signed objects: the header that decisions and facts share, parsing, verifying, signing (PROTOCOL 2).

struct {
  u8 version = 1; u16 type; opaque scope[32]; opaque issuer[32]; u64 created_at;
  decision: u64 serial; opaque previous[32];      fact: opaque subject[32]; u64 revision;
  opaque body<V>; Item items<V>;
  opaque signature<V>;    SignWithLabel("Coterie 1 object <type, 4 hex digits>", everything above)
} Object;

object_id = id("object", everything above the signature): a second valid signature over the same content, which
anybody can derive from an ECDSA one, is the same object and never proves two decisions with one serial.
"""

from dataclasses import dataclass
from typing import TypeAlias

from coterie.core.codec.items import Item, read_items, write_items
from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.crypto.signature import verify_with_label
from coterie.core.crypto.signing import Signing, sign_with_label
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, ZERO_ID, CircleId, ObjectId, derive_id
from coterie.core.kernel.limits import OBJECT_SIZE
from coterie.core.kernel.world import Instant
from coterie.core.trust.bodies import (
    DecisionBody,
    FactBody,
    Unknown,
    body_number,
    encode_body,
    parse_decision_body,
    parse_fact_body,
)
from coterie.core.trust.object_types import CRITICAL, LAST_SERIAL, is_fact, label

VERSION = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: number `serial` of its issuer's chain in this scope. Never pruned."""

    id: ObjectId
    number: int
    scope: bytes
    issuer: bytes
    created_at: Instant
    serial: int
    previous: bytes
    body: DecisionBody
    raw: bytes


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact: the highest `revision` of one (issuer, type, subject) replaces the others."""

    id: ObjectId
    number: int
    scope: bytes
    issuer: bytes
    created_at: Instant
    subject: bytes
    revision: int
    body: FactBody
    raw: bytes


SignedObject: TypeAlias = Decision | Fact


@dataclass(frozen=True, slots=True)
class Unverified:
    """A parsed object whose signature nobody has checked: only `verify_object` opens it."""

    claimed: SignedObject
    signed: bytes
    signature: bytes


def parse_object(raw: bytes) -> Unverified:
    """Strict and bounded: `too-large`, `malformed`, `non-canonical`, or `needs-newer-version` for the header.

    No header item is known to version 1, so a critical one belongs to a later version: the body stays `Unknown`.
    """
    if len(raw) > OBJECT_SIZE:
        raise PeerError("too-large", "an object is longer than its limit")
    reader = Reader(raw)
    if reader.u8() != VERSION:
        raise PeerError("needs-newer-version", "an object of an unknown version")
    number = reader.u16()
    scope, issuer, created_at = reader.fixed(ID_SIZE), reader.fixed(ID_SIZE), Instant(reader.u64())
    subject, serial, previous = ZERO_ID, 0, ZERO_ID
    if is_fact(number):
        subject, serial = reader.fixed(ID_SIZE), reader.u64()
    else:
        serial, previous = reader.u64(), reader.fixed(ID_SIZE)
        _check_place(serial, previous)
    body, items = reader.opaque(), read_items(reader)
    signed = reader.since(0)
    signature = reader.opaque()
    reader.finish()
    object_id = ObjectId(derive_id("object", signed))
    newer = Unknown(number | CRITICAL, body) if any(item.critical for item in items) else None
    claimed: SignedObject
    if is_fact(number):
        fact_body = newer or parse_fact_body(number, body)
        claimed = Fact(object_id, number, scope, issuer, created_at, subject, serial, fact_body, raw)
    else:
        decision_body = newer or parse_decision_body(number, body)
        claimed = Decision(object_id, number, scope, issuer, created_at, serial, previous, decision_body, raw)
    return Unverified(claimed, signed, signature)


def verify_object(unverified: Unverified, circle_suite: Suite, public_key: bytes) -> SignedObject:
    """The object, once its issuer's signature has verified; else `bad-signature` or `weak-key`."""
    kind = label(unverified.claimed.number)
    verify_with_label(circle_suite, public_key, kind, unverified.signed, unverified.signature)
    return unverified.claimed


def stored_object(raw: bytes) -> SignedObject:
    """An object that this device verified before it stored it. Never for bytes from anywhere else."""
    return parse_object(raw).claimed


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next decision of an issuer goes: scope, issuer, serial, id of the one before."""

    scope: bytes
    issuer: bytes
    serial: int
    previous: bytes = ZERO_ID


def sign_decision(
    place: Place, body: DecisionBody, created_at: Instant, items: tuple[Item, ...] = ()
) -> Signing[Decision]:
    """A new decision. The caller stores it before anybody sees it."""
    number = body_number(body)
    out = _head(number, place.scope, place.issuer, created_at).u64(place.serial).fixed(place.previous, ID_SIZE)
    write_items(out.opaque(encode_body(body)), items)
    signed = out.bytes()
    raw = yield from _sign(number, signed)
    object_id = ObjectId(derive_id("object", signed))
    return Decision(object_id, number, place.scope, place.issuer, created_at, place.serial, place.previous, body, raw)


def sign_fact(
    scope: bytes, issuer: bytes, subject: bytes, revision: int, body: FactBody, created_at: Instant
) -> Signing[Fact]:
    """A new revision of a fact."""
    number = body_number(body)
    out = _head(number, scope, issuer, created_at).fixed(subject, ID_SIZE).u64(revision)
    write_items(out.opaque(encode_body(body)), ())
    signed = out.bytes()
    raw = yield from _sign(number, signed)
    object_id = ObjectId(derive_id("object", signed))
    return Fact(object_id, number, scope, issuer, created_at, subject, revision, body, raw)


def circle_id_of(first: Decision) -> CircleId:
    """circle_id = id("circle", first object), signature included."""
    return CircleId(derive_id("circle", first.raw))


def _check_place(serial: int, previous: bytes) -> None:
    begins = serial in (1, LAST_SERIAL)
    if serial == 0 or begins != (previous == ZERO_ID):
        raise malformed("decision: serial and previous do not fit")


def _head(number: int, scope: bytes, issuer: bytes, created_at: Instant) -> Writer:
    return Writer().u8(VERSION).u16(number).fixed(scope, ID_SIZE).fixed(issuer, ID_SIZE).u64(created_at)


def _sign(number: int, signed: bytes) -> Signing[bytes]:
    signature = yield from sign_with_label(label(number), signed)
    return Writer().fixed(signed).opaque(signature).bytes()
