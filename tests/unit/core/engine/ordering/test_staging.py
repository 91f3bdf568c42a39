from dataclasses import replace

from coterie.core.engine.ordering import staging
from coterie.core.engine.ports import commands
from coterie.core.engine.state import groups
from coterie.core.mls.commits import CommitPlan
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def deaf(pipe: Pipe, node: Node) -> None:
    """Nothing reaches this node's peers any more, though the links stand."""
    pipe.tamper = lambda frame: None if frame.source is node else frame.body


def test_a_commit_is_published_and_applied_only_when_another_device_has_it() -> None:
    pipe = Pipe()
    alice, _, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    before, group_id = talking.epoch(alice), talking.conversation_of(alice, "group").group_id
    deaf(pipe, alice)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    assert talking.epoch(alice) == before
    assert alice.store.conversations.staged(group_id) is not None
    sent = talking.say(pipe, alice, "Group", "not before it is applied")
    assert talking.state_of(pipe, alice, sent).reason == "waits-for-commit"


def test_a_staged_commit_survives_a_restart_and_is_applied_by_an_acknowledgement() -> None:
    pipe = Pipe()
    alice, bob, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    before, group_id = talking.epoch(alice), talking.conversation_of(alice, "group").group_id
    deaf(pipe, alice)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    staged = alice.store.conversations.staged(group_id)
    pipe.stop(alice)
    pipe.tamper = None
    pipe.start(alice)
    assert alice.store.conversations.staged(group_id) == staged
    pipe.run()
    assert talking.epoch(alice) == talking.epoch(bob) == before + 1
    assert alice.store.conversations.staged(group_id) is None
    talking.say(pipe, bob, "Group", "hello")
    assert talking.texts(pipe, alice, "Group") == ["hello"]


def test_an_epoch_that_nobody_else_is_in_is_entered_at_once() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob")
    pipe.advance(2_000)
    deaf(pipe, alice)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob",)))
    assert talking.leaves(pipe, alice) == {scenes.device_id(alice)}


def test_of_two_staged_rivals_the_one_of_the_more_senior_device_stays() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(8_000)
    conversations = {node.name: talking.conversation_of(node, "group") for node in (alice, bob)}
    group_id = conversations["alice"].group_id
    leaf = groups.load(pipe.context(alice), group_id)[1].leaves[scenes.device_id(dave)]
    pipe.apart.update({frozenset(("carol", other)) for other in ("alice", "bob", "dave")})
    pipe.apart.update({frozenset(("dave", other)) for other in ("alice", "bob")})
    pipe.cut()
    pipe.run()
    pipe.tamper = lambda _: None
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    mine = alice.store.conversations.staged(group_id)
    assert mine is not None
    pipe.tamper = None
    pipe.stop(bob)
    pipe.start(bob)
    bob.up = False  # its process is gone before it can perform anything
    ctx = pipe.context(bob)
    record = bob.store.conversations.group(group_id)
    assert record is not None
    rival = staging.make_commit(ctx, conversations["bob"], group_id, CommitPlan(removes=(leaf,)))
    staging.publish(ctx, conversations["bob"], record, rival)
    assert bob.store.conversations.staged(group_id) is not None
    bob.up = True
    talking.meet(pipe)
    pipe.advance(10_000)
    record = carol.store.conversations.group(group_id)
    assert record is not None
    assert record.steward == scenes.device_id(alice)
    assert {talking.epoch(node) for node in (alice, bob, carol)} == {record.epoch}
    assert bob.store.conversations.staged(group_id) is None
    talking.say(pipe, bob, "Group", "with the senior one")
    assert talking.texts(pipe, alice, "Group") == talking.texts(pipe, carol, "Group") == ["with the senior one"]


def test_two_commits_staged_one_after_the_other_use_different_keys() -> None:
    pipe = Pipe()
    alice, _, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(2_000)
    deaf(pipe, alice)
    conversation = talking.conversation_of(alice, "group")
    rows = alice.store.conversations.rows(conversation.group_id)
    record = alice.store.conversations.group(conversation.group_id)
    assert record is not None
    ctx = pipe.context(alice)
    leaf = groups.load(ctx, record.group_id)[1].leaves[scenes.device_id(dave)]
    heads = []
    for _ in range(2):
        staged = staging.make_commit(ctx, conversation, record.group_id, CommitPlan(removes=(leaf,)))
        staging.publish(ctx, conversation, record, staged)
        heads.append({key: rows.get(key) for key in rows.keys(f"e/{record.epoch:016x}/h/")})
        staging.drop(ctx, record)
    assert heads[0] != heads[1]


def test_a_parcel_brings_the_log_and_the_welcome() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    frame = peer_frames.parse_peer_frame(peer_frames.PARCEL, talking.sent(alice, peer_frames.PARCEL)[0])
    assert isinstance(frame, peer_frames.Parcel)
    assert frame.welcome
    assert frame.log == tuple(alice.store.conversations.epochs(talking.conversation_of(bob).group_id))


def test_leaving_a_group_forgets_its_keys_and_keeps_the_history() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, alice, "Group", "kept")
    group_id = talking.conversation_of(bob, "group").group_id
    record = bob.store.conversations.group(group_id)
    assert record is not None
    staging.leave(pipe.context(bob), talking.conversation_of(bob, "group"), record)
    assert bob.store.conversations.group(group_id) is None
    assert bob.store.conversations.rows(group_id).keys("") == []
    assert talking.texts(pipe, bob, "Group") == ["kept"]
    assert talking.conversation_of(bob, "group").group_id == b""


def test_leaves_are_those_of_the_present_epoch_and_of_the_staged_one() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    conversation = talking.conversation_of(alice, "group")
    present = {scenes.device_id(node) for node in (alice, bob, carol)}
    assert staging.leaves(pipe.context(alice), conversation) == present
    deaf(pipe, alice)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    assert staging.leaves(pipe.context(alice), conversation) == {*present, scenes.device_id(dave)}
    assert staging.leaves(pipe.context(alice), replace(conversation, group_id=b"")) == set()
