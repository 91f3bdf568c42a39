from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from coterie.core.engine.circle import key_packages
from coterie.core.engine.conversation import frames, send
from coterie.core.engine.conversation.arrival import announced
from coterie.core.engine.conversation.follow import look_after
from coterie.core.engine.delivery.control import void_item
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.ports.messages import Message
from coterie.core.engine.ports.views import MessageView
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import ConversationId, from_base32
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def row(node: Node, shown: MessageView) -> Message:
    message = node.store.messages.find(from_base32(shown.id))
    assert message is not None
    return message


def refused(pipe: Pipe, node: Node, command: commands.Command) -> str:
    with pytest.raises(UserError) as caught:
        pipe.do(node, command)
    return caught.value.code


@contextmanager
def nobody_has_a_key_package() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_packages, "package_for", lambda *_: None)
        yield


def test_one_step_stores_tells_and_hands_out_what_was_said() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    before = len(alice.effects)
    shown = pipe.give(alice, commands.SendMessage("Bob", "hello"))
    assert isinstance(shown, MessageView)
    message = row(alice, shown)
    assert (message.text, message.state, message.number) == ("hello", "queued", 1)
    assert [r.person for r in talking.state_of(pipe, alice, shown).receipts] == ["Bob"]
    [event] = scenes.events(alice, "message")
    assert (event["subject"], event["text"], event["mine"]) == (shown.id, "hello", True)
    types = [effect.type for effect in alice.effects[before:] if isinstance(effect, Transmit)]
    assert types[:2] == [peer_frames.PARCEL, peer_frames.ENVELOPE]
    assert talking.texts(pipe, bob, "Alice") == ["hello"]


def test_without_a_device_of_the_other_it_stays_queued_and_goes_when_there_is_one() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    with nobody_has_a_key_package():
        first = talking.say(pipe, alice, "Bob", "first")
        second = talking.say(pipe, alice, "Bob", "second")
    for shown in (first, second):
        assert (shown.state, shown.reason, row(alice, shown).number) == ("queued", "no-device", 0)
    send.flush(pipe.context(alice), talking.conversation_of(alice).conversation_id)
    assert [(row(alice, each).number, row(alice, each).reason) for each in (first, second)] == [(1, ""), (2, "")]
    talking.meet(pipe)
    assert talking.texts(pipe, bob, "Alice") == ["first", "second"]


def test_what_is_said_later_never_overtakes_what_waits() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    first = row(alice, talking.say(pipe, alice, "Bob", "first"))
    alice.store.messages.update(replace(first, state="queued", number=0, reason="no-device"))
    second = row(alice, talking.say(pipe, alice, "Bob", "second"))
    waited = alice.store.messages.get(first.message_id, first.person_id)
    assert waited is not None
    assert 0 < waited.number < second.number


def test_only_the_device_that_started_a_group_founds_it() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "parcel_frame", lambda *_: None)
        talking.group(pipe, alice, "Bob", "Carol")
        sent = talking.say(pipe, bob, "Group", "before my Welcome")
    assert sent.reason == "no-device"
    assert talking.conversation_of(bob, "group").group_id == b""
    talking.meet(pipe)
    pipe.advance(10_000)
    assert talking.texts(pipe, alice, "Group") == ["before my Welcome"]


def test_the_same_client_id_sends_once_and_its_answer_comes_again() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    repeated = commands.SendMessage("Group", "once", "build-1")
    first = scenes.ask(pipe, bob, repeated, MessageView)
    again = scenes.ask(pipe, bob, replace(repeated, text="twice?"), MessageView)
    assert refused(pipe, bob, replace(repeated, to="Alice")) == "client-id-used"
    assert (again.id, again.text, again.state) == (first.id, "once", "delivered")
    assert talking.texts(pipe, alice, "Group") == ["once"]
    assert talking.texts(pipe, alice, "Bob") == []
    pipe.do(bob, commands.LeaveGroup("Group"))
    assert scenes.ask(pipe, bob, repeated, MessageView).id == first.id
    assert refused(pipe, bob, replace(repeated, client_id="build-2")) == "not-a-member"


def test_without_a_client_id_the_same_words_are_two_messages() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    for _ in range(2):
        pipe.do(alice, commands.SendMessage("Bob", "ping", ""))
    assert talking.texts(pipe, bob, "Alice") == ["ping", "ping"]


