import dataclasses
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import pytest

from coterie.core.crypto.signature import generate_signer
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import key_packages
from coterie.core.engine.conversation import parcel
from coterie.core.engine.delivery.outgoing import envelope_id_of
from coterie.core.engine.ordering import staging
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.inputs import Received
from coterie.core.engine.state import groups, identity
from coterie.core.engine.state.membership import two_person_id
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId, EpochId
from coterie.core.kernel.limits import HELD_ENVELOPES
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.create import create_group
from coterie.core.mls.key_packages import new_key_package
from coterie.core.mls.own_leaf import basic_leaf, config_of
from coterie.core.mls.staged import StagedCommit
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import AuthenticatedData, Kind
from coterie.testing import scenes, talking
from coterie.testing.entropy import SeededEntropy
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node
from coterie.testing.talking import Lie


def parse(body: bytes) -> peer_frames.Parcel:
    frame = peer_frames.parse_peer_frame(peer_frames.PARCEL, body)
    assert isinstance(frame, peer_frames.Parcel)
    return frame


def make(pipe: Pipe, node: Node, conversation: Conversation, plan: CommitPlan) -> tuple[StagedCommit, bytes]:
    """A commit by hand, and its parcel; the maker's own state does not change."""
    ctx = pipe.context(node)
    record = node.store.conversations.group(conversation.group_id)
    assert record is not None
    staged = staging.make_commit(ctx, conversation, record.group_id, plan)
    return staged, staging.parcel_of(ctx, conversation, record, staged, envelope_id_of(staged.message)).data


def leaf_of(pipe: Pipe, node: Node, conversation: Conversation, whose: Node) -> int:
    return groups.load(pipe.context(node), conversation.group_id)[1].leaves[scenes.device_id(whose)]


def world(pipe: Pipe) -> tuple[Node, Node, Node, Conversation]:
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    return alice, bob, carol, talking.conversation_of(bob, "group")


def test_T023_a_commit_that_no_decision_backs_is_refused_once_its_authors_whole_set_is_here() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    before = talking.epoch(alice), talking.leaves(pipe, alice)
    carol_leaf = leaf_of(pipe, bob, conversation, pipe.nodes["carol"])
    _, body = make(pipe, bob, conversation, CommitPlan(removes=(carol_leaf,)))
    talking.hand(pipe, bob, alice, body, peer_frames.PARCEL)
    assert talking.refusals(alice) == ["not-permitted"]
    assert (talking.epoch(alice), talking.leaves(pipe, alice)) == before
    assert alice.store.conversations.held(conversation.conversation_id) == []


def test_T023_a_commit_is_held_while_its_decision_may_still_come() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = world(pipe)
    before = talking.epoch(carol)
    talking.part(pipe, (alice, carol))
    _, body = make(pipe, bob, conversation, CommitPlan(removes=(leaf_of(pipe, bob, conversation, alice),)))
    pipe.give(carol, Received(talking.conn_to(carol, bob), peer_frames.PARCEL, body))
    assert talking.epoch(carol) == before
    assert [held.reason for held in carol.store.conversations.held(conversation.conversation_id)] == ["unbacked"]
    wanted = talking.sent(carol, peer_frames.WANT_OBJECTS)
    assert peer_frames.WantObjects(conversation.conversation_id).encode() in wanted
    pipe.settle()
    assert talking.epoch(carol) == before


def test_T025_a_commit_of_a_past_epoch_is_known_and_changes_nothing() -> None:
    pipe = Pipe()
    alice, bob, _, _ = world(pipe)
    first = talking.sent(alice, peer_frames.PARCEL)[0]
    epoch = talking.epoch(bob)
    talking.hand(pipe, alice, bob, first, peer_frames.PARCEL)
    assert talking.epoch(bob) == epoch
    assert talking.refusals(bob) == []
    assert scenes.events(bob, "fork-detected") == []


