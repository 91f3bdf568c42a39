from coterie.core.engine.delivery import passing_on, vectors
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe


def test_a_message_reaches_a_device_that_was_never_online_together_with_its_sender() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(10_000)
    pipe.stop(carol)
    sent = talking.say(pipe, alice, "Group", "through Bob")
    pipe.advance(10_000)
    pipe.stop(alice)
    pipe.start(carol)
    pipe.run()
    pipe.advance(60_000)
    assert talking.texts(pipe, carol, "Group") == ["through Bob"]
    pipe.stop(carol)
    pipe.start(alice)
    pipe.run()
    pipe.advance(40_000)
    assert talking.state_of(pipe, alice, sent).state == "delivered"
    assert bob.store.envelopes.waiting_for(scenes.device_id(carol)) == 0


def test_between_two_people_nothing_is_kept_for_others() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "between us")
    conversation_id = talking.conversation_of(bob).conversation_id
    assert bob.store.envelopes.of_sender(conversation_id, scenes.device_id(alice)) == []


def test_who_has_it_already_is_found_by_digests_and_not_sent_it_again() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, alice, "Group", "everybody is here")
    assert bob.store.envelopes.waiting_for(scenes.device_id(carol)) > 0
    pipe.advance(20_000)
    for node, other in ((bob, carol), (carol, bob)):
        assert node.store.envelopes.waiting_for(scenes.device_id(other)) == 0
    assert not [body for body in talking.sent(bob, peer_frames.ENVELOPE) if body in talking.sent(alice, 0x43)]


def test_what_its_sender_is_only_now_bringing_is_not_handed_over_by_others_at_once() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(10_000)
    pipe.apart.add(frozenset(("alice", "carol")))
    pipe.cut(carol)
    pipe.run()
    pipe.advance(1_000)
    talking.say(pipe, alice, "Group", "a moment")
    conversation = talking.conversation_of(carol, "group")
    ask = vectors.have_of(pipe.context(carol), conversation).encode()
    talking.hand(pipe, carol, bob, ask, peer_frames.HAVE)
    assert talking.texts(pipe, carol, "Group") == []
    pipe.advance(2 * passing_on.DIGESTS.pause)
    assert talking.texts(pipe, carol, "Group") == ["a moment"]
