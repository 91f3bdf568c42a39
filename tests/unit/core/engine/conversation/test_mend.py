from dataclasses import replace

import pytest

from coterie.core.crypto.signing import complete, sign_with_label
from coterie.core.engine.circle import issuing, key_packages, sync
from coterie.core.engine.conversation import mend, rejoin
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state import groups, identity
from coterie.core.engine.state.membership import asked_to_rejoin
from coterie.core.kernel.ids import DeviceId, to_base32
from coterie.core.kernel.world import HOUR, Instant
from coterie.core.mls.key_packages import new_key_package, parse_key_package
from coterie.core.mls.leaf_node import sign_leaf
from coterie.core.mls.mls_message import encode_message
from coterie.core.mls.own_leaf import basic_leaf
from coterie.core.trust.facts import Rejoin
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Frame, Node


def world(pipe: Pipe) -> tuple[Node, Node, Node, Node]:
    """A group of Alice, whose device is the steward, Bob and Carol; Dave is in the circle only."""
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(10_000)
    return alice, bob, carol, dave


def devices(*nodes: Node) -> set[DeviceId]:
    return {scenes.device_id(node) for node in nodes}


def standing(node: Node) -> tuple[Conversation, GroupRecord]:
    conversation = talking.conversation_of(node, "group")
    record = node.store.conversations.group(conversation.group_id)
    assert record is not None
    return conversation, record


def is_staged(node: Node) -> bool:
    return node.store.conversations.staged(standing(node)[0].group_id) is not None


def parcels_lost(frame: Frame) -> bytes | None:
    return None if frame.type == peer_frames.PARCEL else frame.body


def say_rejoin(pipe: Pipe, node: Node, package: bytes) -> None:
    """The node asks to be added anew with this KeyPackage; the others hear it with the next link."""
    conversation, record = standing(node)
    scope = conversation.conversation_id
    body = Rejoin(record.group_id, record.epoch_id, package)
    issuing.tell(pipe.context(node), conversation.circle_id, scope, scope, body)


def hear(pipe: Pipe, node: Node, source: Node) -> None:
    """All facts of the group that one has reach the other on some way; nothing follows from them yet."""
    conversation, _ = standing(source)
    facts = [fact.data for fact in source.store.objects.facts(conversation.conversation_id)]
    sync.take(pipe.context(node), conversation.circle_id, conversation.conversation_id, facts, None)


def test_only_the_stewards_device_commits_what_the_objects_say() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = world(pipe)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    assert talking.leaves(pipe, bob) == talking.leaves(pipe, dave) == devices(alice, bob, carol, dave)
    for node in (bob, carol, dave):
        mend.mend(pipe.context(node), talking.conversation_of(node, "group"))
        assert not is_staged(node)
    assert {standing(node)[1].steward for node in (alice, bob, carol, dave)} == devices(alice)


def test_with_the_steward_out_the_most_senior_device_left_commits() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    pipe.do(alice, commands.LeaveGroup("Group"))
    pipe.advance(2_000)
    heir = min((bob, carol), key=scenes.person_id)
    for node in (bob, carol):
        assert talking.leaves(pipe, node) == devices(bob, carol)
        assert standing(node)[1].steward == scenes.device_id(heir)


def test_a_conversation_without_a_group_and_one_that_is_as_it_should_be_are_left_alone() -> None:
    pipe = Pipe()
    alice, _, _, _ = world(pipe)
    ctx, (conversation, record) = pipe.context(alice), standing(alice)
    mend.mend(ctx, conversation)
    mend.mend(ctx, replace(conversation, group_id=b""))
    mend.mend(ctx, replace(conversation, group_id=b"\x01" * 16))
    assert standing(alice)[1] == record
    assert ctx.effects == []
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    assert talking.epoch(alice) == record.epoch + 1


def test_what_comes_within_a_second_goes_into_one_commit_at_its_end() -> None:
    pipe = Pipe()
    alice, _, _, dave = world(pipe)
    before = talking.epoch(alice)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    done_at = pipe.now
    pipe.advance(100)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob",)))
    due = Instant(done_at + mend.PAUSE)
    timer = SetTimer(mend.TIMER + to_base32(standing(alice)[0].conversation_id), due)
    assert timer in alice.effects
    pipe.advance(899)
    assert talking.epoch(alice) == before + 1
    pipe.advance(1)
    assert talking.epoch(alice) == before + 2
    assert talking.leaves(pipe, alice) == talking.leaves(pipe, dave) == devices(alice, dave)


def test_T126_a_clock_that_was_put_back_holds_no_commit_up() -> None:
    pipe = Pipe()
    alice, _, _, dave = world(pipe)
    before = talking.epoch(alice)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.clocks[alice.name] = -2 * HOUR
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    assert talking.epoch(alice) == before + 2
    assert talking.leaves(pipe, alice) == talking.leaves(pipe, dave)