def test_T025_a_commit_of_another_branch_is_shown_as_a_fork() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(8_000)
    conversation = talking.conversation_of(bob, "group")
    _, rival = make(pipe, bob, conversation, CommitPlan(removes=(leaf_of(pipe, bob, conversation, dave),)))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    pipe.advance(3_000)
    epoch = talking.epoch(carol)
    talking.hand(pipe, bob, carol, rival, peer_frames.PARCEL)
    assert [event["device"] for event in scenes.events(carol, "fork-detected")]
    assert talking.epoch(carol) == epoch
    talking.say(pipe, bob, "Group", "still together")
    assert talking.texts(pipe, carol, "Group") == ["still together"]


def test_T025_commits_of_the_future_are_held_at_most_64_of_them() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    frame = parse(talking.sent(alice, peer_frames.PARCEL)[0])
    record = bob.store.conversations.group(conversation.group_id)
    assert record is not None
    at = frame.commit.index(record.group_id) + len(record.group_id)
    for n in range(HELD_ENVELOPES + 10):
        commit = frame.commit[:at] + (1_000 + n).to_bytes(8, "big") + frame.commit[at + 8 :]
        future = dataclasses.replace(frame, commit=commit, welcome=b"")
        talking.hand(pipe, alice, bob, future.encode(), peer_frames.PARCEL)
    held = bob.store.conversations.held(conversation.conversation_id)
    assert {each.reason for each in held} == {"future"}
    assert len(held) == HELD_ENVELOPES
    assert set(talking.refusals(bob)) == {"too-many-held"}
    talking.say(pipe, alice, "Group", "goes on")
    assert talking.texts(pipe, bob, "Group") == ["goes on"]


def test_T025_a_commit_that_came_too_early_is_taken_when_the_gap_closes() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    talking.part(pipe, (alice, bob), (carol, bob), (dave, bob))
    for change in (commands.AddToGroup, commands.RemoveFromGroup, commands.AddToGroup):
        pipe.do(alice, change("Group", ("Dave",)))
        pipe.advance(2_000)
    parcels = talking.sent(alice, peer_frames.PARCEL)
    talking.meet(pipe)
    pipe.advance(2_000)
    assert talking.epoch(bob) == talking.epoch(alice) >= 3
    for body in reversed(parcels):
        talking.hand(pipe, alice, bob, body, peer_frames.PARCEL)
    assert talking.epoch(bob) == talking.epoch(alice)


def test_T026_a_welcome_for_another_key_package_is_refused() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.say(pipe, alice, "Carol", "hello")
    body = talking.sent(alice, peer_frames.PARCEL)[0]
    talking.hand(pipe, alice, bob, body, peer_frames.PARCEL)
    assert talking.refusals(bob) == ["not-for-us"]
    assert bob.store.conversations.all(scenes.circle_id(bob)) == []


def test_T026_a_welcome_that_was_used_opens_nothing_again() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    body = talking.sent(alice, peer_frames.PARCEL)[0]
    conversation = talking.conversation_of(bob)
    assert parcel._own_package(pipe.context(bob), parse(body)) is None
    rows = bob.store.conversations.rows(conversation.group_id)
    before = {key: rows.get(key) for key in rows.keys("")}
    talking.hand(pipe, alice, bob, body, peer_frames.PARCEL)
    assert {key: rows.get(key) for key in rows.keys("")} == before
    bob.store.conversations.delete_group(conversation.group_id)
    pipe.context(bob).memory.caches.clear()
    talking.hand(pipe, alice, bob, body, peer_frames.PARCEL)
    assert "not-for-us" in talking.refusals(bob)


def test_T033_a_welcome_into_a_conversation_of_two_others_is_refused() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.say(pipe, alice, "Bob", "between us")
    two = talking.conversation_of(alice)
    body = strange_group(pipe, carol, two.conversation_id, alice)
    talking.hand(pipe, carol, alice, body, peer_frames.PARCEL)
    assert talking.refusals(alice) == ["not-permitted"]
    assert len(alice.store.conversations.groups(two.conversation_id)) == 1
    talking.say(pipe, bob, "Alice", "still between us")
    assert talking.texts(pipe, alice, "Bob") == ["between us", "still between us"]