@pytest.mark.parametrize(
    ("change", "to", "code"),
    [
        (commands.RemovePerson("Bob"), "Bob", "not-a-member"),
        (commands.LeaveGroup("Group"), "Group", "not-a-member"),
        (commands.RemoveFromGroup("Group", ("Bob",)), "Group", "empty-group"),
    ],
)
def test_where_nobody_could_read_it_nothing_is_stored(change: commands.Command, to: str, code: str) -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "before")
    talking.group(pipe, alice, "Bob")
    pipe.do(alice, change)
    kept = talking.texts(pipe, alice, to)
    assert refused(pipe, alice, commands.SendMessage(to, "in vain")) == code
    assert talking.texts(pipe, alice, to) == kept
    assert alice.store.messages.unsent_count() == 0


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize(
    ("state", "code"),
    [("left", "not-a-member"), ("removed", "not-a-member"), ("restored", "restored-state-must-rejoin")],
)
def test_in_a_circle_that_is_over_for_us_nothing_is_encrypted_or_begun(state: str, code: str, begun: bool) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    if begun:
        talking.say(pipe, alice, "Bob", "before")
    conversations = alice.store.conversations.all(scenes.circle_id(alice))
    alice.store.circles.update(replace(alice.store.circles.all()[0], state=state))
    pipe.context(alice).memory.caches.clear()
    assert refused(pipe, alice, commands.SendMessage("Bob", "in vain")) == code
    assert alice.store.conversations.all(scenes.circle_id(alice)) == conversations
    assert talking.texts(pipe, bob, "Alice") == (["before"] if begun else [])


def test_T030_what_waits_for_a_commit_goes_only_to_those_for_whom_it_was_written() -> None:
    pipe = Pipe()
    alice, bob, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(3_000)
    talking.part(pipe, *((alice, pipe.nodes[other]) for other in ("bob", "carol", "dave")))
    conversation = talking.conversation_of(alice, "group")
    assert send.may_encrypt(pipe.context(alice), conversation)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    assert not send.may_encrypt(pipe.context(alice), conversation)
    sent = talking.say(pipe, alice, "Group", "before Dave")
    assert (sent.state, sent.reason) == ("queued", "waits-for-commit")
    assert row(alice, sent).number == 0
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    talking.meet(pipe)
    pipe.advance(5_000)
    ended = talking.state_of(pipe, alice, sent)
    assert (ended.state, ended.reason) == ("failed", "people-changed")
    assert scenes.events(alice, "message-state")[-1]["state"] == "failed"
    assert talking.texts(pipe, bob, "Group") == talking.texts(pipe, dave, "Group") == []


def test_who_cannot_be_reached_any_more_is_not_waited_for() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(3_000)
    message = row(alice, talking.say(pipe, alice, "Group", "again"))
    alice.store.messages.update(replace(message, state="queued", number=0))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.advance(3_000)
    receipts = {r.person_id: r.state for r in alice.store.messages.receipts(message.message_id)}
    assert receipts == {scenes.person_id(bob): "delivered", scenes.person_id(carol): "failed"}


def test_a_content_sent_anew_declares_the_number_that_carried_it_void() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    before = row(alice, talking.say(pipe, alice, "Bob", "hello"))
    conversation, own = talking.conversation_of(alice), scenes.device_id(alice)
    once_more = replace(before, reason="no-device", attempts=1)
    send.encrypt(
        pipe.context(alice), conversation, once_more, frozenset({scenes.person_id(bob)}), void=(before.number,)
    )
    after = alice.store.messages.get(before.message_id, before.person_id)
    assert after is not None
    assert (before.number, after.number, after.reason, after.attempts) == (1, 2, "", 1)
    [carrier] = alice.store.envelopes.of_sender(conversation.conversation_id, own)
    frame = peer_frames.parse_peer_frame(peer_frames.ENVELOPE, carrier.data)
    assert isinstance(frame, peer_frames.Envelope)
    assert announced(frame.message, frame.conversation_id).header.items == (void_item([1]),)
    assert [r.state for r in alice.store.messages.receipts(before.message_id)] == ["delivered"]


def test_what_there_is_nothing_to_flush_for_is_left_alone() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    ctx = pipe.context(alice)
    for conversation_id in (ConversationId(bytes(32)), talking.conversation_of(alice).conversation_id):
        send.flush(ctx, conversation_id)
        look_after(ctx, conversation_id)
    assert ctx.effects == []


@pytest.mark.parametrize("id_", ["", "not base32!", "ABCDEFGH", "aaaaaaaa"])
def test_an_id_that_no_message_has_is_refused(id_: str) -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    assert refused(pipe, alice, commands.GetMessage(id_)) == "unknown-message"
