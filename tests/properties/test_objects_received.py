"""What anybody may send: any bytes, and the objects of a circle in any order and any batching."""

import random
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.core.kernel.errors import PeerError
from coterie.core.trust.certificates import parse_certificate
from coterie.core.trust.circle_state import CircleState, evaluate_circle
from coterie.core.trust.intake import receive
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.objects import parse_object
from coterie.core.trust.summary import decisions_digest
from coterie.testing.circle_book import CircleBook
from coterie.testing.object_samples import samples
from coterie.testing.random_circles import RandomCircle

SAMPLES = samples()
RAW = [d.raw for d in SAMPLES.decisions.values()] + [f.raw for f in SAMPLES.facts.values()]


@cache
def circle(seed: int) -> tuple[CircleBook, CircleState, bytes]:
    """A signed circle with dishonest people, its state and its digest when received at once."""
    book = RandomCircle(seed, 16, signed=True).book
    known = receive(ObjectSet.for_circle(book.scope, book.suite), [d.raw for d in book.decisions]).known
    return book, evaluate_circle(known), decisions_digest(known)


@given(st.binary(max_size=400))
def test_T001_any_bytes_are_an_object_or_a_peers_fault(data: bytes) -> None:
    for parse in (parse_object, parse_certificate):
        try:
            parse(data)
        except PeerError as error:
            assert error.code in {"malformed", "needs-newer-version", "too-large", "non-canonical"}


@given(st.sampled_from(RAW), st.data())
def test_T003_changed_objects_are_never_taken(raw: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw) - 1))
    end = data.draw(st.integers(start, min(len(raw), start + 40)))
    changed = raw[:start] + data.draw(st.binary(max_size=40)) + raw[end:]
    book = SAMPLES.book
    known = receive(ObjectSet.for_circle(book.scope, book.suite), [d.raw for d in book.decisions[:2]]).known
    if changed not in RAW:
        received = receive(known, [changed])
        assert (received.decisions, received.facts, received.proofs) == ((), (), ())


@settings(max_examples=30)
@given(st.integers(0, 11), st.randoms(use_true_random=False), st.integers(1, 9))
def test_any_order_and_batching_end_in_one_state(seed: int, chance: random.Random, size: int) -> None:
    book, expected, digest = circle(seed)
    raws = [d.raw for d in book.decisions]
    chance.shuffle(raws)
    known, waiting = ObjectSet.for_circle(book.scope, book.suite), tuple(raws[:0])
    for start in range(0, len(raws), size):
        received = receive(known, raws[start : start + size], waiting)
        known, waiting = received.known, received.waiting
    assert decisions_digest(known) == digest
    assert evaluate_circle(known) == expected
