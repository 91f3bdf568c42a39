from itertools import combinations

import pytest

from coterie.core.engine.circle import offering
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.state.circle_states import known
from coterie.core.trust.conversation_bodies import Member
from coterie.core.wire import peer_frames
from coterie.core.wire.peer_frames import ObjectDigest, ObjectSummary
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def only(pipe: Pipe, one: Node, other: Node) -> None:
    """From here on these two reach each other and nobody else does; every link is made anew."""
    pairs = {frozenset(pair) for pair in combinations(pipe.nodes, 2)}
    pipe.apart = pairs - {frozenset((one.name, other.name))}
    pipe.cut()
    pipe.run()
    pipe.advance(10_000)


def put_out(pipe: Pipe, alice: Node, bob: Node, *, by_own_word: bool) -> None:
    """Bob is out of Alice's group, and both know it."""
    if by_own_word:
        pipe.do(bob, commands.LeaveGroup("Group"))
    else:
        pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob",)))
    pipe.advance(8_000)


def what_it_has(pipe: Pipe, node: Node, other: Node) -> ObjectSummary:
    """What a node says to another one that it has of the group."""
    ctx = pipe.context(node)
    link = ctx.links.to(scenes.circle_id(node), scenes.device_id(other))
    assert link is not None
    offering.ask(ctx, link, talking.conversation_of(node, "group").conversation_id)
    assert isinstance(ctx.effects[0], Transmit)
    frame = peer_frames.parse_peer_frame(ctx.effects[0].type, ctx.effects[0].body)
    assert isinstance(frame, ObjectSummary)
    return frame


def answers(pipe: Pipe, source: Node, target: Node, frame: ObjectSummary | ObjectDigest) -> list[tuple[int, bytes]]:
    """What the target answers to a frame."""
    before = len(target.effects)
    type_ = peer_frames.OBJECT_SUMMARY if isinstance(frame, ObjectSummary) else peer_frames.OBJECT_DIGEST
    talking.hand(pipe, source, target, frame.encode(), type_)
    return [(effect.type, effect.body) for effect in target.effects[before:] if isinstance(effect, Transmit)]


def test_who_was_put_out_of_a_group_while_away_is_told_when_it_is_back_and_told_nothing_more() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    conversation = talking.conversation_of(carol, "group")
    talking.part(pipe, (alice, carol), (bob, carol), (dave, carol))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    sent = talking.say(pipe, carol, "Group", "is anybody there?")
    pipe.advance(3_000)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.apart = {frozenset(("alice", "carol"))}
    pipe.run()
    pipe.advance(10_000)
    now = carol.store.conversations.get(conversation.conversation_id)
    assert now is not None
    assert now.state == "left"
    decisions = known(pipe.context(carol), conversation.circle_id, conversation.conversation_id).decisions.values()
    changed = [decision.body.person_id for decision in decisions if isinstance(decision.body, Member)]
    assert changed == [scenes.person_id(carol)]
    assert talking.state_of(pipe, carol, sent).state == "dispatched" or talking.texts(pipe, bob, "Group") == []


def test_who_knows_it_already_gets_no_objects_again() -> None:
    pipe = Pipe()
    alice, bob, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    conversation = talking.conversation_of(alice, "group")
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.advance(8_000)
    before = len(talking.sent(alice, peer_frames.OBJECTS)) + len(talking.sent(bob, peer_frames.OBJECTS))
    talking.meet(pipe)
    wanted = peer_frames.WantObjects(conversation.conversation_id).encode()
    assert wanted in talking.sent(alice, peer_frames.WANT_OBJECTS)
    assert len(talking.sent(alice, peer_frames.OBJECTS)) + len(talking.sent(bob, peer_frames.OBJECTS)) == before


@pytest.mark.parametrize("who", ["left", "was put out", "was never in"])
def test_who_is_in_again_hears_it_from_somebody_of_whom_it_knows_only_that_they_are_out(who: str) -> None:
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Carol", *([] if who == "was never in" else ["Bob"]))
    pipe.advance(8_000)
    if who != "was never in":
        put_out(pipe, alice, bob, by_own_word=who == "left")
    pipe.do(carol, commands.LeaveGroup("Group"))
    pipe.advance(8_000)
    only(pipe, alice, bob)
    pipe.do(alice, commands.AddToGroup("Group", ("Bob",)))
    pipe.do(alice, commands.LeaveGroup("Group"))
    pipe.do(bob, commands.AddToGroup("Group", ("Carol",)))
    assert talking.conversation_of(carol, "group").state == "left"
    only(pipe, bob, carol)
    assert talking.conversation_of(carol, "group").state == "active"
    sent = talking.say(pipe, bob, "Group", "in again")
    pipe.advance(10_000)
    assert talking.texts(pipe, carol, "Group") == ["in again"]
    assert talking.state_of(pipe, bob, sent).state == "delivered"


@pytest.mark.parametrize("by_own_word", [True, False])
def test_T030_who_is_out_is_asked_only_for_what_is_not_here_and_learns_nothing_by_it(by_own_word: bool) -> None:
    pipe = Pipe()
    alice, bob, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    put_out(pipe, alice, bob, by_own_word=by_own_word)
    theirs = what_it_has(pipe, bob, alice)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.advance(8_000)
    scope = theirs.scope
    digest = ObjectDigest(scope, bytes(32), bytes(32))
    wanted = peer_frames.WantObjects(scope).encode()
    assert answers(pipe, bob, alice, digest) == [(peer_frames.WANT_OBJECTS, wanted)]
    assert answers(pipe, bob, alice, theirs) == []
    made_up = ObjectSummary(scope, tuple(sorted((*theirs.chains, (bytes(32), 9, bytes(32))))), theirs.facts)
    nothing = ObjectSummary(scope, (), ()).encode()
    assert answers(pipe, bob, alice, made_up) == [(peer_frames.OBJECT_SUMMARY, nothing)]


def test_a_stranger_who_speaks_of_a_group_gets_the_answer_of_who_never_heard_of_it() -> None:
    pipe = Pipe()
    alice, _, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    for scope in (talking.conversation_of(alice, "group").conversation_id, bytes(32)):
        nothing = ObjectSummary(scope, (), ())
        digest = ObjectDigest(scope, bytes(32), bytes(32))
        assert answers(pipe, dave, alice, digest) == [(peer_frames.OBJECT_SUMMARY, nothing.encode())]
        assert answers(pipe, dave, alice, nothing) == []
