import pytest

from coterie.core.engine.conversation import again, sync
from coterie.core.engine.delivery import vectors
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.views import MessageView
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import DeviceId, from_base32
from coterie.core.mls import ratchets
from coterie.core.wire import peer_frames
from coterie.core.wire.peer_frames import ConversationDigest, Had, Have
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def lose_everything_pending(source: Node, target: Node, kind: str = "group") -> None:
    """The ciphertext that waits for one device is gone, as after the carrying window."""
    conversation = talking.conversation_of(source, kind)
    source.store.envelopes.drop_target(conversation.conversation_id, scenes.device_id(target))


def new_epoch(pipe: Pipe, steward: Node) -> None:
    """Somebody comes and goes, so that every ratchet begins anew."""
    pipe.do(steward, commands.AddToGroup("Group", ("Dave",)))
    pipe.advance(3_000)
    pipe.do(steward, commands.RemoveFromGroup("Group", ("Dave",)))
    pipe.advance(3_000)


def have(node: Node, of: Node, contiguous: int, unreadable: tuple[int, ...] = ()) -> Have:
    conversation = talking.conversation_of(node, "group")
    record = node.store.conversations.group(conversation.group_id)
    assert record is not None
    device = scenes.device_id(of)
    return Have(
        conversation.conversation_id,
        record.group_id,
        record.epoch,
        record.epoch_id,
        (Had(device, contiguous),),
        tuple((device, number) for number in unreadable),
    )


def test_content_whose_ciphertext_is_gone_is_sent_again_in_the_next_epoch_and_shown_once() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, alice, "Group", "first")
    talking.part(pipe, (alice, bob), (carol, bob))
    sent = talking.say(pipe, alice, "Group", "lost on its way")
    lose_everything_pending(alice, bob)
    lose_everything_pending(carol, bob)
    talking.meet(pipe)
    pipe.advance(10_000)
    assert talking.texts(pipe, bob, "Group") == ["first"]

    new_epoch(pipe, alice)
    talking.meet(pipe)
    pipe.advance(10_000)
    assert talking.texts(pipe, bob, "Group") == ["first", "lost on its way"]
    assert talking.texts(pipe, carol, "Group") == ["first", "lost on its way"]
    assert talking.state_of(pipe, alice, sent).state == "delivered"
    mine = bob.store.envelopes.numbers(talking.conversation_of(bob, "group").conversation_id, scenes.device_id(alice))
    assert mine is not None
    assert mine.ranges == ()


def test_a_message_is_sent_again_once_in_an_epoch_and_three_times_in_all() -> None:
    pipe = Pipe()
    alice, bob, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    sent = talking.say(pipe, alice, "Group", "never enough")
    attempts = []
    for _ in range(5):
        new_epoch(pipe, alice)
        for _ in range(3):
            pipe.advance(1_000)
            ctx = pipe.context(alice)
            message = alice.store.messages.find(from_base32(sent.id))
            assert message is not None
            lie = have(alice, alice, 0, (message.number,))
            again.send_again(ctx, talking.conversation_of(alice, "group"), scenes.device_id(bob), lie)
        message = alice.store.messages.find(from_base32(sent.id))
        assert message is not None
        attempts.append(message.attempts)
    assert attempts == [1, 2, 3, 3, 3]
    assert talking.shown_once(pipe, bob, "Group")


def test_content_is_not_sent_again_to_people_it_was_not_meant_for() -> None:
    pipe = Pipe()
    alice, bob, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, alice, "Group", "not for Dave")
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.advance(3_000)
    conversation = talking.conversation_of(alice, "group")
    again.send_again(pipe.context(alice), conversation, scenes.device_id(bob), have(alice, alice, 0, (1,)))
    assert talking.conversation_of(alice, "group").next_number == conversation.next_number
    talking.meet(pipe)
    pipe.advance(60_000)
    assert talking.texts(pipe, dave, "Group") == []


def test_numbers_without_content_are_declared_void_once_on_a_link() -> None:
    pipe = Pipe()
    alice, bob, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, bob, "Group", "please read this")
    talking.entries(pipe, alice, "Group", read=True)
    pipe.advance(60_000)
    report = talking.conversation_of(alice, "group").next_number - 1
    new_epoch(pipe, alice)
    for _ in range(5):
        body = have(alice, alice, report - 1, (report,)).encode()
        talking.hand(pipe, bob, alice, body, peer_frames.HAVE)
        pipe.advance(100)
    after = talking.conversation_of(alice, "group").next_number
    assert after == report + 2
    body = have(alice, alice, 0, tuple(range(10_000, 20_000))).encode()
    talking.hand(pipe, bob, alice, body, peer_frames.HAVE)
    assert talking.conversation_of(alice, "group").next_number == after


@pytest.mark.parametrize("who", ["somebody outside", "nobody known"])
def test_nothing_is_sent_again_to_who_is_not_in_the_group(who: str) -> None:
    pipe = Pipe()
    alice, _, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, alice, "Group", "inside")
    new_epoch(pipe, alice)
    conversation = talking.conversation_of(alice, "group")
    device = scenes.device_id(dave) if who == "somebody outside" else DeviceId(bytes(32))
    again.send_again(pipe.context(alice), conversation, device, have(alice, alice, 0, (1,)))
    assert talking.conversation_of(alice, "group").next_number == conversation.next_number


