import pytest

from coterie.core.engine.ordering import backing, staging
from coterie.core.engine.ordering.holding import NotYet
from coterie.core.engine.ports import commands
from coterie.core.engine.state import groups
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commits import CommitPlan
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def check(pipe: Pipe, judge: Node, committer: Node, plan: CommitPlan) -> None:
    ctx = pipe.context(judge)
    conversation = talking.conversation_of(committer, "group")
    staged = staging.make_commit(pipe.context(committer), conversation, conversation.group_id, plan)
    group, _ = groups.load(ctx, conversation.group_id)
    conversation = talking.conversation_of(judge, "group")
    backing.check(ctx, conversation, group, staged, scenes.device_id(committer))


def leaf(pipe: Pipe, node: Node, whose: Node) -> int:
    group_id = talking.conversation_of(node, "group").group_id
    return groups.load(pipe.context(node), group_id)[1].leaves[scenes.device_id(whose)]


def test_T023_a_removal_that_nobody_decided_is_not_permitted() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    plan = CommitPlan(removes=(leaf(pipe, bob, carol),))
    with pytest.raises(PeerError) as caught:
        check(pipe, alice, bob, plan)
    assert caught.value.code == "not-permitted"
    link = pipe.context(alice).links.to(scenes.circle_id(alice), scenes.device_id(bob))
    assert link is not None
    link.same_objects.clear()
    with pytest.raises(NotYet):
        check(pipe, alice, bob, plan)


def test_T033_an_add_of_somebody_who_was_never_put_in_is_not_permitted() -> None:
    pipe = Pipe()
    alice, bob, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    package = bob.store.peers.take_key_package(scenes.circle_id(bob), scenes.device_id(dave))
    assert package is not None
    with pytest.raises(PeerError) as caught:
        check(pipe, alice, bob, CommitPlan(adds=(package,)))
    assert caught.value.code == "not-permitted"


def test_a_removal_that_was_decided_backs_whoever_makes_the_commit() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(8_000)
    plan = CommitPlan(removes=(leaf(pipe, bob, dave),))
    talking.part(pipe, (alice, bob), (alice, carol), (alice, dave))
    with pytest.raises(NotYet):
        check(pipe, alice, bob, plan)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Dave",)))
    check(pipe, alice, bob, plan)


def test_other_proposals_are_never_backed() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    group, _ = groups.load(pipe.context(bob), talking.conversation_of(bob, "group").group_id)
    with pytest.raises(PeerError) as caught:
        check(pipe, alice, bob, CommitPlan(extensions=group.context.extensions))
    assert caught.value.code == "not-permitted"
    check(pipe, alice, bob, CommitPlan(force_path=True))
