import dataclasses

import pytest

from coterie.core.engine.conversation import history
from coterie.core.engine.ports.messages import Message, Receipt
from coterie.core.engine.ports.views import ReceiptView
from coterie.core.kernel.ids import PersonId, from_base32, to_base32
from coterie.core.kernel.world import NEVER, Instant
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def stored(node: Node, message_id: str) -> Message:
    message = node.store.messages.find(from_base32(message_id))
    assert message is not None
    return message


def test_a_line_of_the_log_says_who_said_what_when_and_how_far_it_came() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    said_at = pipe.now
    sent = talking.say(pipe, alice, "Bob", "hello")
    ours = history.view(
        pipe.context(alice),
        talking.conversation_of(alice),
        stored(alice, sent.id),
        alice.store.messages.receipts(from_base32(sent.id)),
    )
    assert (ours.id, ours.kind, ours.conversation, ours.from_, ours.text) == (
        sent.id,
        "message",
        "Bob",
        "Alice",
        "hello",
    )
    assert (ours.state, ours.sent_at, ours.received_at, ours.reason) == ("delivered", said_at, NEVER, "")
    assert ours.receipts == (ReceiptView("Bob", "delivered", said_at),)
    theirs = history.view(pipe.context(bob), talking.conversation_of(bob), stored(bob, sent.id), [])
    same = dataclasses.replace(ours, conversation="Alice", state="received", received_at=said_at, receipts=())
    assert theirs == same


def test_the_time_shown_is_the_senders_claim_and_the_time_of_arrival_our_own() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.clocks["bob"] = 3_600_000
    pipe.advance(1_000)
    sent = talking.say(pipe, bob, "Alice", "from the future")
    seen = history.view(pipe.context(alice), talking.conversation_of(alice), stored(alice, sent.id), [])
    assert (seen.sent_at, seen.received_at) == (pipe.now + 3_600_000, pipe.now)


def test_the_reason_why_a_message_did_not_come_is_in_its_line() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    sent = stored(alice, talking.say(pipe, alice, "Bob", "hello").id)
    failed = dataclasses.replace(sent, state="failed", reason="removed")
    seen = history.view(pipe.context(alice), talking.conversation_of(alice), failed, [])
    assert (seen.state, seen.reason) == ("failed", "removed")


def test_every_receipt_is_shown_under_the_name_of_its_person() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    message = stored(alice, talking.say(pipe, alice, "Group", "to both").id)
    receipts = [
        Receipt(message.message_id, scenes.person_id(carol), "queued", Instant(7)),
        Receipt(message.message_id, scenes.person_id(bob), "read", Instant(9)),
    ]
    seen = history.view(pipe.context(alice), talking.conversation_of(alice, "group"), message, receipts)
    assert seen.receipts == (ReceiptView("Carol", "queued", Instant(7)), ReceiptView("Bob", "read", Instant(9)))


def test_somebody_whom_the_objects_do_not_know_is_shown_by_the_beginning_of_their_id() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    message = stored(alice, talking.say(pipe, alice, "Bob", "hello").id)
    stranger = PersonId(b"\x21" * 32)
    by_stranger = dataclasses.replace(message, person_id=stranger)
    receipts = [Receipt(message.message_id, stranger, "read", Instant(1))]
    seen = history.view(pipe.context(alice), talking.conversation_of(alice), by_stranger, receipts)
    assert seen.from_ == seen.receipts[0].person == to_base32(stranger)[:8]


@pytest.mark.parametrize("whose", ["mine", "theirs"])
def test_the_event_has_the_fields_of_the_line_and_says_whether_it_is_ours(whose: str) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    sent = talking.say(pipe, alice, "Bob", "hello")
    node = alice if whose == "mine" else bob
    message = dataclasses.replace(stored(node, sent.id), kind="person-added", text="told again")
    ctx, conversation = pipe.context(node), talking.conversation_of(node)
    history.tell(ctx, conversation, message)
    seen = history.view(ctx, conversation, message, [])
    assert ctx.noted
    assert scenes.events(node, "message")[-1] == {
        "subject": seen.id,
        "conversation": seen.conversation,
        "entry": "person-added",
        "from_": "Alice",
        "text": "told again",
        "state": seen.state,
        "sent_at": seen.sent_at,
        "received_at": seen.received_at,
        "mine": whose == "mine",
    }


def test_one_message_is_one_event_on_each_side() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    for node, mine in ((alice, True), (bob, False)):
        events = scenes.events(node, "message")
        assert [(event["text"], event["mine"]) for event in events] == [("hello", mine)]
