from coterie.core.engine.ports import commands
from coterie.core.engine.state.circle_states import known
from coterie.core.trust.conversation_bodies import Member
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe


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


def test_a_stranger_to_a_group_is_neither_asked_nor_told() -> None:
    pipe = Pipe()
    alice, _, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    scope = talking.conversation_of(alice, "group").conversation_id
    before = [len(talking.sent(alice, type_)) for type_ in (peer_frames.OBJECTS, peer_frames.WANT_OBJECTS)]
    digest = peer_frames.ObjectDigest(scope, bytes(32), bytes(32))
    talking.hand(pipe, dave, alice, digest.encode(), peer_frames.OBJECT_DIGEST)
    talking.hand(pipe, dave, alice, peer_frames.ObjectSummary(scope, (), ()).encode(), peer_frames.OBJECT_SUMMARY)
    after = [len(talking.sent(alice, type_)) for type_ in (peer_frames.OBJECTS, peer_frames.WANT_OBJECTS)]
    assert after == before
