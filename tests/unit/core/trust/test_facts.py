"""Facts: times of a card, its keys and the endpoint's signature."""

from dataclasses import replace

import pytest

from coterie.core.codec.tls import Reader
from coterie.core.crypto.suites import suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.world import DAY, Instant
from coterie.core.trust import facts
from coterie.core.trust.bodies import encode_body
from coterie.testing.circle_book import NOW
from coterie.testing.object_samples import samples

FACT = samples().facts["card"]
SUITE = suite(0x0001)


def card() -> facts.Card:
    assert isinstance(FACT.body, facts.Card)
    return FACT.body


def refused(changed: facts.Card) -> str:
    try:
        facts.verify_card(changed, FACT.scope, FACT.issuer, FACT.revision, SUITE)
    except PeerError as error:
        return error.code
    return ""


def test_the_endpoint_signs_every_part_that_matters() -> None:
    assert refused(card()) == ""
    assert refused(replace(card(), block_key=bytes(range(10, 42)))) == "bad-signature"
    assert refused(replace(card(), not_after=Instant(card().not_after - 1))) == "bad-signature"
    assert refused(replace(card(), endpoint_signature=bytes(64))) == "bad-signature"
    with pytest.raises(PeerError, match="signature"):
        facts.verify_card(card(), FACT.scope, FACT.issuer, FACT.revision + 1, SUITE)


def test_T010_T011_weak_keys_are_refused() -> None:
    assert refused(replace(card(), block_key=bytes(32))) == "weak-key"
    assert refused(replace(card(), endpoint_id=bytes([1]) + bytes(31))) == "weak-key"


def test_a_card_is_good_for_fourteen_days_and_a_day_of_doubt() -> None:
    for times, good in ((-DAY - 1, False), (-DAY, True), (0, True), (15 * DAY, True), (15 * DAY + 1, False)):
        now = Instant(NOW + times)
        if good:
            card().check_time(now)
        else:
            with pytest.raises(PeerError, match="time"):
                card().check_time(now)


@pytest.mark.parametrize("lifetime", [1, facts.CARD_LIFETIME])
def test_a_card_may_be_good_for_a_moment_or_for_all_of_it(lifetime: int) -> None:
    short = replace(card(), not_after=Instant(NOW + lifetime))
    assert facts.read_card(Reader(encode_body(short))) == short


@pytest.mark.parametrize("lifetime", [0, -1, facts.CARD_LIFETIME + 1])
def test_a_card_for_another_time_is_malformed(lifetime: int) -> None:
    wrong = replace(card(), not_after=Instant(NOW + lifetime))
    with pytest.raises(PeerError, match="times"):
        facts.read_card(Reader(encode_body(wrong)))


def test_T004_hints_are_bounded() -> None:
    with pytest.raises(PeerError, match="limit"):
        facts.read_address(Reader(encode_body(facts.Address(bytes(256)))))
