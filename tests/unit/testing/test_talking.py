import pytest

from coterie.core.engine.state import groups
from coterie.core.kernel.ids import DeviceId
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def talkers() -> tuple[Pipe, Node, Node]:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    return pipe, alice, bob


def test_a_quartet_is_linked_and_talks_in_a_group() -> None:
    pipe = Pipe()
    alice, *others = talking.quartet(pipe)
    shown = talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(3_000)
    talking.say(pipe, alice, talking.GROUP, "all")
    for node in others:
        assert talking.texts(pipe, node, talking.GROUP) == ["all"]
        assert talking.by_id(node, shown).kind == "group"
    everybody = {scenes.device_id(node) for node in (alice, *others)}
    assert talking.leaves(pipe, alice) == everybody
    assert {talking.epoch(node) for node in (alice, *others)} == {talking.epoch(alice)}


def test_a_group_that_is_not_here_is_a_lookup_error() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    shown = talking.group(pipe, alice, "Bob")
    with pytest.raises(LookupError):
        talking.by_id(carol, shown)


def test_reading_is_told_to_the_author() -> None:
    pipe, alice, bob = talkers()
    sent = talking.entries(pipe, alice, "Bob")[0]
    assert talking.state_of(pipe, alice, sent).state == "delivered"
    talking.entries(pipe, bob, "Alice", read=True)
    pipe.advance(10_000)
    assert talking.state_of(pipe, alice, sent).state == "read"


def test_parted_nodes_meet_again() -> None:
    pipe, alice, bob = talkers()
    talking.part(pipe, (alice, bob))
    talking.say(pipe, alice, "Bob", "later")
    assert talking.texts(pipe, bob, "Alice") == ["hello"]
    talking.meet(pipe)
    pipe.advance(10_000)
    assert talking.texts(pipe, bob, "Alice") == ["hello", "later"]
    assert talking.shown_once(pipe, bob, "Alice")


def test_what_was_sent_can_be_handed_over_again() -> None:
    pipe, alice, bob = talkers()
    [envelope, *_] = talking.sent(alice, peer_frames.ENVELOPE)
    talking.hand(pipe, alice, bob, envelope)
    assert talking.texts(pipe, bob, "Alice") == ["hello"]
    assert bob.errors == []


def test_a_truthful_forgery_is_taken_and_a_lie_is_not() -> None:
    pipe, alice, bob = talkers()
    conversation = talking.conversation_of(alice)
    lie = talking.Lie(sender_device=DeviceId(bytes(32)))
    talking.hand(pipe, alice, bob, talking.forge(pipe, alice, conversation, b"", lie))
    assert talking.refusals(bob)
    assert talking.texts(pipe, bob, "Alice") == ["hello"]


def test_a_forgery_moves_the_ratchet_so_that_no_key_is_used_twice() -> None:
    pipe, alice, _ = talkers()
    conversation = talking.conversation_of(alice)
    one = talking.forge(pipe, alice, conversation, b"")
    assert one != talking.forge(pipe, alice, conversation, b"")
    assert groups.load(pipe.context(alice), conversation.group_id)[0].epoch == talking.epoch(alice, "two")


def test_connections_are_known_by_who_is_at_the_other_end() -> None:
    pipe, alice, bob = talkers()
    wire = alice.wires[talking.conn_to(alice, bob)]
    assert wire.peer is not None
    assert wire.peer.node is bob
    pipe.cut()
    with pytest.raises(StopIteration):
        talking.conn_to(alice, bob)
