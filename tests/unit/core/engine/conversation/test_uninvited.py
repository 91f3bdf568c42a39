"""Who has a leaf and no keys asks to be added anew once the Welcome does not come; who gets it late asks for nothing."""

import pytest

from coterie.core.engine.conversation import follow, position, uninvited
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.membership import asked_to_rejoin
from coterie.core.kernel.ids import CircleId, to_base32
from coterie.core.kernel.world import Instant
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def without_welcome(pipe: Pipe) -> tuple[Node, Node, Node]:
    """Alice founds with Bob, whom no Welcome reaches, and takes Carol in."""
    alice, bob, carol = scenes.trio(pipe)
    talking.no_parcels_to(pipe, bob)
    talking.group(pipe, alice, "Bob")
    pipe.do(alice, commands.AddToGroup(talking.GROUP, ("Carol",)))
    pipe.advance(10_000)
    return alice, bob, carol


def with_a_leaf_and_no_keys(pipe: Pipe) -> tuple[Node, Node, Node]:
    """Then Alice leaves. Only she has Bob's Welcome."""
    alice, bob, carol = without_welcome(pipe)
    pipe.do(alice, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    talking.meet(pipe)
    return alice, bob, carol


def asked(node: Node) -> list[object]:
    """Why this node asked to be added anew."""
    return [event["reason"] for event in scenes.events(node, "rejoin")]


def has_keys(node: Node) -> bool:
    """Whether it is in the group."""
    return talking.conversation_of(node, "group").group_id != b""


def test_who_gets_commits_and_no_welcome_asks_to_be_added_anew_after_a_while_and_talks() -> None:
    pipe = Pipe()
    _, bob, carol = with_a_leaf_and_no_keys(pipe)
    sent = talking.say(pipe, carol, talking.GROUP, "said before")
    pipe.advance(uninvited.PATIENCE // 2)
    assert asked(bob) == []
    pipe.advance(uninvited.PATIENCE)
    assert asked(bob) == [uninvited.REASON]
    pipe.advance(30_000)
    assert talking.leaves(pipe, bob) == talking.leaves(pipe, carol) == {scenes.device_id(bob), scenes.device_id(carol)}
    assert talking.state_of(pipe, carol, sent).state == "delivered"
    for node in (bob, carol):
        sent = talking.say(pipe, node, talking.GROUP, f"from {node.name}")
        pipe.advance(10_000)
        assert talking.state_of(pipe, node, sent).state == "delivered"
    assert asked(bob) == [uninvited.REASON]


def test_who_gets_the_welcome_in_that_while_asks_for_nothing() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.no_parcels_to(pipe, bob)
    talking.group(pipe, alice, "Bob")
    uninvited.note(pipe.context(bob), talking.conversation_of(bob, "group"))
    pipe.tamper = None
    talking.meet(pipe)
    assert has_keys(bob)
    pipe.advance(10_000)
    ctx = pipe.context(bob)
    uninvited.due(ctx, talking.conversation_of(bob, "group"))
    pipe.advance(2 * uninvited.PATIENCE)
    assert asked(bob) == []
    assert ctx.effects == []


def test_it_is_noted_once_and_asked_once() -> None:
    pipe = Pipe()
    _, bob, carol = with_a_leaf_and_no_keys(pipe)
    talking.no_parcels_to(pipe, bob)
    conversation = talking.conversation_of(bob, "group")
    bob.engine.memory.caches.pop(("uninvited", conversation.conversation_id), None)  # type: ignore[attr-defined]
    ctx = pipe.context(bob)
    for _ in range(2):
        uninvited.note(ctx, conversation)
    assert [each for each in ctx.effects if isinstance(each, SetTimer)] == [
        SetTimer(uninvited.TIMER + to_base32(conversation.conversation_id), Instant(pipe.now + uninvited.PATIENCE))
    ]
    for _ in range(3):
        uninvited.due(pipe.context(bob), conversation)
    assert asked(bob) == [uninvited.REASON]
    assert scenes.device_id(carol) in talking.leaves(pipe, carol)


@pytest.mark.parametrize("who", ["nobody is linked", "nobody stands", "we are out"])
def test_with_nobody_to_ask_nothing_is_asked(who: str) -> None:
    pipe = Pipe()
    alice, bob, carol = with_a_leaf_and_no_keys(pipe)
    if who == "nobody is linked":
        talking.part(pipe, (bob, carol), (bob, alice))
    elif who == "nobody stands":
        pipe.do(carol, commands.LeaveGroup(talking.GROUP))
    else:
        pipe.do(bob, commands.LeaveGroup(talking.GROUP))
    ctx, conversation = pipe.context(bob), talking.conversation_of(bob, "group")
    uninvited.due(ctx, conversation)
    assert asked(bob) == []
    assert ctx.effects == []


def test_commits_of_one_circle_say_nothing_about_a_conversation_of_another() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.no_parcels_to(pipe, bob)
    talking.group(pipe, alice, "Bob", "Carol")
    parcel = peer_frames.parse_peer_frame(peer_frames.PARCEL, talking.sent(alice, peer_frames.PARCEL)[0])
    assert isinstance(parcel, peer_frames.Parcel)
    ctx = pipe.context(bob)
    follow.heal(ctx, CircleId(b"\x66" * 32), parcel, "not-for-us")
    assert ctx.effects == []
    follow.heal(ctx, scenes.circle_id(bob), parcel, "not-for-us")
    assert len(ctx.effects) == 1


def test_a_made_up_place_makes_us_ask_once_in_vain_and_the_true_one_then_is_asked_for() -> None:
    pipe = Pipe()
    _, bob, carol = with_a_leaf_and_no_keys(pipe)
    talking.claim_keys(pipe, carol)
    talking.meet(pipe)
    pipe.advance(5 * uninvited.PATIENCE)
    assert asked(bob) == [uninvited.REASON]
    position.tell(pipe.context(carol), talking.conversation_of(carol, "group"))
    talking.meet(pipe)
    pipe.advance(2 * uninvited.PATIENCE)
    assert asked(bob) == 2 * [uninvited.REASON]
    assert has_keys(bob)


def test_of_two_places_the_one_of_the_most_senior_device_is_believed() -> None:
    pipe = Pipe()
    alice, bob, carol = without_welcome(pipe)
    talking.claim_keys(pipe, carol)
    talking.meet(pipe)
    ctx, conversation = pipe.context(bob), talking.conversation_of(bob, "group")
    uninvited.due(ctx, conversation)
    found = asked_to_rejoin(ctx, conversation, scenes.device_id(bob))
    assert found is not None
    assert found.group_id == talking.conversation_of(alice, "group").group_id
