import pytest

from coterie.core.engine.delivery.outgoing import envelope_id_of
from coterie.core.engine.ordering import holding, staging
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import Acknowledge, Effect, SetTimer, Transmit
from coterie.core.engine.ports.inputs import Received
from coterie.core.engine.state import groups
from coterie.core.kernel.ids import ConversationId
from coterie.core.mls.commits import CommitPlan
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node
from coterie.testing.wrong_paths import wrong_paths

RENEW = CommitPlan(force_path=True)


def world(pipe: Pipe) -> tuple[Node, Node, Node, Conversation]:
    """Alice, Bob and Carol in a group; the conversation as Alice has it."""
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    return alice, bob, carol, talking.conversation_of(alice, "group")


def parcel(pipe: Pipe, node: Node, conversation: Conversation, plan: CommitPlan = RENEW) -> peer_frames.Parcel:
    """A commit by hand, which the maker itself takes too."""
    ctx, record = pipe.context(node), node.store.conversations.group(conversation.group_id)
    assert record is not None
    staged = staging.make_commit(ctx, conversation, record.group_id, plan)
    made = staging.parcel_of(ctx, conversation, record, staged, envelope_id_of(staged.message))
    staging.apply(ctx, conversation, record, staged, scenes.device_id(node))
    frame = peer_frames.parse_peer_frame(peer_frames.PARCEL, made.data)
    assert isinstance(frame, peer_frames.Parcel)
    return frame


def answer(pipe: Pipe, source: Node, target: Node, type_: int, body: bytes) -> list[Effect]:
    """What one frame over their link makes the target ask of its shell, before anybody else does anything."""
    before = len(target.effects)
    pipe.give(target, Received(talking.conn_to(target, source), type_, body))
    effects = target.effects[before:]
    pipe.settle()
    return effects


def acknowledged(effects: list[Effect]) -> list[bytes]:
    return [effect.envelope for effect in effects if isinstance(effect, Acknowledge)]


def transmitted(effects: list[Effect], type_: int) -> list[bytes]:
    return [effect.body for effect in effects if isinstance(effect, Transmit) and effect.type == type_]


def test_each_frame_finds_the_part_that_answers_it() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    sent = talking.say(pipe, alice, "Group", "hello")
    envelope = talking.sent(alice, peer_frames.ENVELOPE)[-1]
    frame = peer_frames.parse_peer_frame(peer_frames.ENVELOPE, envelope)
    assert isinstance(frame, peer_frames.Envelope)
    assert acknowledged(answer(pipe, alice, bob, peer_frames.ENVELOPE, envelope)) == [envelope_id_of(frame.message)]
    assert talking.state_of(pipe, alice, sent).state == "delivered"
    digest = peer_frames.ConversationDigest(conversation.conversation_id, bytes(32)).encode()
    (have,) = transmitted(answer(pipe, alice, bob, peer_frames.CONVERSATION_DIGEST, digest), peer_frames.HAVE)
    bob.effects.clear()
    link = pipe.context(alice).links.to(scenes.circle_id(alice), scenes.device_id(bob))
    assert link is not None
    link.heard.clear()
    answer(pipe, bob, alice, peer_frames.HAVE, have)
    parsed = peer_frames.parse_peer_frame(peer_frames.HAVE, have)
    assert isinstance(parsed, peer_frames.Have)
    assert link.heard[conversation.conversation_id] == parsed.digest()


def test_a_parcel_is_taken_acknowledged_and_what_waited_for_it_is_done_at_once() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    commit = parcel(pipe, alice, conversation)
    later = talking.forge(pipe, alice, talking.conversation_of(alice, "group"), b"of the next epoch")
    assert acknowledged(answer(pipe, alice, bob, peer_frames.ENVELOPE, later)) == []
    effects = answer(pipe, alice, bob, peer_frames.PARCEL, commit.encode())
    assert len(acknowledged(effects)) == 2
    assert acknowledged(effects)[0] == envelope_id_of(commit.commit)
    assert any(isinstance(effect, SetTimer) and "position" in effect.name for effect in effects)
    assert talking.epoch(bob) == talking.epoch(alice)
    assert bob.store.conversations.held(conversation.conversation_id) == []


