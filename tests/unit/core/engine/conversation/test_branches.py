import pytest

from coterie.core.engine.circle import issuing
from coterie.core.engine.conversation import branches, position
from coterie.core.engine.conversation.rejoin import wanted
from coterie.core.engine.ordering import staging
from coterie.core.engine.ports import commands
from coterie.core.engine.state import groups
from coterie.core.kernel.ids import EpochId
from coterie.core.mls.commits import CommitPlan
from coterie.core.trust.facts import Position
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def branch_off(pipe: Pipe, node: Node) -> None:
    """The node enters an epoch of its own making that nobody else knows of."""
    ctx, conversation = pipe.context(node), talking.conversation_of(node, "group")
    record = node.store.conversations.group(conversation.group_id)
    assert record is not None
    staged = staging.make_commit(ctx, conversation, record.group_id, CommitPlan(force_path=True))
    staging.apply(ctx, conversation, record, staged, scenes.device_id(node))
    position.tell(ctx, talking.conversation_of(node, "group"))


def epoch_id(node: Node) -> bytes:
    record = node.store.conversations.group(talking.conversation_of(node, "group").group_id)
    return b"" if record is None else record.epoch_id


def world(pipe: Pipe) -> tuple[Node, Node, Node, Node]:
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(8_000)
    return alice, bob, carol, dave


def test_a_branch_without_the_most_senior_device_is_left_and_what_was_said_on_it_goes_out_anew() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    branch_off(pipe, carol)
    sent = talking.say(pipe, carol, "Group", "on my own branch")
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    pipe.advance(10_000)
    talking.meet(pipe)
    pipe.advance(30_000)
    assert epoch_id(alice) == epoch_id(bob) == epoch_id(carol)
    assert [event["reason"] for event in scenes.events(carol, "rejoin")] == [branches.REASON]
    assert scenes.events(alice, "rejoin") == scenes.events(bob, "rejoin") == []
    talking.say(pipe, alice, "Group", "together")
    for node in (alice, bob, carol):
        assert talking.texts(pipe, node, "Group") == ["on my own branch", "together"]
    assert talking.state_of(pipe, carol, sent).state == "delivered"


def test_the_most_senior_device_stays_where_it_is() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = world(pipe)
    for node in (alice, bob, carol, dave):
        branch_off(pipe, node)
    stays = epoch_id(alice)
    talking.meet(pipe)
    pipe.advance(60_000)
    assert epoch_id(alice) == epoch_id(bob) == epoch_id(carol) == epoch_id(dave)
    assert stays in {
        known for _, known in bob.store.conversations.epochs(talking.conversation_of(bob, "group").group_id)
    }
    assert scenes.events(alice, "rejoin") == []
    for node in (alice, bob, carol, dave):
        talking.say(pipe, node, "Group", node.name)
    for node in (alice, bob, carol, dave):
        assert talking.texts(pipe, node, "Group") == ["alice", "bob", "carol", "dave"]


def test_on_one_branch_and_without_a_group_nobody_asks() -> None:
    pipe = Pipe()
    alice, bob, _, _ = world(pipe)
    for node in (alice, bob):
        ctx, conversation = pipe.context(node), talking.conversation_of(node, "group")
        branches.follow(ctx, conversation.conversation_id)
        assert wanted(ctx, conversation, groups.load(ctx, conversation.group_id)[0]) == {}
        node.store.conversations.send_on(conversation.conversation_id, b"")
        branches.follow(ctx, conversation.conversation_id)
        assert scenes.events(node, "rejoin") == []


def say_elsewhere(pipe: Pipe, node: Node) -> None:
    """The node's position as it may have been before it came to where it is."""
    conversation = talking.conversation_of(node, "group")
    scope, made_up = conversation.conversation_id, EpochId(b"\x66" * 32)
    issuing.tell(
        pipe.context(node), conversation.circle_id, scope, scope, Position(conversation.group_id, 1, made_up, 0)
    )


@pytest.mark.parametrize("corrected", [True, False])
def test_who_came_onto_a_branch_a_moment_ago_waits_until_others_may_have_said_that_they_are_on_it(
    corrected: bool,
) -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Carol")
    pipe.advance(branches.PATIENCE)
    branch_off(pipe, carol)
    branch_off(pipe, alice)
    talking.meet(pipe)
    pipe.advance(2_000)
    assert epoch_id(alice) == epoch_id(carol)
    say_elsewhere(pipe, alice)
    talking.meet(pipe)
    assert len(scenes.events(carol, "rejoin")) == 1
    if not corrected:
        pipe.stop(alice)
    pipe.advance(branches.PATIENCE)
    assert len(scenes.events(carol, "rejoin")) == (1 if corrected else 2)


def test_who_was_to_wait_and_starts_anew_looks_again() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Carol")
    say_elsewhere(pipe, alice)
    talking.meet(pipe)
    pipe.stop(alice)
    pipe.stop(carol)
    assert scenes.events(carol, "rejoin") == []
    pipe.advance(branches.PATIENCE)
    pipe.start(carol)
    pipe.run()
    assert [event["reason"] for event in scenes.events(carol, "rejoin")] == [branches.REASON]
