import pytest

from coterie.core.engine.state.links import Link, Links
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, EnvelopeId
from coterie.core.kernel.world import Instant

CIRCLE, OTHER_CIRCLE = CircleId(bytes(32)), CircleId(bytes([9]) * 32)
BOB = DeviceId(bytes([1]) * 32)
CHAT = ConversationId(bytes([2]) * 32)


def link(conn: int, circle: CircleId = CIRCLE, device: DeviceId = BOB) -> Link:
    return Link(conn, circle, device, bytes(16), True, Instant(0))


def test_a_link_is_found_by_its_connection_and_by_its_device() -> None:
    links, one = Links(), link(1)
    links.add(one)
    assert links.get(1) is one
    assert links.to(CIRCLE, BOB) is one
    assert links.get(2) is None
    assert links.to(OTHER_CIRCLE, BOB) is None


def test_a_later_link_takes_the_place_and_the_end_of_the_earlier_one_changes_nothing() -> None:
    links, early, late = Links(), link(1), link(2)
    links.add(early)
    links.add(late)
    assert links.to(CIRCLE, BOB) is late
    assert links.remove(1) is early
    assert links.to(CIRCLE, BOB) is late
    assert links.remove(2) is late
    assert links.to(CIRCLE, BOB) is None


def test_what_was_no_link_is_no_loss() -> None:
    assert Links().remove(5) is None


def test_the_links_of_a_circle_are_its_own_only() -> None:
    links, here, there = Links(), link(1), link(2, OTHER_CIRCLE)
    links.add(here)
    links.add(there)
    assert links.of_circle(CIRCLE) == [here]


@pytest.mark.parametrize("name", ["sent", "backlog", "told", "told_whole", "voided", "heard"])
def test_after_an_undone_step_nothing_counts_as_handed_over_or_told(name: str) -> None:
    links, one = Links(), link(1)
    one.sent.add(EnvelopeId(bytes(32)))
    one.backlog.add(CHAT)
    for told in (one.told, one.told_whole, one.heard):
        told[CHAT] = b"digest"
    one.voided[CHAT] = 3
    links.add(one)
    assert getattr(one, name)
    links.distrust()
    assert not getattr(one, name)
    assert links.get(1) is one
