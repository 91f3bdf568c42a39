import random

import pytest

from coterie.core.engine.delivery import numbers as arithmetic
from coterie.core.engine.ports.envelopes import Numbers
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId
from coterie.core.kernel.limits import NUMBER_JUMP

HERE, SENDER = ConversationId(b"c" * 32), DeviceId(b"d" * 32)


def start(first: int = 1) -> Numbers:
    return arithmetic.starting_at(HERE, SENDER, first)


def with_all(numbers: Numbers, *more: int) -> Numbers:
    for number in more:
        numbers = arithmetic.had(numbers, number)
    return numbers


def test_numbers_in_order_are_one_number_to_remember() -> None:
    known = with_all(start(), 1, 2, 3)
    assert (known.contiguous, known.ranges) == (3, ())


def test_gaps_are_ranges_until_they_are_closed() -> None:
    known = with_all(start(), 1, 5, 6, 9)
    assert (known.contiguous, known.ranges) == (1, ((5, 6), (9, 9)))
    assert arithmetic.missing(known, 10) == [2, 3, 4, 7, 8, 10]
    known = with_all(known, 3, 2, 4)
    assert (known.contiguous, known.ranges) == (6, ((9, 9),))


@pytest.mark.parametrize("seed", range(30))
def test_any_order_of_arrival_gives_the_same_vector(seed: int) -> None:
    dice = random.Random(seed)
    wanted = sorted(dice.sample(range(1, 60), 30))
    order = dice.choices(wanted, k=100) + wanted
    dice.shuffle(order)
    known = with_all(start(), *order)
    assert known == with_all(start(), *wanted)
    assert [n for n in range(1, 70) if arithmetic.has(known, n)] == wanted
    assert arithmetic.missing(known, 69) == [n for n in range(1, 70) if n not in wanted]


def test_a_newcomer_starts_at_the_first_it_can_read_and_moves_down_if_it_can_read_more() -> None:
    known = with_all(start(100), 100, 101)
    assert not arithmetic.has(known, 50)
    assert arithmetic.has(known, 101)
    known = with_all(known, 98)
    assert (known.start, known.contiguous, known.ranges) == (98, 98, ((100, 101),))
    assert with_all(known, 99).contiguous == 101


def test_what_cannot_be_read_is_remembered_until_it_is_had() -> None:
    known = arithmetic.cannot_read(with_all(start(), 1), 3)
    assert known.unreadable == (3,)
    assert arithmetic.cannot_read(known, 3) == known
    assert arithmetic.cannot_read(known, 1) == known
    known = with_all(known, 2, 3)
    assert (known.contiguous, known.unreadable) == (3, ())


def test_a_jump_has_a_bound_and_so_has_what_is_missing() -> None:
    known = with_all(start(), 1)
    arithmetic.check_jump(known, 1 + NUMBER_JUMP)
    with pytest.raises(PeerError) as caught:
        arithmetic.check_jump(known, 2 + NUMBER_JUMP)
    assert caught.value.code == "too-far-ahead"
    assert len(arithmetic.missing(known, 1 << 62)) == NUMBER_JUMP


def test_a_vector_of_many_ranges_is_asked_quickly() -> None:
    ranges = tuple((10 * n, 10 * n + 1) for n in range(1, 30_000))
    known = Numbers(HERE, SENDER, 1, 0, ranges, ())
    assert sum(arithmetic.has(known, n) for n in range(1, 50_000)) == 2 * 4_999 + 0


def test_what_was_before_our_time_can_be_asked_for_within_bounds_and_opens_no_gap_when_it_is_gone() -> None:
    late = arithmetic.starting_at(HERE, SENDER, 10_000)
    asked = arithmetic.cannot_read(late, 9_999)
    assert asked.unreadable == (9_999,)
    assert arithmetic.cannot_read(late, 10_000 - NUMBER_JUMP - 1) == late
    assert arithmetic.gone(asked, 9_999) == late
    assert arithmetic.gone(late, 5) == late
    assert arithmetic.gone(late, 10_001) == arithmetic.had(late, 10_001)