def test_without_a_link_nobody_commits_until_somebody_can_acknowledge_it() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    talking.part(pipe, (alice, bob), (alice, carol))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.advance(5_000)
    assert not is_staged(alice)
    talking.meet(pipe)
    pipe.advance(5_000)
    assert talking.leaves(pipe, alice) == talking.leaves(pipe, bob) == devices(alice, bob)


def test_a_link_to_the_device_that_goes_out_is_nobody_who_hears_unless_nobody_else_is_left() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    talking.part(pipe, (alice, bob), (bob, carol))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.advance(5_000)
    assert not is_staged(alice)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob",)))
    assert not is_staged(alice)
    assert talking.leaves(pipe, alice) == devices(alice)


def test_for_what_its_own_content_waits_a_device_commits_also_without_a_link() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    talking.part(pipe, (alice, bob), (alice, carol))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    sent = talking.say(pipe, alice, "Group", "for Bob alone")
    assert talking.state_of(pipe, alice, sent).reason == "waits-for-commit"
    mend.mend(pipe.context(alice), standing(alice)[0])
    assert is_staged(alice)
    assert talking.epoch(alice) == 1
    talking.meet(pipe)
    assert talking.texts(pipe, bob, "Group") == ["for Bob alone"]


def test_a_staged_commit_waits_and_no_other_is_made_beside_it() -> None:
    pipe = Pipe()
    alice, bob, _, dave = world(pipe)
    pipe.tamper = parcels_lost
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    staged = alice.store.conversations.staged(standing(alice)[0].group_id)
    pipe.advance(5_000)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.advance(5_000)
    assert staged is not None
    assert alice.store.conversations.staged(standing(alice)[0].group_id) == staged
    pipe.tamper = None
    talking.meet(pipe)
    pipe.advance(5_000)
    assert talking.leaves(pipe, bob) == talking.leaves(pipe, dave) == devices(alice, bob, dave)


def test_a_staged_commit_that_nobody_who_is_still_in_can_acknowledge_is_made_again() -> None:
    pipe = Pipe()
    alice, _, carol, dave = world(pipe)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob", "Carol")))
    pipe.advance(5_000)
    pipe.tamper = parcels_lost
    pipe.do(alice, commands.AddToGroup("Group", ("Carol",)))
    assert is_staged(alice)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    assert not is_staged(alice)
    pipe.tamper = None
    for name, node in (("Dave", dave), ("Carol", carol)):
        pipe.do(alice, commands.AddToGroup("Group", (name,)))
        pipe.advance(5_000)
        assert scenes.device_id(node) in talking.leaves(pipe, alice) == talking.leaves(pipe, node)


def test_a_staged_commit_that_its_only_receiver_could_not_take_is_made_again() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    talking.part(pipe, (alice, carol), (bob, carol))
    pipe.tamper = parcels_lost
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    first = alice.store.conversations.staged(standing(alice)[0].group_id)
    pipe.advance(2_000)
    assert alice.store.conversations.staged(standing(alice)[0].group_id) == first
    rejoin.ask(pipe.context(bob), *standing(bob), "test")
    talking.meet(pipe)
    pipe.advance(2_000)
    assert is_staged(alice)
    assert alice.store.conversations.staged(standing(alice)[0].group_id) != first
    pipe.tamper = None
    talking.meet(pipe)
    assert not is_staged(alice)
    talking.say(pipe, alice, "Group", "in again")
    assert talking.texts(pipe, bob, "Group") == ["in again"]


def test_the_only_one_left_with_a_leaf_commits_though_it_asks_to_be_added_anew_itself() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob")
    pipe.advance(10_000)
    pipe.tamper = parcels_lost
    conversation, record = standing(bob)
    rejoin.ask(pipe.context(bob), conversation, record, "other-branch")
    talking.meet(pipe)
    pipe.do(alice, commands.AddToGroup("Group", ("Carol",)))
    pipe.do(alice, commands.LeaveGroup("Group"))
    pipe.tamper = None
    talking.meet(pipe)
    pipe.advance(10_000)
    assert talking.leaves(pipe, bob) == talking.leaves(pipe, carol) == devices(bob, carol)
    for node in (bob, carol):
        sent = talking.say(pipe, node, "Group", f"from {node.name}")
        pipe.advance(10_000)
        assert talking.state_of(pipe, node, sent).state == "delivered"


def test_T030_who_asked_to_be_added_anew_and_is_then_removed_is_taken_out_and_not_in_again() -> None:
    pipe = Pipe()
    alice, bob, carol, _ = world(pipe)
    conversation, record = standing(bob)
    talking.part(pipe, (alice, bob), (alice, carol), (bob, carol))
    rejoin.ask(pipe.context(bob), conversation, record, "test")
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob",)))
    hear(pipe, alice, bob)
    pipe.apart = {frozenset(("alice", "bob")), frozenset(("bob", "carol"))}
    pipe.run()
    pipe.advance(5_000)
    assert alice.errors == []
    assert talking.leaves(pipe, alice) == talking.leaves(pipe, carol) == devices(alice, carol)


