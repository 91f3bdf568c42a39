"""From a number to a body and back."""

import pytest

from coterie.core.codec.items import Item
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust.bodies import Unknown, body_number, cut_in, encode_body, parse_decision_body, parse_fact_body
from coterie.core.trust.circle_bodies import Policy
from coterie.core.trust.object_types import ObjectType
from coterie.testing.object_samples import samples

SAMPLES = samples()
WITH_CUT = {
    "revocation",
    "withdrawal",
    "removal",
    "role",
    "policy",
    "member",
    "conversation role",
    "leave",
    "cut",
}


def test_every_body_knows_its_number() -> None:
    for decision in SAMPLES.decisions.values():
        assert body_number(decision.body) == decision.number
    for fact in SAMPLES.facts.values():
        assert body_number(fact.body) == fact.number
    assert body_number(Unknown(0x123, b"")) == 0x123


def test_T002_trailing_bytes_in_a_body_are_malformed() -> None:
    for decision in SAMPLES.decisions.values():
        with pytest.raises(PeerError) as refused:
            parse_decision_body(decision.number, encode_body(decision.body) + b"\x00")
        assert refused.value.code == "malformed"
    for fact in SAMPLES.facts.values():
        with pytest.raises(PeerError) as refused:
            parse_fact_body(fact.number, encode_body(fact.body) + b"\x00")
        assert refused.value.code == "malformed"


def test_the_cut_of_a_decision_is_found_whatever_its_type() -> None:
    assert {name for name, decision in SAMPLES.decisions.items() if cut_in(decision.body)} == WITH_CUT
    assert cut_in(Unknown(ObjectType.REMOVAL, b"")) == ()


def test_T014_unknown_numbers_give_unknown_bodies() -> None:
    assert parse_decision_body(0x0999, b"x") == Unknown(0x0999, b"x")
    assert parse_fact_body(0x4999, b"x") == Unknown(0x4999, b"x")
    assert Unknown(0x8999, b"").critical


def test_T014_a_critical_item_inside_makes_a_body_unknown() -> None:
    data = encode_body(Policy(1, ZERO_ID, (Item(99, True, b""),), ()))
    assert parse_decision_body(ObjectType.POLICY, data) == Unknown(ObjectType.POLICY, data)