def test_T033_a_group_that_no_object_started_is_held_and_never_shown() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    body = strange_group(pipe, carol, ConversationId(b"\x77" * 32), alice)
    talking.hand(pipe, carol, alice, body, peer_frames.PARCEL)
    assert alice.store.conversations.all(scenes.circle_id(alice)) == []
    assert [held.reason for held in alice.store.conversations.held(ConversationId(b"\x77" * 32))] == ["unbacked"]


def strange_group(
    pipe: Pipe,
    maker: Node,
    conversation_id: ConversationId,
    victim: Node,
    *more: bytes,
    bound: ConversationId | None = None,
    **change: bytes,
) -> bytes:
    """An MLS group that somebody binds to a conversation and puts the victim into, and `more`; its parcel."""
    ctx, circle_id = pipe.context(maker), scenes.circle_id(maker)
    own, chosen = identity.signer(ctx, circle_id), identity.suite_of(ctx, circle_id)
    binding = groups.Binding(circle_id, bound or conversation_id, scenes.device_id(victim))
    leaf = basic_leaf(chosen, scenes.person_id(maker) + scenes.device_id(maker), own.public_key)
    made = complete(
        create_group(chosen, ctx.entropy.random(16), leaf, extensions=binding.extensions(), entropy=ctx.entropy), own
    )
    groups.write(ctx, made.group.group_id, made.delta)
    package = key_packages.package_for(ctx, circle_id, scenes.device_id(victim))
    assert package is not None
    conversation = Conversation(
        conversation_id, circle_id, "group", b"", made.group.group_id, "active", b"", 1, 1, pipe.now
    )
    staged = staging.make_commit(ctx, conversation, made.group.group_id, CommitPlan(adds=(package, *more)))
    log = ((0, groups.epoch_id(made.group)), (1, EpochId(change.get("log", b"") or _epoch(staged))))
    return peer_frames.Parcel(conversation_id, staged.message, staged.welcome or b"", log).encode()


def _epoch(staged: StagedCommit) -> bytes:
    assert staged.group is not None
    return groups.epoch_id(staged.group)


def test_T033_a_group_with_a_leaf_that_no_certificate_says_is_held_and_not_entered() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = world(pipe)
    false = generate_signer(suite(1), SeededEntropy(9))
    leaf = basic_leaf(suite(1), scenes.person_id(carol) + scenes.device_id(carol), false.public_key)
    hour = pipe.now // 1_000 + 3_600
    work = new_key_package(suite(1), leaf, not_before=hour - 7_200, not_after=hour, entropy=SeededEntropy(8))
    body = strange_group(pipe, bob, conversation.conversation_id, alice, complete(work, false).message)
    talking.hand(pipe, bob, alice, body, peer_frames.PARCEL)
    assert len(alice.store.conversations.groups(conversation.conversation_id)) == 1
    held = alice.store.conversations.held(conversation.conversation_id)
    assert [each.reason for each in held] == ["unbacked"]


def test_T041_a_group_that_is_bound_to_another_conversation_is_refused() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    bound = ConversationId(b"\x77" * 32)
    body = strange_group(pipe, bob, conversation.conversation_id, alice, bound=bound)
    talking.hand(pipe, bob, alice, body, peer_frames.PARCEL)
    assert talking.refusals(alice) == ["wrong-conversation"]
    assert len(alice.store.conversations.groups(conversation.conversation_id)) == 1


def test_a_welcome_beside_the_commit_of_another_group_is_malformed() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    one, other = (parse(strange_group(pipe, bob, conversation.conversation_id, alice)) for _ in range(2))
    mixed = dataclasses.replace(one, commit=other.commit)
    talking.hand(pipe, bob, alice, mixed.encode(), peer_frames.PARCEL)
    assert talking.refusals(alice) == ["malformed"]
    assert len(alice.store.conversations.groups(conversation.conversation_id)) == 1