@pytest.mark.parametrize("what", ["no KeyPackage at all", "somebody else's", "one of another key"])
def test_T027_a_rejoin_with_a_bad_key_package_is_not_heard_and_stops_nobody(what: str) -> None:
    pipe = Pipe()
    alice, bob, carol, dave = world(pipe)
    circle_id = scenes.circle_id(bob)
    mine = scenes.person_id(bob) + scenes.device_id(bob)
    signer = identity.signer(pipe.context(carol), circle_id)
    packages = {
        "no KeyPackage at all": b"garbage",
        "somebody else's": key_packages.package_for(pipe.context(bob), circle_id, scenes.device_id(carol)) or b"",
        "one of another key": key_packages.make(
            pipe.context(bob), circle_id, identity.suite_of(pipe.context(bob), circle_id), mine, signer, b"\x01" * 32
        ),
    }
    say_rejoin(pipe, bob, packages[what])
    talking.meet(pipe)
    pipe.advance(10_000)
    assert [node.errors for node in (alice, carol)] == [[], []]
    assert talking.epoch(alice) == 1
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    talking.say(pipe, alice, "Group", "all is well")
    for node in (bob, carol, dave):
        assert talking.texts(pipe, node, "Group") == ["all is well"]


@pytest.mark.parametrize("liar", ["Bob", "Carol"])
@pytest.mark.parametrize("what", ["knows no Coterie", "the key of another leaf"])
def test_T027_a_key_package_that_the_group_cannot_take_keeps_nobody_else_out(what: str, liar: str) -> None:
    pipe = Pipe()
    alice, bob, carol, dave = world(pipe)
    bad, good = (bob, carol) if liar == "Bob" else (carol, bob)
    talking.part(pipe, (alice, bob), (alice, carol), (bob, carol))
    say_rejoin(pipe, bad, unfit(pipe, bad, good, what))
    rejoin.ask(pipe.context(good), *standing(good), "test")
    for node, source in ((good, bad), (alice, bad), (alice, good)):
        hear(pipe, node, source)
    talking.meet(pipe)
    pipe.advance(10_000)
    assert [node.errors for node in (alice, good)] == [[], []]
    assert asked_to_rejoin(pipe.context(good), standing(good)[0], scenes.device_id(good)) is None
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.advance(10_000)
    assert talking.leaves(pipe, alice) == talking.leaves(pipe, dave) == devices(alice, bob, carol, dave)
    pipe.do(alice, commands.RemoveFromGroup("Group", (liar,)))
    pipe.advance(10_000)
    assert talking.leaves(pipe, dave) == devices(alice, good, dave)


def unfit(pipe: Pipe, node: Node, other: Node, what: str) -> bytes:
    """A KeyPackage of this node, well signed, that no group of both can take."""
    ctx, circle_id = pipe.context(node), scenes.circle_id(node)
    suite, signer = identity.suite_of(ctx, circle_id), identity.signer(ctx, circle_id)
    config = basic_leaf(suite, scenes.person_id(node) + scenes.device_id(node), signer.public_key)
    if what == "knows no Coterie":
        config = replace(config, capabilities=replace(config.capabilities, extensions=()))
    now = pipe.now // 1_000
    work = new_key_package(suite, config, not_before=now - 60, not_after=now + 86_400, entropy=ctx.entropy)
    package = parse_key_package(complete(work, signer).message)
    if what == "the key of another leaf":
        group, roster = groups.load(ctx, standing(node)[0].group_id)
        taken = group.member(roster.leaves[scenes.device_id(other)])
        assert taken is not None
        leaf = complete(sign_leaf(replace(package.leaf, encryption_key=taken.encryption_key), b"", 0), signer)
        package = replace(package, leaf=leaf)
        signature = complete(sign_with_label("KeyPackageTBS", package.to_be_signed()), signer)
        package = replace(package, signature=signature)
    return encode_message(package)


def test_a_staged_commit_that_was_taken_by_who_is_out_since_is_entered_and_its_epoch_made_once() -> None:
    pipe = Pipe()
    alice, _, carol, _ = world(pipe)
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob", "Carol")))
    pipe.advance(5_000)
    pipe.tamper = lambda frame: None if frame.type == peer_frames.ACK else frame.body
    pipe.do(alice, commands.AddToGroup("Group", ("Carol",)))
    assert is_staged(alice)
    taken = standing(carol)[1]
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    pipe.tamper = None
    pipe.advance(5_000)
    assert dict(alice.store.conversations.epochs(taken.group_id))[taken.epoch] == taken.epoch_id
    pipe.do(alice, commands.AddToGroup("Group", ("Carol",)))
    pipe.advance(5_000)
    talking.say(pipe, alice, "Group", "in again")
    assert talking.texts(pipe, carol, "Group") == ["in again"]
