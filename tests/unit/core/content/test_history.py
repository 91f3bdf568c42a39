"""The hybrid logical clock of PROTOCOL 5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.content.extensions import MAX_ORDER
from coterie.core.content.history import MAX_FAR, HistoryClock, sort_key
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import PersonId
from coterie.core.kernel.world import DAY, HOUR, Instant

ANNA, BEN, EVE = (PersonId(bytes([n]) * 32) for n in (1, 2, 3))
NOW = Instant(1_790_000_000_000)


def at(offset: int) -> Instant:
    return Instant(NOW + offset)


def test_without_anything_seen_it_is_our_clock() -> None:
    assert HistoryClock().next_order(NOW) == NOW


def test_a_reply_stands_after_what_it_answers_whatever_our_clock_says() -> None:
    seen = HistoryClock().observe(ANNA, NOW + HOUR, NOW, group=True)
    assert seen.next_order(NOW) == NOW + HOUR + 1
    assert seen.next_order(at(2 * HOUR)) == NOW + 2 * HOUR


def test_an_older_value_changes_nothing() -> None:
    seen = HistoryClock().observe(ANNA, NOW, NOW, group=True)
    assert seen.observe(BEN, NOW - 5, NOW, group=True) is seen


def test_in_a_group_one_persons_far_value_is_ignored() -> None:
    seen = HistoryClock().observe(ANNA, NOW, NOW, group=True)
    seen = seen.observe(EVE, NOW + DAY + 1, NOW, group=True).observe(EVE, MAX_ORDER, NOW, group=True)
    assert seen.next_order(at(1)) == NOW + 1


def test_a_value_of_just_a_day_ahead_counts() -> None:
    assert HistoryClock().observe(EVE, NOW + DAY, NOW, group=True).next_order(NOW) == NOW + DAY + 1


def test_two_people_near_each_other_show_that_our_clock_is_slow() -> None:
    far = NOW + 400 * DAY
    alone = HistoryClock().observe(ANNA, far, NOW, group=True)
    assert alone.next_order(NOW) == NOW
    both = alone.observe(BEN, far + DAY, NOW, group=True)
    assert both.next_order(NOW) == far + DAY + 1


def test_two_people_far_from_each_other_show_nothing() -> None:
    seen = HistoryClock().observe(EVE, NOW + 90 * DAY, NOW, group=True)
    seen = seen.observe(BEN, NOW + 400 * DAY, NOW, group=True)
    assert seen.next_order(NOW) == NOW


def test_a_value_near_a_counted_one_of_somebody_else_counts() -> None:
    seen = HistoryClock().observe(ANNA, NOW + 20 * HOUR, NOW, group=True)
    assert seen.observe(BEN, NOW + 30 * HOUR, NOW, group=True).next_order(NOW) == NOW + 30 * HOUR + 1
    assert seen.observe(ANNA, NOW + 30 * HOUR, NOW, group=True).next_order(NOW) == NOW + 20 * HOUR + 1


def test_time_catches_up_with_an_ignored_value() -> None:
    seen = HistoryClock().observe(EVE, NOW + 3 * DAY, NOW, group=True)
    assert seen.next_order(at(DAY)) == NOW + DAY
    assert seen.next_order(at(2 * DAY)) == NOW + 3 * DAY + 1


def test_between_two_people_nothing_is_ignored() -> None:
    seen = HistoryClock().observe(BEN, NOW + 400 * DAY, NOW, group=False)
    assert seen.next_order(NOW) == NOW + 400 * DAY + 1


@pytest.mark.parametrize("group", [True, False])
@pytest.mark.parametrize("order", [-1, MAX_ORDER + 1, 1 << 63])
def test_an_order_beyond_2_46_is_refused(order: int, group: bool) -> None:
    with pytest.raises(PeerError) as caught:
        HistoryClock().observe(EVE, order, NOW, group=group)
    assert caught.value.code == "order-out-of-range"


def test_at_the_end_one_can_still_write() -> None:
    assert HistoryClock().observe(EVE, MAX_ORDER, NOW, group=False).next_order(NOW) == MAX_ORDER


def test_far_values_are_bounded() -> None:
    far = tuple((PersonId(n.to_bytes(32, "big")), NOW + 2 * n * DAY) for n in range(2, MAX_FAR + 2))
    full = HistoryClock(far=far)
    assert full.observe(PersonId(b"\xff" * 32), MAX_ORDER, NOW, group=True) is full
    known = full.observe(far[0][0], MAX_ORDER, NOW, group=True)
    assert len(known.far) == MAX_FAR


people = st.sampled_from([ANNA, BEN, EVE])
orders = st.integers(0, 500).map(lambda hours: NOW + hours * HOUR)


@given(st.lists(st.tuples(people, orders), max_size=30), st.integers(0, 500), st.booleans())
def test_our_next_message_stands_after_all_that_counted(
    seen: list[tuple[PersonId, int]], later: int, group: bool
) -> None:
    clock = HistoryClock()
    for person, order in seen:
        clock = clock.observe(person, order, NOW, group=group)
        assert HistoryClock.from_bytes(clock.to_bytes()) == clock
    now = at(later * HOUR)
    order = clock.next_order(now)
    assert order >= now
    assert order > clock.highest
    assert all(order > value for _, value in seen if value <= NOW + DAY or not group)
    if group and len({person for person, _ in seen}) < 2:
        assert order <= max(now, NOW + DAY, now + DAY) + 1


def test_messages_of_one_order_are_sorted_by_their_id() -> None:
    messages = [(2, b"a"), (1, b"z"), (2, b"A"), (1, b"b")]
    in_order = [(1, b"b"), (1, b"z"), (2, b"A"), (2, b"a")]
    assert sorted(messages, key=lambda message: sort_key(*message)) == in_order
