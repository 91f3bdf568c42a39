import pytest

from coterie.core.content import extensions
from coterie.core.content.extensions import Mandatory
from coterie.core.content.mimi import encode_content
from coterie.core.content.status import MessageStatus, Reported, report_content
from coterie.core.engine.delivery import reports
from coterie.core.kernel.ids import from_base32
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import Kind
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node
from coterie.testing.talking import Lie


def report(pipe: Pipe, node: Node, kind: str, lines: list[Reported], by: Node | None = None) -> bytes:
    """A report by hand, in an envelope of this node."""
    conversation = talking.conversation_of(node, kind)
    mandatory = Mandatory(scenes.person_id(by or node), conversation.conversation_id, pipe.now, pipe.now)
    content = encode_content(report_content(lines, extensions.build(mandatory), bytes(16)))
    return talking.forge(pipe, node, conversation, content, Lie(kind=Kind.STATUS))


def test_reading_many_messages_is_told_in_one_report_a_second_later() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    sent = [talking.say(pipe, alice, "Bob", f"{n}") for n in range(10)]
    talking.entries(pipe, bob, "Alice", read=True)
    talking.entries(pipe, bob, "Alice", read=True)
    assert talking.state_of(pipe, alice, sent[0]).state == "delivered"
    pipe.advance(reports.PAUSE_TWO)
    assert {talking.state_of(pipe, alice, each).state for each in sent} == {"read"}
    assert len(talking.sent(bob, peer_frames.ENVELOPE)) == 1
    pipe.advance(60_000)
    assert len(talking.sent(bob, peer_frames.ENVELOPE)) == 1
    assert len(talking.sent(alice, peer_frames.ENVELOPE)) == 10


def test_what_we_owe_survives_a_restart() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    sent = talking.say(pipe, alice, "Bob", "hello")
    talking.entries(pipe, bob, "Alice", read=True)
    pipe.stop(bob)
    pipe.start(bob)
    pipe.run()
    pipe.advance(5_000)
    assert talking.state_of(pipe, alice, sent).state == "read"


def test_in_a_group_reports_wait_up_to_half_a_minute() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    sent = talking.say(pipe, alice, "Group", "hello")
    for node in (bob, carol):
        talking.entries(pipe, node, "Group", read=True)
    pipe.advance(900)
    assert talking.state_of(pipe, alice, sent).state == "delivered"
    pipe.advance(reports.PAUSE_GROUP)
    assert talking.state_of(pipe, alice, sent).state == "read"


def test_a_report_about_messages_of_others_or_elsewhere_says_nothing() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.part(pipe, (bob, carol))
    by_bob = talking.say(pipe, bob, "Group", "by Bob")
    elsewhere = talking.say(pipe, alice, "Bob", "not for Carol")
    lines = [Reported(from_base32(each.id), MessageStatus.READ) for each in (by_bob, elsewhere)]
    lines.append(Reported(b"\x01" + bytes(31), MessageStatus.READ))
    talking.hand(pipe, carol, alice, report(pipe, carol, "group", sorted(lines, key=lambda line: line.message_id)))
    assert talking.state_of(pipe, alice, elsewhere).state == "delivered"
    assert talking.entries(pipe, alice, "Group")[0].state == "received"


def test_T040_a_report_that_claims_another_reader_is_refused() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    sent = talking.say(pipe, alice, "Group", "hello")
    lines = [Reported(from_base32(sent.id), MessageStatus.READ)]
    talking.hand(pipe, bob, alice, report(pipe, bob, "group", lines, by=carol))
    assert talking.refusals(alice) == ["sender-mismatch"]
    assert {receipt.state for receipt in talking.state_of(pipe, alice, sent).receipts} == {"delivered"}


@pytest.mark.parametrize("status", [MessageStatus.UNREAD, MessageStatus.DELETED, MessageStatus.ERROR, 200])
def test_a_status_that_is_none_of_ours_changes_nothing(status: int) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    sent = talking.say(pipe, alice, "Bob", "hello")
    talking.say(pipe, bob, "Alice", "hello")
    talking.hand(pipe, bob, alice, report(pipe, bob, "two", [Reported(from_base32(sent.id), status)]))
    assert talking.state_of(pipe, alice, sent).state == "delivered"


def test_a_device_that_got_it_through_another_reports_that_it_has_it() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.part(pipe, (alice, carol))
    sent = talking.say(pipe, alice, "Group", "through Bob")
    pipe.advance(60_000)
    assert talking.texts(pipe, carol, "Group") == ["through Bob"]
    receipts = {receipt.person: receipt.state for receipt in talking.state_of(pipe, alice, sent).receipts}
    assert receipts == {"Bob": "delivered", "Carol": "delivered"}
