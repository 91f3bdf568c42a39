import pytest

from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import cards
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state import circle_states
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.world import DAY, NEVER
from coterie.core.trust.facts import Card, verify_card
from coterie.core.trust.objects import Fact
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def card_of(pipe: Pipe, node: Node, of: Node) -> tuple[Fact, Card]:
    fact = circle_states.card_of(pipe.context(node), scenes.circle_id(node), scenes.device_id(of))
    assert fact is not None
    assert isinstance(fact.body, Card)
    return fact, fact.body


def test_a_card_is_signed_by_device_and_endpoint_and_good_for_fourteen_days() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    fact, card = card_of(pipe, alice, alice)
    verify_card(card, scenes.circle_id(alice), scenes.device_id(alice), fact.revision, suite(1))
    assert card.not_after - card.not_before == 14 * DAY
    assert card.endpoint_id == alice.store.circles.keys(scenes.circle_id(alice), "endpoint")[0].public


def test_cards_are_renewed_weekly_with_a_new_block_key_and_reach_the_others() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    first, before = card_of(pipe, bob, alice)
    pipe.advance(7 * DAY + 1)
    second, after = card_of(pipe, bob, alice)
    assert second.revision == first.revision + 1
    assert after.block_key != before.block_key
    assert after.key_package != before.key_package
    assert after.endpoint_id == before.endpoint_id
    keys = alice.store.circles.keys(scenes.circle_id(alice), "block")
    assert [key.retired_at == NEVER for key in keys] == [True, False]


def test_a_replaced_block_key_is_kept_for_thirty_six_days() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    circle_id = scenes.circle_id(alice)
    first = alice.store.circles.keys(circle_id, "block")[0].key_id
    pipe.advance(42 * DAY)
    assert first in [key.key_id for key in alice.store.circles.keys(circle_id, "block")]
    pipe.advance(14 * DAY)
    assert first not in [key.key_id for key in alice.store.circles.keys(circle_id, "block")]
    assert len(alice.store.circles.keys(circle_id, "block")) <= 7


def test_last_resort_key_packages_do_not_pile_up() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    pipe.advance(100 * DAY)
    assert len(alice.store.peers.own_key_packages(scenes.circle_id(alice), b"")) <= 7


def test_a_start_after_weeks_renews_the_card_at_once() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    pipe.stop(alice)
    pipe.advance(20 * DAY)
    pipe.start(alice)
    fact, card = card_of(pipe, alice, alice)
    assert fact.revision == 5
    assert card.not_before == pipe.now
    timer = cards.TIMER + to_base32(scenes.circle_id(alice))
    assert [e.at for e in alice.effects if isinstance(e, SetTimer) and e.name == timer][-1] == pipe.now + 7 * DAY


def test_who_is_out_of_the_circle_renews_nothing() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.do(alice, commands.RemovePerson("Bob"))
    revision = card_of(pipe, bob, bob)[0].revision
    pipe.advance(30 * DAY)
    assert card_of(pipe, bob, bob)[0].revision == revision


def test_a_start_with_a_good_card_waits_for_a_link_before_it_renews() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.stop(alice)
    pipe.advance(10 * DAY)
    pipe.start(alice)
    assert card_of(pipe, alice, alice)[0].revision == 1
    pipe.run()
    assert pipe.linked(alice, bob)
    pipe.advance(cards.PATIENCE)
    assert card_of(pipe, bob, alice)[0].revision == 4


@pytest.mark.parametrize(("days", "step"), [(7, 1), (8, 3), (14, 3), (15, 4), (36, 7)])
def test_revisions_leave_room_for_what_a_newer_self_may_have_given(days: int, step: int) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    card = card_of(pipe, alice, alice)[0]
    assert cards.next_revision(None, pipe.now) == 1
    assert cards.next_revision(card, type(pipe.now)(pipe.now + days * DAY)) == card.revision + step
