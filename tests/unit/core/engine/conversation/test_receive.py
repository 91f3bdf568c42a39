import dataclasses

import pytest

from coterie.core.codec.items import Item
from coterie.core.content import extensions
from coterie.core.content.extensions import Mandatory
from coterie.core.content.mimi import MimiContent, encode_content
from coterie.core.content.parts import SinglePart
from coterie.core.content.status import MessageStatus, Reported, report_content
from coterie.core.content.text import NEEDS_NEWER, plain_text
from coterie.core.crypto.signature import generate_signer
from coterie.core.crypto.suites import suite
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import Acknowledge
from coterie.core.engine.ports.inputs import Received
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import DeviceId, from_base32
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import Kind
from coterie.testing import scenes, talking
from coterie.testing.entropy import SeededEntropy
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node
from coterie.testing.talking import Lie

SALT = bytes(16)


def claims(pipe: Pipe, node: Node, conversation: Conversation, author: Node | None = None, order: int = 0) -> Mandatory:
    return Mandatory(scenes.person_id(author or node), conversation.conversation_id, pipe.now, order or pipe.now + 1)


def text(pipe: Pipe, node: Node, conversation: Conversation, said: str, author: Node | None = None) -> bytes:
    mandatory = extensions.build(claims(pipe, node, conversation, author))
    return encode_content(plain_text(said, mandatory, SALT))


def three(pipe: Pipe) -> tuple[Node, Node, Node, Conversation]:
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, bob, "Group", "hello")
    return alice, bob, carol, talking.conversation_of(bob, "group")


def test_what_is_said_is_shown_once_on_the_other_side() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    talking.say(pipe, bob, "Alice", "hello yourself")
    assert talking.texts(pipe, alice, "Bob") == talking.texts(pipe, bob, "Alice") == ["hello", "hello yourself"]


def test_T022_a_message_with_anothers_signature_is_refused() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = three(pipe)
    other = generate_signer(suite(1), SeededEntropy(7))
    body = talking.forge(pipe, bob, conversation, text(pipe, bob, conversation, "unsigned"), Lie(signer=other))
    talking.hand(pipe, bob, alice, body)
    assert talking.refusals(alice) == ["bad-signature"]
    assert talking.texts(pipe, alice, "Group") == ["hello"]
    talking.say(pipe, bob, "Group", "signed")
    assert talking.texts(pipe, alice, "Group") == ["hello", "signed"]
    assert talking.texts(pipe, carol, "Group") == ["hello", "signed"]


def test_T037_every_recorded_frame_again_shows_nothing_twice_also_after_a_restart() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = three(pipe)
    for n in range(10):
        talking.say(pipe, bob, "Group", f"{n}")
        talking.say(pipe, carol, "Group", f"and {n}")
        talking.say(pipe, bob, "Alice", f"to you {n}")
    pipe.advance(40_000)
    before = talking.texts(pipe, alice, "Group"), talking.texts(pipe, alice, "Bob")
    assert len(before[0]) == 21
    kinds = (peer_frames.ENVELOPE, peer_frames.PARCEL, peer_frames.HAVE, peer_frames.ACK, peer_frames.KEY_PACKAGES)
    recorded = [(node, kind, body) for node in (bob, carol) for kind in kinds for body in talking.sent(node, kind)]
    for restart in (False, True):
        if restart:
            pipe.stop(alice)
            pipe.start(alice)
            pipe.run()
        for node, kind, body in recorded:
            talking.hand(pipe, node, alice, body, kind)
        pipe.advance(10_000)
        assert (talking.texts(pipe, alice, "Group"), talking.texts(pipe, alice, "Bob")) == before
        assert talking.shown_once(pipe, alice, "Group")
        assert alice.errors == []


