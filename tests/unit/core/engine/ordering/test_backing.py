import pytest

from coterie.core.engine.circle import sync
from coterie.core.engine.conversation import rejoin
from coterie.core.engine.ordering import backing, staging
from coterie.core.engine.ordering.holding import NotYet
from coterie.core.engine.ports import commands
from coterie.core.engine.state import groups
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commits import CommitPlan
from coterie.core.trust.object_types import ObjectType
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


def everything_is_here(pipe: Pipe, judge: Node, author: Node) -> None:
    """The author has said what it has, and nothing of that is missing."""
    link = pipe.context(judge).links.to(scenes.circle_id(judge), scenes.device_id(author))
    assert link is not None
    conversation = talking.conversation_of(judge, "group")
    link.whole.update(backing.scopes_of(conversation.circle_id, conversation.conversation_id))


def leaf(pipe: Pipe, node: Node, whose: Node) -> int:
    group_id = talking.conversation_of(node, "group").group_id
    return groups.load(pipe.context(node), group_id)[1].leaves[scenes.device_id(whose)]


def test_T023_a_removal_that_nobody_decided_is_not_permitted() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    plan = CommitPlan(removes=(leaf(pipe, bob, carol),))
    with pytest.raises(NotYet) as wait:
        check(pipe, alice, bob, plan)
    assert wait.value.author == scenes.device_id(bob)
    everything_is_here(pipe, alice, bob)
    with pytest.raises(PeerError) as caught:
        check(pipe, alice, bob, plan)
    assert caught.value.code == "not-permitted"
    backing.doubt(pipe.context(alice), scenes.circle_id(alice), talking.conversation_of(alice, "group").conversation_id)
    with pytest.raises(NotYet):
        check(pipe, alice, bob, plan)


def test_T033_an_add_of_somebody_who_was_never_put_in_is_not_permitted() -> None:
    pipe = Pipe()
    alice, bob, _, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    package = bob.store.peers.take_key_package(scenes.circle_id(bob), scenes.device_id(dave))
    assert package is not None
    everything_is_here(pipe, alice, bob)
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


def test_a_rejoin_backs_taking_out_and_in_again_also_when_it_was_answered_before_we_heard_of_it() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    talking.part(pipe, (bob, carol), (pipe.nodes["dave"], bob))
    conversation = talking.conversation_of(bob, "group")
    record = bob.store.conversations.group(conversation.group_id)
    assert record is not None
    rejoin.ask(pipe.context(bob), conversation, record, "test")
    talking.meet(pipe)
    talking.part(pipe, (bob, carol))
    for _ in range(4):
        pipe.advance(30_000)
    asked = carol.store.objects.facts(conversation.conversation_id)
    assert {fact.number for fact in asked if fact.type == ObjectType.REJOIN} == {2}
    assert talking.refusals(carol) == []
    assert {talking.epoch(node) for node in (alice, bob, carol)} == {talking.epoch(alice)}
    talking.say(pipe, alice, "Group", "all of us")
    assert talking.texts(pipe, carol, "Group") == talking.texts(pipe, bob, "Group") == ["all of us"]


def test_a_rejoin_backs_no_removal_without_coming_back() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    conversation = talking.conversation_of(carol, "group")
    record = carol.store.conversations.group(conversation.group_id)
    assert record is not None
    talking.part(pipe, (alice, bob), (alice, carol), (bob, carol))
    rejoin.ask(pipe.context(carol), conversation, record, "test")
    rejoined = carol.store.objects.facts(conversation.conversation_id)
    for judge in (alice, bob):
        for fact in rejoined:
            sync.take(pipe.context(judge), conversation.circle_id, conversation.conversation_id, (fact.data,), None)
    with pytest.raises(NotYet):
        check(pipe, alice, bob, CommitPlan(removes=(leaf(pipe, bob, carol),)))
