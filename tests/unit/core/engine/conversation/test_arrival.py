import dataclasses

import pytest

from coterie.core.crypto.signing import complete
from coterie.core.engine.conversation import arrival
from coterie.core.engine.ordering import holding
from coterie.core.engine.ordering.holding import NotYet
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state import groups, identity
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId
from coterie.core.kernel.limits import HIGHEST_NUMBER
from coterie.core.mls.commits import CommitPlan, stage_commit
from coterie.core.mls.past import forget_epoch
from coterie.core.mls.peek import peek
from coterie.core.mls.proposal import Remove
from coterie.core.mls.propose import propose
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import AuthenticatedData, Kind
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node
from coterie.testing.talking import TRUTH, Lie

ELSEWHERE = ConversationId(b"\x66" * 32)


def talk(pipe: Pipe) -> tuple[Node, Node, Conversation]:
    """Alice and Bob in one epoch; the conversation as Bob, who speaks, has it."""
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, bob, "Group", "hello")
    return alice, bob, talking.conversation_of(bob, "group")


def message(pipe: Pipe, node: Node, conversation: Conversation, lie: Lie = TRUTH) -> bytes:
    body = talking.forge(pipe, node, conversation, b"said", lie)
    frame = peer_frames.parse_peer_frame(peer_frames.ENVELOPE, body)
    assert isinstance(frame, peer_frames.Envelope)
    return frame.message


def header(node: Node, conversation: Conversation, kind: Kind) -> bytes:
    """An honest one, for messages that no envelope should carry."""
    number = 0 if kind == Kind.COMMIT else 5
    record = node.store.conversations.group(conversation.group_id)
    epoch_id = bytes(8) if record is None else record.epoch_id[:8]
    return AuthenticatedData(
        kind, conversation.conversation_id, scenes.device_id(node), number, 1, epoch_id, 0
    ).encode()


def commit(pipe: Pipe, node: Node, conversation: Conversation, kind: Kind, *, public: bool = False) -> bytes:
    """A commit in whatever clothes; the maker's own state does not change."""
    ctx = pipe.context(node)
    group, _ = groups.load(ctx, conversation.group_id)
    work = stage_commit(
        group,
        ctx.store.conversations.rows(group.group_id),
        CommitPlan(force_path=True),
        now=ctx.now,
        entropy=ctx.entropy,
        authenticated_data=header(node, conversation, kind),
        public=public,
    )
    return complete(work, identity.signer(ctx, conversation.circle_id)).message


def opened(pipe: Pipe, node: Node, data: bytes) -> arrival.Opened:
    conversation = talking.conversation_of(node, "group")
    return arrival.open_application(
        pipe.context(node), conversation, arrival.announced(data, conversation.conversation_id)
    )


def code(pipe: Pipe, node: Node, data: bytes) -> str:
    with pytest.raises(PeerError) as caught:
        opened(pipe, node, data)
    return caught.value.code


def reason(pipe: Pipe, node: Node, data: bytes) -> str:
    with pytest.raises(NotYet) as caught:
        opened(pipe, node, data)
    return caught.value.reason


def next_epoch(pipe: Pipe, steward: Node) -> None:
    """Carol goes."""
    before = talking.epoch(steward)
    pipe.do(steward, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.advance(3_000)
    assert talking.epoch(steward) == before + 1


def test_who_spoke_comes_from_mls_and_nothing_changes_until_the_delta_is_written() -> None:
    pipe = Pipe()
    alice, bob, conversation = talk(pipe)
    data = message(pipe, bob, conversation)
    first, again = opened(pipe, alice, data), opened(pipe, alice, data)
    assert first == again
    assert (first.person_id, first.plaintext) == (scenes.person_id(bob), b"said")
    assert (first.header.sender_device, first.header.number) == (scenes.device_id(bob), conversation.next_number)
    groups.write(pipe.context(alice), first.group.group_id, first.delta)
    assert code(pipe, alice, data) == "message-key-used"


def test_T041_an_envelope_of_another_conversation_than_its_frame_says_is_refused_unopened() -> None:
    pipe = Pipe()
    alice, bob, conversation = talk(pipe)
    data = message(pipe, bob, conversation)
    with pytest.raises(PeerError) as caught:
        arrival.announced(data, ELSEWHERE)
    assert caught.value.code == "wrong-conversation"
    assert code(pipe, alice, message(pipe, bob, conversation, Lie(conversation_id=ELSEWHERE))) == "wrong-conversation"


def test_T041_a_group_serves_no_other_conversation_of_ours() -> None:
    pipe = Pipe()
    alice, bob, conversation = talk(pipe)
    talking.say(pipe, bob, "Alice", "between us")
    two = talking.conversation_of(alice)
    data = message(pipe, bob, conversation, Lie(conversation_id=two.conversation_id))
    with pytest.raises(PeerError) as caught:
        arrival.open_application(pipe.context(alice), two, arrival.announced(data, two.conversation_id))
    assert caught.value.code == "wrong-conversation"


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"\xff" * 100])
def test_T006_what_is_no_message_of_a_group_is_refused_before_anything_is_looked_up(data: bytes) -> None:
    with pytest.raises(PeerError):
        arrival.announced(data, ELSEWHERE)