def test_T037_an_envelope_that_is_known_is_acknowledged_again_and_that_is_all() -> None:
    pipe = Pipe()
    alice, bob, _, _ = three(pipe)
    body = talking.sent(bob, peer_frames.ENVELOPE)[-1]
    before = len([effect for effect in alice.effects if isinstance(effect, Acknowledge)])
    talking.hand(pipe, bob, alice, body)
    assert len([effect for effect in alice.effects if isinstance(effect, Acknowledge)]) == before + 1
    assert talking.refusals(alice) == []


def test_T030_what_a_person_removed_from_the_circle_said_late_is_not_shown_whoever_passes_it_on() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = three(pipe)
    conversation = talking.conversation_of(carol, "group")
    late = talking.forge(pipe, carol, conversation, text(pipe, carol, conversation, "late"))
    pipe.do(alice, commands.RemovePerson("Carol"))
    pipe.advance(5_000)
    talking.hand(pipe, bob, alice, late)
    assert "not-a-member" in talking.refusals(alice)
    assert talking.texts(pipe, alice, "Group") == ["hello"]


def test_T039_the_same_content_by_a_third_member_is_never_the_original_authors() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = three(pipe)
    original = talking.say(pipe, bob, "Group", "I owe Carol nothing")
    stored = bob.store.messages.find(from_base32(original.id))
    assert stored is not None
    conversation = talking.conversation_of(carol, "group")
    talking.hand(pipe, carol, alice, talking.forge(pipe, carol, conversation, stored.content))
    assert talking.refusals(alice) == ["sender-mismatch"]
    copy = text(pipe, carol, conversation, "I owe Carol nothing")
    conversation = dataclasses.replace(conversation, next_number=conversation.next_number + 1)
    talking.hand(pipe, carol, alice, talking.forge(pipe, carol, conversation, copy))
    shown = [(e.from_, e.text) for e in talking.entries(pipe, alice, "Group")]
    assert shown.count(("Bob", "I owe Carol nothing")) == 1
    assert shown.count(("Carol", "I owe Carol nothing")) == 1


def test_T040_content_that_claims_another_author_is_refused() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = three(pipe)
    body = talking.forge(pipe, bob, conversation, text(pipe, bob, conversation, "by Carol", author=carol))
    talking.hand(pipe, bob, alice, body)
    assert talking.refusals(alice) == ["sender-mismatch"]
    assert talking.texts(pipe, alice, "Group") == ["hello"]


def test_T040_an_envelope_that_names_another_device_is_refused() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = three(pipe)
    lie = Lie(sender_device=scenes.device_id(carol), number=1, first=1)
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, text(pipe, bob, conversation, "x"), lie))
    assert talking.refusals(alice) == ["sender-mismatch"]
    talking.say(pipe, carol, "Group", "really me")
    assert talking.texts(pipe, alice, "Group") == ["hello", "really me"]


def test_T041_a_message_between_two_replayed_into_a_group_is_refused() -> None:
    pipe = Pipe()
    alice, bob, _, group = three(pipe)
    talking.say(pipe, bob, "Alice", "between us")
    frame = peer_frames.parse_peer_frame(peer_frames.ENVELOPE, talking.sent(bob, peer_frames.ENVELOPE)[-1])
    assert isinstance(frame, peer_frames.Envelope)
    moved = peer_frames.Envelope(group.conversation_id, frame.message).encode()
    talking.hand(pipe, bob, alice, moved)
    two = talking.conversation_of(bob)
    inside = talking.forge(pipe, bob, two, text(pipe, bob, group, "x"), Lie(conversation_id=group.conversation_id))
    talking.hand(pipe, bob, alice, inside)
    assert talking.refusals(alice) == ["wrong-conversation", "wrong-conversation"]
    assert talking.texts(pipe, alice, "Group") == ["hello"]