def test_a_parcel_whose_log_contradicts_its_own_welcome_is_malformed() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    two = groups_two(alice, bob)
    body = strange_group(pipe, bob, two, alice, log=b"\x66" * 32)
    talking.hand(pipe, bob, alice, body, peer_frames.PARCEL)
    assert talking.refusals(alice) == ["malformed"]
    body = strange_group(pipe, bob, two, alice)
    talking.hand(pipe, bob, alice, body, peer_frames.PARCEL)
    assert talking.conversation_of(alice).conversation_id == two


def groups_two(one: Node, other: Node) -> ConversationId:
    return two_person_id(scenes.circle_id(one), scenes.person_id(one), scenes.person_id(other))


def test_a_log_that_lies_about_another_epoch_is_shown_as_a_fork_and_changes_nothing() -> None:
    pipe = Pipe()
    alice, bob, _, _ = world(pipe)
    frame = parse(talking.sent(alice, peer_frames.PARCEL)[0])
    epoch = talking.epoch(bob)
    lying = dataclasses.replace(frame, log=tuple((number, EpochId(b"\x66" * 32)) for number, _ in frame.log))
    talking.hand(pipe, alice, bob, lying.encode(), peer_frames.PARCEL)
    events = scenes.events(bob, "fork-detected")
    assert len(events) == 1
    assert talking.epoch(bob) == epoch


def test_T030_a_removed_member_commits_sends_and_signs_in_vain() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    talking.say(pipe, carol, "Group", "while I was in")
    late = talking.forge(pipe, carol, talking.conversation_of(carol, "group"), b"x")
    _, commit = make(pipe, carol, talking.conversation_of(carol, "group"), CommitPlan(force_path=True))
    talking.part(pipe, (alice, carol), (bob, carol))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.advance(3_000)
    assert scenes.device_id(carol) not in talking.leaves(pipe, alice)
    before = talking.texts(pipe, alice, "Group"), talking.epoch(alice)
    talking.meet(pipe)
    for frame, body in ((peer_frames.ENVELOPE, late), (peer_frames.PARCEL, commit)):
        talking.hand(pipe, carol, alice, body, frame)
    pipe.advance(5_000)
    assert "not-a-member" in talking.refusals(alice)
    assert (talking.texts(pipe, alice, "Group"), talking.epoch(alice)) == before
    talking.say(pipe, bob, "Group", "after")
    assert "after" not in talking.texts(pipe, carol, "Group")


def test_T030_no_content_is_encrypted_while_a_removed_leaf_is_there() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    talking.part(pipe, (alice, bob), (alice, carol))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    sent = talking.say(pipe, alice, "Group", "not for Carol")
    assert talking.state_of(pipe, alice, sent).reason == "waits-for-commit"
    talking.meet(pipe)
    pipe.advance(3_000)
    assert talking.texts(pipe, bob, "Group") == ["not for Carol"]
    assert talking.texts(pipe, carol, "Group") == []
    assert talking.state_of(pipe, alice, sent).state == "delivered"


def test_a_commit_that_gives_its_leaf_to_another_person_is_refused() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = world(pipe)
    group, _ = groups.load(pipe.context(bob), conversation.group_id)
    own = group.member(group.own_leaf)
    assert own is not None
    config = config_of(own)
    stolen = basic_leaf(group.suite, scenes.person_id(carol) + bytes(32), own.signature_key)
    changed = dataclasses.replace(config, credential=stolen.credential)
    _, body = make(pipe, bob, conversation, CommitPlan(force_path=True, leaf=changed))
    epoch = talking.epoch(alice)
    talking.hand(pipe, bob, alice, body, peer_frames.PARCEL)
    assert talking.refusals(alice) == ["not-permitted"]
    assert talking.epoch(alice) == epoch


def saying(**lies: Any) -> AbstractContextManager[object]:
    """Commits that are made meanwhile say this in clear instead of the truth."""
    where = "coterie.core.engine.ordering.staging.AuthenticatedData"
    return patch(where, lambda **truth: AuthenticatedData(**{**truth, **lies}))


