import pytest

from coterie.core.engine.conversation import acknowledged
from coterie.core.engine.delivery import outgoing
from coterie.core.engine.delivery.outgoing import envelope_id_of
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.views import MessageView
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import DeviceId, EnvelopeId
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import Kind
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def nobody_answers(pipe: Pipe, node: Node) -> None:
    """What this node sends is lost on its way, though the links stand."""
    pipe.tamper = lambda frame: None if frame.source is node else frame.body


def acknowledge(pipe: Pipe, source: Node, target: Node, *envelope_ids: EnvelopeId) -> None:
    talking.hand(pipe, source, target, peer_frames.Ack(envelope_ids).encode(), peer_frames.ACK)


def last_envelope(node: Node) -> EnvelopeId:
    frame = peer_frames.parse_peer_frame(peer_frames.ENVELOPE, talking.sent(node, peer_frames.ENVELOPE)[-1])
    assert isinstance(frame, peer_frames.Envelope)
    return envelope_id_of(frame.message)


def receipts(pipe: Pipe, node: Node, message: MessageView) -> dict[str, str]:
    return {receipt.person: receipt.state for receipt in talking.state_of(pipe, node, message).receipts}


def world(pipe: Pipe) -> tuple[Node, Node, Node]:
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    return alice, bob, carol


def test_each_device_acknowledges_for_its_own_person_and_the_ciphertext_goes_with_the_last() -> None:
    pipe = Pipe()
    alice, bob, carol = world(pipe)
    nobody_answers(pipe, alice)
    sent = talking.say(pipe, alice, "Group", "hello")
    envelope_id = last_envelope(alice)
    assert receipts(pipe, alice, sent) == {"Bob": "queued", "Carol": "queued"}
    acknowledge(pipe, bob, alice, envelope_id)
    assert receipts(pipe, alice, sent) == {"Bob": "delivered", "Carol": "queued"}
    assert alice.store.envelopes.targets(envelope_id) == [scenes.device_id(carol)]
    acknowledge(pipe, carol, alice, envelope_id)
    assert talking.state_of(pipe, alice, sent).state == "delivered"
    assert alice.store.envelopes.get(envelope_id) is None


def test_the_same_acknowledgement_again_and_one_for_nothing_tell_nothing() -> None:
    pipe = Pipe()
    alice, bob, _ = world(pipe)
    nobody_answers(pipe, alice)
    sent = talking.say(pipe, alice, "Group", "hello")
    envelope_id = last_envelope(alice)
    acknowledge(pipe, bob, alice, envelope_id)
    told = scenes.events(alice, "message-state")
    unknown = [EnvelopeId(n.to_bytes(32, "big")) for n in range(200)]
    acknowledge(pipe, bob, alice, envelope_id, envelope_id, *unknown)
    acknowledge(pipe, bob, alice, envelope_id)
    assert scenes.events(alice, "message-state") == told
    assert receipts(pipe, alice, sent) == {"Bob": "delivered", "Carol": "queued"}
    assert (alice.errors, pipe.linked(alice, bob)) == ([], True)


def test_nobody_acknowledges_what_was_not_meant_for_them() -> None:
    pipe = Pipe()
    alice, bob, carol = world(pipe)
    nobody_answers(pipe, alice)
    sent = talking.say(pipe, alice, "Bob", "between us")
    envelope_id = last_envelope(alice)
    acknowledge(pipe, carol, alice, envelope_id)
    assert receipts(pipe, alice, sent) == {"Bob": "queued"}
    assert alice.store.envelopes.targets(envelope_id) == [scenes.device_id(bob)]


def test_a_device_that_no_certificate_names_acknowledges_nothing() -> None:
    pipe = Pipe()
    alice, bob, _ = world(pipe)
    nobody_answers(pipe, alice)
    talking.say(pipe, alice, "Group", "hello")
    envelope_id, ctx = last_envelope(alice), pipe.context(alice)
    stranger = Link(99, scenes.circle_id(alice), DeviceId(b"\x66" * 32), bytes(16), False, pipe.now)
    stored = alice.store.envelopes.get(envelope_id)
    assert stored is not None
    alice.store.envelopes.drop(envelope_id)
    alice.store.envelopes.add(stored, (stranger.device_id, scenes.device_id(bob)))
    acknowledged.ack_frame(ctx, stranger, peer_frames.Ack((envelope_id,)))
    assert set(alice.store.envelopes.targets(envelope_id)) == {stranger.device_id, scenes.device_id(bob)}


def test_what_we_only_carried_is_done_with_and_is_no_receipt_of_ours() -> None:
    pipe = Pipe()
    alice, bob, carol = world(pipe)
    talking.part(pipe, (alice, carol), (bob, carol))
    sent = talking.say(pipe, bob, "Group", "for Carol, by way of Alice")
    envelope_id, told = last_envelope(bob), scenes.events(alice, "message-state")
    assert alice.store.envelopes.targets(envelope_id) == [scenes.device_id(carol)]
    pipe.apart.discard(frozenset(("alice", "carol")))
    pipe.run()
    assert talking.texts(pipe, carol, "Group") == ["for Carol, by way of Alice"]
    assert alice.store.envelopes.get(envelope_id) is None
    assert scenes.events(alice, "message-state") == told
    assert receipts(pipe, bob, sent)["Carol"] == "queued"


def test_our_staged_commit_is_entered_with_its_own_acknowledgement_and_with_no_other() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(8_000)
    group_id = talking.conversation_of(alice, "group").group_id
    talking.part(pipe, (alice, bob), (carol, bob))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    pipe.advance(2_000)
    conversation_id = talking.conversation_of(alice, "group").conversation_id
    (old,) = (
        each
        for each in alice.store.envelopes.pending_in(conversation_id, scenes.device_id(bob), 10)
        if each.kind == Kind.COMMIT
    )
    nobody_answers(pipe, alice)
    pipe.apart.clear()
    pipe.run()
    epoch = talking.epoch(alice)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    staged = alice.store.conversations.staged(group_id)
    assert staged is not None
    acknowledge(pipe, carol, alice, old.envelope_id)
    link = Link(99, scenes.circle_id(alice), scenes.device_id(bob), bytes(16), False, pipe.now)
    acknowledged.ack_frame(pipe.context(alice), link, peer_frames.Ack((old.envelope_id,)))
    assert alice.store.envelopes.targets(old.envelope_id) == []
    assert (talking.epoch(alice), alice.store.conversations.staged(group_id)) == (epoch, staged)
    acknowledge(pipe, carol, alice, staged.envelope_id)
    assert (talking.epoch(alice), alice.store.conversations.staged(group_id)) == (epoch + 1, None)


def test_each_acknowledgement_makes_room_for_what_had_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "WINDOW", 2)
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "0")
    for n in range(1, 8):
        pipe.give(alice, commands.SendMessage("Bob", str(n)))
    assert len(talking.sent(alice, peer_frames.ENVELOPE)) == 3
    pipe.settle()
    assert talking.texts(pipe, bob, "Alice") == [str(n) for n in range(8)]