def test_T038_too_far_ahead_is_not_called_delivered_and_comes_when_the_gap_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    skip_only(10, monkeypatch)
    skipped_generations(30)


@pytest.mark.long
def test_T038_two_thousand_skipped_generations() -> None:
    skipped_generations(2_000)


def skip_only(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratchets, "MAX_SKIP", limit)


def skipped_generations(count: int) -> None:
    """The last of many messages comes first, and all others when their ciphertext is found again."""
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "first")
    talking.part(pipe, (alice, bob))
    texts = [f"{n:04}" for n in range(count)]
    sent = [talking.say(pipe, alice, "Bob", text) for text in texts]
    conversation_id = talking.conversation_of(alice).conversation_id
    *earlier, last = alice.store.envelopes.of_sender(conversation_id, scenes.device_id(alice))
    for envelope in earlier:
        alice.store.envelopes.drop(envelope.envelope_id)
    talking.meet(pipe)
    assert talking.refusals(bob) == ["too-far-ahead"]
    known = bob.store.envelopes.numbers(conversation_id, scenes.device_id(alice))
    assert known is not None
    assert known.unreadable == (last.number,)
    assert talking.state_of(pipe, alice, sent[-1]).state in ("queued", "dispatched")
    for envelope in earlier:
        alice.store.envelopes.add(envelope, (scenes.device_id(bob),))
    for _ in range(2):
        talking.meet(pipe)
        pipe.advance(10_000)
    assert talking.texts(pipe, bob, "Alice") == ["first", *texts]
    assert {talking.state_of(pipe, alice, each).state for each in sent} == {"delivered"}
    known = bob.store.envelopes.numbers(conversation_id, scenes.device_id(alice))
    assert known is not None
    assert known.unreadable == ()


def test_T038_what_stays_too_far_ahead_is_sent_again_in_the_next_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_only(10, monkeypatch)
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.part(pipe, (alice, bob), (carol, bob))
    texts = [f"{n:02}" for n in range(20)]
    for text in texts:
        talking.say(pipe, alice, "Group", text)
    conversation_id = talking.conversation_of(alice, "group").conversation_id
    lose_everything_pending(carol, bob)
    for envelope in alice.store.envelopes.of_sender(conversation_id, scenes.device_id(alice))[:-1]:
        if envelope.number:
            alice.store.envelopes.acknowledge(envelope.envelope_id, scenes.device_id(bob))
    talking.meet(pipe)
    assert talking.texts(pipe, bob, "Group") == []
    assert "too-far-ahead" in talking.refusals(bob)
    new_epoch(pipe, alice)
    for _ in range(2):
        talking.meet(pipe)
        pipe.advance(20_000)
    assert talking.texts(pipe, bob, "Group") == texts
    assert talking.texts(pipe, carol, "Group") == texts


def lost(pipe: Pipe) -> tuple[Node, Node, Node, MessageView]:
    """Alice, Bob and Carol are in a group; what Alice said first is lost to Bob, and its epoch is over."""
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    talking.part(pipe, (alice, bob), (carol, bob))
    sent = talking.say(pipe, alice, "Group", "lost on its way")
    lose_everything_pending(alice, bob)
    lose_everything_pending(carol, bob)
    new_epoch(pipe, alice)
    return alice, bob, carol, sent


def test_who_never_heard_of_us_gets_what_was_meant_for_them_and_has_no_ciphertext_left() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = lost(pipe)
    talking.meet(pipe)
    pipe.advance(10_000)
    assert talking.texts(pipe, bob, "Group") == ["lost on its way"]
    talking.say(pipe, alice, "Group", "goes on")
    assert talking.texts(pipe, bob, "Group") == talking.texts(pipe, carol, "Group") == ["lost on its way", "goes on"]


def test_who_says_that_it_has_the_same_gets_what_came_before_the_first_message_that_it_could_read() -> None:
    pipe = Pipe()
    alice, bob, _, sent = lost(pipe)
    ctx, conversation = pipe.context(alice), talking.conversation_of(alice, "group")
    same = ConversationDigest(conversation.conversation_id, vectors.have_of(ctx, conversation).digest())
    link = Link(99, conversation.circle_id, scenes.device_id(bob), b"", False, pipe.now)
    sync.digest_frame(ctx, link, same)
    message = alice.store.messages.find(from_base32(sent.id))
    assert message is not None
    assert (message.number, message.attempts) == (2, 1)
    sync.digest_frame(ctx, link, same)
    assert alice.store.messages.find(from_base32(sent.id)) == message
    talking.meet(pipe)
    pipe.advance(10_000)
    assert talking.texts(pipe, bob, "Group") == ["lost on its way"]


def test_what_can_go_to_nobody_any_more_without_going_to_others_too_has_failed_for_who_lacks_it() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    talking.part(pipe, (alice, bob), (carol, bob), (dave, bob))
    sent = talking.say(pipe, alice, "Group", "not for Dave")
    lose_everything_pending(alice, bob)
    lose_everything_pending(carol, bob)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.advance(3_000)
    talking.meet(pipe)
    pipe.advance(10_000)
    ended = talking.state_of(pipe, alice, sent)
    assert {each.person: each.state for each in ended.receipts} == {"Bob": "failed", "Carol": "delivered"}
    assert ended.state == "delivered"
    assert [talking.texts(pipe, node, "Group") for node in (bob, dave)] == [[], []]