def test_T040_a_commit_and_a_welcome_that_name_another_device_are_refused() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = world(pipe)
    with saying(sender_device=scenes.device_id(carol)):
        _, commit = make(pipe, bob, conversation, CommitPlan(force_path=True))
        welcome = strange_group(pipe, bob, conversation.conversation_id, alice)
    epoch = talking.epoch(alice)
    for body in (commit, welcome):
        talking.hand(pipe, bob, alice, body, peer_frames.PARCEL)
    assert talking.refusals(alice) == ["sender-mismatch"] * 2
    assert talking.epoch(alice) == epoch
    assert len(alice.store.conversations.groups(conversation.conversation_id)) == 1


def test_T025_a_commit_that_says_it_is_of_another_branch_is_shown_and_not_taken() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    with saying(epoch_id=b"\x66" * 8):
        _, body = make(pipe, bob, conversation, CommitPlan(force_path=True))
    epoch = talking.epoch(alice)
    talking.hand(pipe, bob, alice, body, peer_frames.PARCEL)
    assert [event["epoch"] for event in scenes.events(alice, "fork-detected")] == [epoch + 1]
    assert talking.epoch(alice) == epoch


def test_T041_content_that_calls_itself_a_commit_is_refused() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    frame = parse(talking.sent(alice, peer_frames.PARCEL)[0])
    body = talking.forge(pipe, bob, conversation, b"no commit", Lie(kind=Kind.COMMIT, number=0, first=0))
    content = peer_frames.parse_peer_frame(peer_frames.ENVELOPE, body)
    assert isinstance(content, peer_frames.Envelope)
    wrapped = dataclasses.replace(frame, commit=content.message, welcome=b"")
    talking.hand(pipe, bob, alice, wrapped.encode(), peer_frames.PARCEL)
    assert talking.refusals(alice) == ["not-permitted"]
    assert alice.errors == []


def test_an_envelope_in_a_parcel_and_a_conversation_of_another_circle_are_refused() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    frame = parse(talking.sent(alice, peer_frames.PARCEL)[0])
    content = peer_frames.parse_peer_frame(
        peer_frames.ENVELOPE, talking.forge(pipe, bob, conversation, b"not a commit")
    )
    assert isinstance(content, peer_frames.Envelope)
    wrapped = dataclasses.replace(frame, commit=content.message)
    talking.hand(pipe, bob, alice, wrapped.encode(), peer_frames.PARCEL)
    assert talking.refusals(alice) == ["malformed"]
    other = scenes.found(pipe, alice, name="Other", pseudonym="Alice")
    circle = next(c for c in alice.store.circles.all() if c.name == other.name)
    with pytest.raises(PeerError) as caught:
        parcel.take(pipe.context(alice), circle.circle_id, frame, DeviceId(bytes(32)))
    assert caught.value.code == "wrong-conversation"


def test_a_commit_of_another_branch_is_not_acknowledged() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(8_000)
    conversation = talking.conversation_of(bob, "group")
    _, rival = make(pipe, bob, conversation, CommitPlan(removes=(leaf_of(pipe, bob, conversation, dave),)))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    pipe.advance(3_000)
    frame = parse(rival)
    assert not parcel.take(pipe.context(carol), scenes.circle_id(carol), frame, scenes.device_id(bob))


def test_of_two_rivals_the_one_that_somebody_else_has_taken_stands() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(8_000)
    conversation = talking.conversation_of(bob, "group")
    rival, body = make(pipe, bob, conversation, CommitPlan(removes=(leaf_of(pipe, bob, conversation, dave),)))
    pipe.tamper = lambda frame: None if frame.type == peer_frames.PARCEL else frame.body
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    assert alice.store.conversations.staged(conversation.group_id) is not None
    ctx = pipe.context(alice)
    assert not parcel.take(ctx, scenes.circle_id(alice), parse(body), scenes.device_id(bob)), "the senior's stays"
    assert parcel.take(ctx, scenes.circle_id(alice), parse(body), scenes.device_id(carol))
    record = alice.store.conversations.group(conversation.group_id)
    assert record is not None
    assert rival.group is not None
    assert record.epoch_id == groups.epoch_id(rival.group)
    assert alice.store.conversations.staged(conversation.group_id) is None