def test_the_same_parcel_again_is_acknowledged_again_and_changes_nothing() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    commit = parcel(pipe, alice, conversation)
    talking.hand(pipe, alice, bob, commit.encode(), peer_frames.PARCEL)
    epoch, log = talking.epoch(bob), bob.store.conversations.epochs(conversation.group_id)
    for _ in range(3):
        effects = answer(pipe, alice, bob, peer_frames.PARCEL, commit.encode())
        assert acknowledged(effects) == [envelope_id_of(commit.commit)]
    assert (talking.epoch(bob), bob.store.conversations.epochs(conversation.group_id)) == (epoch, log)
    assert talking.refusals(bob) == []


def test_a_parcel_of_a_later_epoch_is_held_unacknowledged_and_asks_for_nothing() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    parcel(pipe, alice, conversation)
    later = parcel(pipe, alice, conversation).encode()
    for _ in range(2):
        assert answer(pipe, alice, bob, peer_frames.PARCEL, later) == []
    (held,) = bob.store.conversations.held(conversation.conversation_id)
    assert (held.reason, held.from_device) == (holding.FUTURE, scenes.device_id(alice))
    assert held.data == bytes([peer_frames.PARCEL]) + later


def test_for_a_commit_that_nothing_backs_yet_the_decisions_are_asked_for() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = world(pipe)
    _, roster = groups.load(pipe.context(alice), conversation.group_id)
    commit = parcel(pipe, alice, conversation, CommitPlan(removes=(roster.leaves[scenes.device_id(carol)],)))
    epoch = talking.epoch(bob)
    effects = answer(pipe, alice, bob, peer_frames.PARCEL, commit.encode())
    scopes = (bytes(conversation.circle_id), bytes(conversation.conversation_id))
    assert transmitted(effects, peer_frames.WANT_OBJECTS) == [peer_frames.WantObjects(s).encode() for s in scopes]
    assert acknowledged(effects) == []
    assert talking.epoch(bob) == epoch


def test_a_refused_parcel_is_shown_not_acknowledged_and_ends_no_link() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    epoch, commit = talking.epoch(bob), parcel(pipe, alice, conversation)
    broken = peer_frames.Parcel(
        commit.conversation_id, commit.commit[:-1] + bytes([commit.commit[-1] ^ 1]), commit.welcome, commit.log
    )
    elsewhere = peer_frames.Parcel(ConversationId(b"\x66" * 32), commit.commit, commit.welcome, commit.log)
    noise = peer_frames.Parcel(commit.conversation_id, b"\xff" * 100, b"", commit.log)
    for frame in (broken, elsewhere, noise):
        assert acknowledged(answer(pipe, alice, bob, peer_frames.PARCEL, frame.encode())) == []
    assert talking.refusals(bob) == ["bad-ciphertext", "wrong-conversation", "unsupported-version"]
    assert [event["device"] for event in scenes.events(bob, "envelope-refused")]
    assert scenes.events(bob, "rejoin") == []
    assert (talking.epoch(bob), bob.errors) == (epoch, [])
    assert pipe.linked(alice, bob)


def test_T028_a_wrong_path_makes_us_ask_to_be_added_anew_once_however_often_it_comes() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    with wrong_paths():
        commit = parcel(pipe, alice, conversation).encode()
    pipe.tamper = lambda frame: None if frame.source is bob else frame.body
    for _ in range(3):
        assert acknowledged(answer(pipe, alice, bob, peer_frames.PARCEL, commit)) == []
    assert talking.refusals(bob) == ["path-mismatch"] * 3
    assert [event["reason"] for event in scenes.events(bob, "rejoin")] == ["path-mismatch"]


def test_a_peer_that_makes_us_hold_too_much_is_told_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "HELD_FROM_PEER", 1)
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    _, *later = [parcel(pipe, alice, conversation).encode() for _ in range(3)]
    for body in later:
        answer(pipe, alice, bob, peer_frames.PARCEL, body)
    assert talking.refusals(bob) == ["too-many-held"]
    assert len(bob.store.conversations.held(conversation.conversation_id)) == 1
    assert pipe.linked(alice, bob)