def test_T041_a_report_as_content_and_content_as_a_report_are_not_taken_for_the_other() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    sent = talking.say(pipe, alice, "Bob", "unread")
    conversation = talking.conversation_of(bob)
    line = Reported(from_base32(sent.id), MessageStatus.READ)
    mandatory = extensions.build(claims(pipe, bob, conversation))
    report = encode_content(report_content([line], mandatory, SALT))
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, report, Lie(number=1, first=1)))
    assert talking.state_of(pipe, alice, sent).state == "delivered"
    said = text(pipe, bob, conversation, "not shown")
    lie = Lie(kind=Kind.STATUS, number=2, first=1)
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, said, lie))
    assert "not shown" not in talking.texts(pipe, alice, "Bob")
    lie = Lie(kind=Kind.STATUS, number=3, first=1)
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, report, lie))
    assert talking.state_of(pipe, alice, sent).state == "read"


def test_T042_there_is_no_frame_that_asks_for_keys_of_the_past() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "secret")
    before = len(alice.effects)
    for unknown in (0x4E, 0x60, 0xFF):
        talking.hand(pipe, bob, alice, b"give me the keys", unknown)
    assert alice.effects[before:] == []
    assert alice.errors == []
    assert pipe.linked(alice, bob)


def test_T014_unknown_content_is_kept_and_shown_as_of_a_newer_version() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = three(pipe)
    mandatory = extensions.build(claims(pipe, bob, conversation))
    strange = encode_content(MimiContent(SALT, mandatory, SinglePart("application/x-hologram", b"\x00\x01")))
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, strange))
    assert talking.texts(pipe, alice, "Group") == ["hello", NEEDS_NEWER]
    page = alice.store.messages.history(conversation.conversation_id, None, 10)
    assert page[-1].content == strange


@pytest.mark.parametrize("kind", [9, 255])
def test_T014_an_unknown_kind_is_counted_and_not_shown(kind: int) -> None:
    pipe = Pipe()
    alice, bob, _, conversation = three(pipe)
    body = talking.forge(pipe, bob, conversation, b"of tomorrow", Lie(kind=kind))
    talking.hand(pipe, bob, alice, body)
    assert talking.texts(pipe, alice, "Group") == ["hello"]
    known = alice.store.envelopes.numbers(conversation.conversation_id, scenes.device_id(bob))
    assert known is not None
    assert known.contiguous == conversation.next_number
    assert [event["what"] for event in scenes.events(alice, "needs-newer-version")] == [f"kind {kind}"]


def test_T014_an_unknown_critical_item_is_refused_by_name_and_another_one_is_kept() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = three(pipe)
    said = text(pipe, bob, conversation, "with something new")
    body = talking.forge(pipe, bob, conversation, said, Lie(items=(Item(77, True, b"x"),)))
    talking.hand(pipe, bob, alice, body)
    assert talking.refusals(alice) == ["needs-newer-version"]
    body = talking.forge(pipe, bob, conversation, said, Lie(items=(Item(77, False, b"x"),)))
    talking.hand(pipe, bob, alice, body)
    assert talking.texts(pipe, alice, "Group") == ["hello", "with something new"]


def test_T067_text_is_kept_exactly_as_it_came() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = three(pipe)
    nasty = "\x1b]52;c;aGk=\x07<script>alert(1)</script>\u202egnp.exe\x9b31m" + "Z\u0335" * 500
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, text(pipe, bob, conversation, nasty)))
    assert talking.texts(pipe, alice, "Group") == ["hello", nasty]


def test_a_number_far_beyond_the_last_one_is_refused() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = three(pipe)
    lie = Lie(number=conversation.next_number + 4_096, first=1)
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, text(pipe, bob, conversation, "x"), lie))
    assert talking.refusals(alice) == ["too-far-ahead"]
    lie = Lie(number=conversation.next_number + 4_095, first=1)
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, text(pipe, bob, conversation, "y"), lie))
    assert talking.texts(pipe, alice, "Group") == ["hello", "y"]


@pytest.mark.parametrize(("number", "first"), [(5, 6), (0, 0), (0, 1), (1 << 63, 1)])
def test_T006_a_first_number_beyond_the_number_is_malformed(number: int, first: int) -> None:
    pipe = Pipe()
    alice, bob, _, conversation = three(pipe)
    body = talking.forge(pipe, bob, conversation, b"x", Lie(number=number, first=first))
    talking.hand(pipe, bob, alice, body)
    assert talking.refusals(alice) == ["malformed"]


