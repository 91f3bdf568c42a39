"""321 worlds (delay, drop, reorder, duplicate, partitions, kills): what was accepted is there once, in one order.

A failing world is one number: `pytest tests/worlds -k "seed and 17"` runs it alone.
"""

from collections.abc import Callable, Iterator

import pytest

from coterie.core.crypto import aead
from coterie.core.crypto.suites import Suite
from coterie.testing.churn import churn
from coterie.testing.ledger import Ledger
from coterie.testing.scenario import come_and_go, talk

TALKING = range(200)
COMING_AND_GOING = range(100)
CROWDS = range(1_000, 1_008)
CHURN = (*range(2_000, 2_012), 3_027, 3_052, 4_014, 4_053, 4_066, 4_074, 4_101, 6_476, 6_976, 8_026, 8_775, 8_777)


@pytest.fixture(autouse=True)
def nonces(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[tuple[bytes, bytes], tuple[bytes, bytes]]]:
    """Every key and nonce that seals anything, with what it sealed: never twice with different content."""
    used: dict[tuple[bytes, bytes], tuple[bytes, bytes]] = {}
    seal = aead.seal

    def recorded(suite: Suite, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        before = used.setdefault((key, nonce), (aad, plaintext))
        if before != (aad, plaintext):
            raise AssertionError("a key and nonce sealed two different things")
        return seal(suite, key, nonce, aad, plaintext)

    monkeypatch.setattr(aead, "seal", recorded)
    yield used
    assert used


@pytest.mark.parametrize("seed", TALKING)
def test_what_was_accepted_is_there_once_and_in_one_order(seed: int) -> None:
    assert _told_by(talk, seed) == []


@pytest.mark.parametrize("seed", COMING_AND_GOING)
def test_T030_who_was_put_out_reads_nothing_of_what_follows(seed: int) -> None:
    ledger = come_and_go(seed)
    assert ledger.faults() == []
    for guest in "de":
        assert "behind closed doors" not in ledger.texts_at(guest)


@pytest.mark.parametrize("seed", CROWDS)
def test_a_crowd_in_which_not_everybody_tells_everybody_everything_comes_to_the_same(seed: int) -> None:
    assert talk(seed, 20, names="abcdefghij").faults() == []


def _told_by(story: Callable[[int], Ledger], seed: int) -> list[str]:
    return story(seed).faults()


@pytest.mark.parametrize("seed", CHURN)
def test_who_goes_out_and_in_again_within_moments_gets_what_was_said_to_them(seed: int) -> None:
    assert churn(seed) == []
