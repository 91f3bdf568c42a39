"""Parsing, verifying and signing of objects, for every type there is."""

import pytest

from coterie.core.codec.items import Item
from coterie.core.codec.tls import Writer
from coterie.core.crypto.suites import suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.kernel.limits import OBJECT_SIZE
from coterie.core.trust import circle_bodies as circle
from coterie.core.trust.bodies import Unknown, encode_body, parse_decision_body, parse_fact_body
from coterie.core.trust.object_types import CIRCLE_DECISIONS, CONVERSATION_DECISIONS, FACTS, ObjectType, label
from coterie.core.trust.objects import (
    Decision,
    Fact,
    Place,
    circle_id_of,
    parse_object,
    sign_decision,
    sign_fact,
    stored_object,
    verify_object,
)
from coterie.testing.circle_book import NOW, CircleBook, drive
from coterie.testing.object_samples import samples

SAMPLES = samples()
OBJECTS: dict[str, Decision | Fact] = {**SAMPLES.decisions, **SAMPLES.facts}
SUITE = suite(0x0001)
KEY = SAMPLES.book.founder.signer.public_key
SIGNATURE_SIZE = 65
each_object = pytest.mark.parametrize("name", sorted(OBJECTS))


def code_of(raw: bytes) -> str:
    try:
        verify_object(parse_object(raw), SUITE, KEY)
    except PeerError as error:
        return error.code
    return ""


def test_there_is_a_sample_of_every_type() -> None:
    assert {item.number for item in OBJECTS.values()} == set(ObjectType)
    assert {*CIRCLE_DECISIONS, *CONVERSATION_DECISIONS, *FACTS} == set(ObjectType)


@each_object
def test_what_was_signed_is_parsed_verified_and_encoded_again(name: str) -> None:
    item = OBJECTS[name]
    found = verify_object(parse_object(item.raw), SUITE, KEY)
    assert found == item
    assert stored_object(item.raw) == item
    parse = parse_decision_body if isinstance(item, Decision) else parse_fact_body
    assert parse(item.number, encode_body(item.body)) == item.body
    if isinstance(found, Decision):
        place = Place(found.scope, found.issuer, found.serial, found.previous)
        assert not isinstance(item, Fact)
        again = drive(sign_decision(place, item.body, found.created_at), SAMPLES.book.founder.signer)
        assert again.raw == item.raw
    else:
        assert isinstance(item, Fact)
        work = sign_fact(found.scope, found.issuer, found.subject, found.revision, item.body, found.created_at)
        assert drive(work, SAMPLES.book.founder.signer).raw == item.raw


@each_object
def test_T001_every_prefix_is_malformed(name: str) -> None:
    raw = OBJECTS[name].raw
    assert {code_of(raw[:size]) for size in range(len(raw))} == {"malformed"}


@each_object
def test_T002_trailing_bytes_are_malformed(name: str) -> None:
    raw = OBJECTS[name].raw
    assert {code_of(raw + bytes(size)) for size in (1, 2, 16, 64)} == {"malformed"}


@each_object
def test_T003_no_flipped_bit_is_accepted(name: str) -> None:
    raw = OBJECTS[name].raw
    codes = set()
    for place in range(len(raw)):
        flipped = raw[:place] + bytes([raw[place] ^ 1 << place % 8]) + raw[place + 1 :]
        codes.add(code_of(flipped))
    allowed = {"malformed", "bad-signature", "too-large", "needs-newer-version", "non-canonical"}
    assert codes <= allowed
    assert "bad-signature" in codes


def test_T004_an_object_over_its_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(PeerError, match="limit") as refused:
        parse_object(bytes(OBJECT_SIZE + 1))
    assert refused.value.code == "too-large"


def test_T014_an_unknown_version_is_refused_by_name() -> None:
    raw = OBJECTS["grant"].raw
    assert code_of(b"\x02" + raw[1:]) == "needs-newer-version"


@pytest.mark.parametrize("number", [0x0150, 0x8150, 0x4150, 0xC150])
def test_T014_an_unknown_type_is_verified_and_kept(number: int) -> None:
    founder = SAMPLES.book.founder
    if number & 0x4000:
        raw = drive(sign_fact(ZERO_ID, founder.id, founder.id, 1, Unknown(number, b"x"), NOW), founder.signer).raw
    else:
        place = Place(SAMPLES.book.scope, founder.id, 1)
        raw = drive(sign_decision(place, Unknown(number, b"x"), NOW), founder.signer).raw
    found = verify_object(parse_object(raw), SUITE, KEY)
    assert isinstance(found.body, Unknown)
    assert found.body.critical == bool(number & 0x8000)
    assert encode_body(found.body) == b"x"


def test_T014_a_critical_item_makes_the_body_unknown() -> None:
    founder = SAMPLES.book.founder
    place = Place(SAMPLES.book.scope, founder.id, 1)
    content = circle.Removal(ZERO_ID, ())
    for critical in (False, True):
        raw = drive(sign_decision(place, content, NOW, (Item(9, critical, b""),)), founder.signer).raw
        found = verify_object(parse_object(raw), SUITE, KEY)
        assert isinstance(found.body, Unknown) == critical
        assert found.number == ObjectType.REMOVAL


def test_a_critical_limit_of_a_later_version_makes_a_policy_unknown() -> None:
    later = circle.Policy(1, ZERO_ID, (Item(77, True, b""),), ())
    assert isinstance(parse_decision_body(ObjectType.POLICY, encode_body(later)), Unknown)


def test_an_object_is_the_same_whatever_valid_signature_it_carries() -> None:
    grant = SAMPLES.decisions["grant"]
    signed = parse_object(grant.raw).signed
    other = parse_object(Writer().fixed(signed).opaque(bytes(64)).bytes())
    assert other.claimed.id == grant.id


def test_the_circle_is_named_by_its_first_object() -> None:
    assert circle_id_of(SAMPLES.decisions["first"]) == SAMPLES.book.scope


def test_labels_tell_the_types_apart() -> None:
    assert label(ObjectType.GRANT) == "Coterie 1 object 8005"
    assert len({label(number) for number in ObjectType}) == len(ObjectType)


def test_serial_and_previous_must_fit() -> None:
    founder = CircleBook("places", signed=True).founder
    for serial, previous in ((0, ZERO_ID), (1, b"\x01" * 32), (2, ZERO_ID), ((1 << 64) - 1, b"\x01" * 32)):
        place = Place(ZERO_ID, founder.id, serial, previous)
        raw = drive(sign_decision(place, circle.Removal(ZERO_ID, ()), NOW), founder.signer).raw
        with pytest.raises(PeerError, match="serial"):
            parse_object(raw)