def test_an_envelope_of_a_peer_that_is_not_in_the_conversation_is_refused() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.say(pipe, bob, "Alice", "between us")
    body = talking.sent(bob, peer_frames.ENVELOPE)[-1]
    talking.hand(pipe, carol, alice, body)
    assert talking.refusals(alice) == ["not-a-member"]
    assert pipe.linked(carol, alice)


def test_an_envelope_that_nobody_can_open_makes_us_ask_only_its_author() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = three(pipe)
    talking.say(pipe, carol, "Group", "hi")
    lost = talking.forge(pipe, bob, conversation, text(pipe, bob, conversation, "x"), Lie(number=40, first=30))
    again = talking.forge(pipe, bob, conversation, text(pipe, bob, conversation, "y"), Lie(number=50, first=30))
    rows = alice.store.conversations.rows(conversation.group_id)
    rows.write(tuple((key, None) for key in rows.keys("e/") if "/A/" in key))
    _spend_keys(alice, conversation)
    for source, body in ((carol, lost), (bob, again)):
        talking.hand(pipe, source, alice, body)
    known = alice.store.envelopes.numbers(conversation.conversation_id, scenes.device_id(bob))
    assert known is not None
    assert known.unreadable == (50,)
    assert known.contiguous == conversation.next_number - 1


def _spend_keys(node: Node, conversation: Conversation) -> None:
    """Every ratchet of this node stands far beyond what was sent."""
    rows = node.store.conversations.rows(conversation.group_id)
    heads = [key for key in rows.keys("e/") if "/a/" in key]
    assert heads
    rows.write(tuple((key, (1_000).to_bytes(4, "big") + (rows.get(key) or b"")[4:]) for key in heads))


def test_a_sender_nobody_knows_leaves_no_row_behind() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = three(pipe)
    before = len(alice.store.envelopes.all_numbers(conversation.conversation_id))
    for n in range(20):
        lie = Lie(sender_device=DeviceId(bytes([n]) * 32), number=1 + n, first=1 + n)
        talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, b"x", lie))
        talking.hand(pipe, carol, alice, talking.forge(pipe, carol, talking.conversation_of(carol, "group"), b"x", lie))
    assert len(alice.store.envelopes.all_numbers(conversation.conversation_id)) == before


def test_T037_a_message_of_ours_that_we_never_sent_proves_an_old_copy_of_our_vault() -> None:
    pipe = Pipe()
    alice, bob, _, _ = three(pipe)
    copy = pipe.copy_of(bob)
    talking.say(pipe, bob, "Group", "after the copy was made")
    body = talking.sent(bob, peer_frames.ENVELOPE)[-1]
    pipe.stop(bob)
    bob.vault = copy
    pipe.start(bob)
    pipe.run()
    assert bob.store.circles.all()[0].state == "active"
    sent_before = len(talking.sent(bob, peer_frames.ENVELOPE))
    pipe.give(bob, Received(talking.conn_to(bob, alice), peer_frames.ENVELOPE, body))
    assert bob.store.circles.all()[0].state == "restored"
    assert talking.refusals(bob) == ["restored-state-must-rejoin"]
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.SendMessage("Group", "with a key that was used"))
    assert caught.value.code == "restored-state-must-rejoin"
    assert len(talking.sent(bob, peer_frames.ENVELOPE)) == sent_before


def test_a_message_of_ours_that_we_remember_proves_nothing() -> None:
    pipe = Pipe()
    alice, bob, _, _ = three(pipe)
    talking.hand(pipe, alice, bob, talking.sent(bob, peer_frames.ENVELOPE)[-1])
    assert talking.refusals(bob) == ["own-message"]
    assert bob.store.circles.all()[0].state == "active"