@pytest.mark.parametrize("kind", [Kind.CONTENT, Kind.COMMIT])
def test_what_anybody_on_its_way_could_read_is_refused(kind: Kind) -> None:
    pipe = Pipe()
    _, bob, conversation = talk(pipe)
    with pytest.raises(PeerError) as caught:
        arrival.announced(commit(pipe, bob, conversation, kind, public=True), conversation.conversation_id)
    assert caught.value.code == "not-permitted"


def test_a_sender_who_was_never_heard_starts_at_its_first_number_and_a_known_one_where_it_stood() -> None:
    pipe = Pipe()
    alice, bob, conversation = talk(pipe)
    ctx = pipe.context(alice)
    known = ctx.store.envelopes.numbers(conversation.conversation_id, scenes.device_id(bob))
    lie = Lie(number=40, first=30)
    announced = arrival.announced(message(pipe, bob, conversation, lie), conversation.conversation_id)
    assert arrival.numbers_of(ctx, announced.header) == known
    stranger = dataclasses.replace(announced.header, sender_device=DeviceId(b"\x55" * 32))
    start = arrival.numbers_of(ctx, stranger)
    assert (start.sender_device, start.start, start.contiguous) == (stranger.sender_device, 30, 29)
    assert ctx.store.envelopes.numbers(conversation.conversation_id, stranger.sender_device) is None


def test_a_group_that_is_not_here_and_an_epoch_to_come_are_waited_for() -> None:
    pipe = Pipe()
    alice, bob, conversation = talk(pipe)
    strange = message(pipe, bob, conversation)
    group_id = peek(strange).group_id
    assert reason(pipe, alice, strange.replace(group_id, bytes(len(group_id)))) == holding.UNKNOWN_GROUP
    at = strange.index(group_id) + len(group_id)
    for epoch in (talking.epoch(alice) + 1, HIGHEST_NUMBER - 1):
        later = strange[:at] + epoch.to_bytes(8, "big") + strange[at + 8 :]
        assert reason(pipe, alice, later) == holding.FUTURE


@pytest.mark.parametrize("late", [False, True], ids=["this epoch", "past epoch"])
def test_T040_every_field_must_be_what_mls_authenticated(late: bool) -> None:
    pipe = Pipe()
    alice, bob, conversation = talk(pipe)
    lies = {
        "sender-mismatch": Lie(sender_device=scenes.device_id(alice), number=7, first=1),
        "fork-detected": Lie(epoch_id=b"\x77" * 8, number=8),
    }
    told = {wanted: message(pipe, bob, conversation, lie) for wanted, lie in lies.items()}
    honest = message(pipe, bob, conversation)
    if late:
        next_epoch(pipe, alice)
    assert {wanted: code(pipe, alice, data) for wanted, data in told.items()} == {wanted: wanted for wanted in lies}
    assert opened(pipe, alice, honest).plaintext == b"said"


def test_an_epoch_whose_keys_were_forgotten_cannot_be_read_any_more() -> None:
    pipe = Pipe()
    alice, bob, conversation = talk(pipe)
    data = message(pipe, bob, conversation)
    next_epoch(pipe, alice)
    assert opened(pipe, alice, data).plaintext == b"said"
    rows = alice.store.conversations.rows(conversation.group_id)
    rows.write(forget_epoch(rows, peek(data).epoch).changes)
    assert code(pipe, alice, data) == "past-epoch"


def test_a_commit_or_a_proposal_in_an_envelope_changes_nothing() -> None:
    pipe = Pipe()
    alice, bob, conversation = talk(pipe)
    ctx = pipe.context(bob)
    assert code(pipe, alice, commit(pipe, bob, conversation, Kind.COMMIT)) == "malformed"
    assert code(pipe, alice, commit(pipe, bob, conversation, Kind.CONTENT)) == "not-permitted"
    group, _ = groups.load(ctx, conversation.group_id)
    rows, said = ctx.store.conversations.rows(group.group_id), header(bob, conversation, Kind.CONTENT)
    work = propose(group, rows, Remove(0), entropy=ctx.entropy, authenticated_data=said)
    proposed = complete(work, identity.signer(ctx, conversation.circle_id)).message
    epoch, before = talking.epoch(alice), alice.store.conversations.rows(conversation.group_id).keys("")
    assert code(pipe, alice, proposed) == "not-permitted"
    assert (talking.epoch(alice), alice.store.conversations.rows(conversation.group_id).keys("")) == (epoch, before)
