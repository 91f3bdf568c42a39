import dataclasses

import pytest

from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import key_packages
from coterie.core.engine.conversation import found
from coterie.core.engine.conversation.open_conversation import open_two
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.state import groups, identity
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.membership import seniority
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId
from coterie.core.kernel.world import DAY, Instant
from coterie.core.mls.key_packages import new_key_package
from coterie.core.mls.own_leaf import basic_leaf
from coterie.core.trust.object_types import ObjectType
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def with_bob(pipe: Pipe, alice: Node, bob: Node) -> Conversation:
    """Alice's conversation with Bob, in which nothing has happened."""
    return open_two(pipe.context(alice), scenes.circle_id(alice), scenes.person_id(bob))


def test_a_group_is_founded_in_one_go_with_everybody_who_has_a_key_package() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    conversation, ctx = with_bob(pipe, alice, bob), pipe.context(alice)
    assert found.found_group(ctx, conversation)
    group_id = talking.conversation_of(alice).group_id
    record = alice.store.conversations.group(group_id)
    assert record is not None
    assert (record.founder, record.steward, record.epoch) == (scenes.device_id(alice), scenes.device_id(alice), 1)
    assert alice.store.conversations.staged(group_id) is None
    group, roster = groups.load(ctx, group_id)
    assert set(roster.leaves) == {scenes.device_id(alice), scenes.device_id(bob)}
    log = alice.store.conversations.epochs(group_id)
    assert [epoch for epoch, _ in log] == [0, 1]
    assert log[-1][1] == record.epoch_id == groups.epoch_id(group)


def test_the_group_says_for_which_circle_and_conversation_it_is_and_by_whom() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    conversation, ctx = with_bob(pipe, alice, bob), pipe.context(alice)
    found.found_group(ctx, conversation)
    group, _ = groups.load(ctx, talking.conversation_of(alice).group_id)
    here = (scenes.circle_id(alice), conversation.conversation_id, scenes.device_id(alice))
    assert groups.binding_of(group) == groups.Binding(*here)


def test_nobody_has_to_be_online_and_the_parcel_goes_at_once_to_who_is() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.part(pipe, (alice, carol), (bob, carol))
    before = len(alice.effects)
    talking.group(pipe, alice, "Bob", "Carol")
    asked = [each for each in alice.effects[before:] if isinstance(each, Transmit) and each.type == peer_frames.PARCEL]
    assert [each.conn for each in asked] == [talking.conn_to(alice, bob)]
    talking.part(pipe, (alice, bob))
    sent = talking.say(pipe, alice, "Carol", "nobody hears this yet")
    assert alice.store.conversations.groups(talking.conversation_of(alice).conversation_id)[0].epoch == 1
    assert talking.state_of(pipe, alice, sent).reason == ""
    talking.meet(pipe)
    assert talking.texts(pipe, carol, "Alice") == ["nobody hears this yet"]
    assert talking.epoch(carol) == talking.epoch(bob) == 1


def test_without_any_good_key_package_nothing_is_founded_and_nothing_is_left_behind() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    conversation, ctx = with_bob(pipe, alice, bob), pipe.context(alice)
    late = dataclasses.replace(ctx, now=Instant(ctx.now + 60 * DAY), effects=[])
    for _ in range(2):
        assert not found.found_group(late, conversation)
    assert alice.store.conversations.groups(conversation.conversation_id) == []
    assert alice.store.envelopes.targeted(conversation.conversation_id) == set()
    assert late.effects == []
    assert talking.conversation_of(alice) == conversation


def test_a_device_without_a_key_package_is_left_out_and_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    there = key_packages.package_for

    def none_of_carol(ctx: Context, circle_id: CircleId, device: DeviceId) -> bytes | None:
        return None if device == scenes.device_id(carol) else there(ctx, circle_id, device)

    with monkeypatch.context() as patch:
        patch.setattr(key_packages, "package_for", none_of_carol)
        pipe.give(alice, commands.CreateGroup("Group", ("Bob", "Carol")))
        assert talking.leaves(pipe, alice) == {scenes.device_id(alice), scenes.device_id(bob)}
    pipe.run()
    pipe.advance(10_000)
    talking.say(pipe, carol, "Group", "let in by the next commit")
    assert talking.texts(pipe, bob, "Group") == ["let in by the next commit"]


def test_each_founding_uses_up_one_key_package_and_makes_another_group() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    conversation, ctx = with_bob(pipe, alice, bob), pipe.context(alice)
    counts = []
    for _ in range(2):
        counts.append(alice.store.peers.key_package_count(scenes.circle_id(alice), scenes.device_id(bob)))
        assert found.found_group(ctx, conversation)
    assert counts == [2, 1]
    assert len({each.group_id for each in alice.store.conversations.groups(conversation.conversation_id)}) == 2
    assert found.found_group(ctx, conversation)


def test_of_two_groups_that_two_people_founded_both_send_on_the_more_senior_ones() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.part(pipe, (alice, bob))
    talking.say(pipe, alice, "Bob", "from Alice")
    talking.say(pipe, bob, "Alice", "from Bob")
    assert talking.conversation_of(alice).group_id != talking.conversation_of(bob).group_id
    talking.meet(pipe)
    pipe.advance(10_000)
    conversation = talking.conversation_of(alice)
    assert conversation.group_id == talking.conversation_of(bob).group_id
    record = alice.store.conversations.group(conversation.group_id)
    devices = (scenes.device_id(alice), scenes.device_id(bob))
    ctx = pipe.context(alice)
    assert record is not None
    assert record.founder == min(devices, key=lambda device: seniority(ctx, conversation, device))
    assert sorted(talking.texts(pipe, bob, "Alice")) == sorted(talking.texts(pipe, alice, "Bob"))
    assert len(talking.texts(pipe, alice, "Bob")) == 2


def test_of_two_either_founds_and_a_group_only_the_device_that_started_it() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    shown = talking.group(pipe, alice, "Bob", "Carol")
    for node in (alice, bob):
        assert found.may_found(pipe.context(node), talking.conversation_of(node))
    assert found.may_found(pipe.context(alice), talking.by_id(alice, shown))
    assert not found.may_found(pipe.context(bob), talking.by_id(bob, shown))
    unknown = dataclasses.replace(talking.by_id(alice, shown), conversation_id=ConversationId(b"\x66" * 32))
    assert not found.may_found(pipe.context(alice), unknown)


def test_whoever_founds_a_group_says_where_it_stands() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(6_000)
    conversation = talking.conversation_of(alice, "group")
    told = [
        fact for fact in alice.store.objects.facts(conversation.conversation_id) if fact.type == ObjectType.POSITION
    ]
    assert scenes.device_id(alice) in {fact.issuer for fact in told}


def only_unfit(pipe: Pipe, holder: Node, node: Node) -> None:
    """All that `holder` has to add `node` with: KeyPackages, well signed, of a program that does not know our groups."""
    ctx, circle_id = pipe.context(node), scenes.circle_id(node)
    suite, signer = identity.suite_of(ctx, circle_id), identity.signer(ctx, circle_id)
    leaf = basic_leaf(suite, scenes.person_id(node) + scenes.device_id(node), signer.public_key)
    leaf = dataclasses.replace(leaf, capabilities=dataclasses.replace(leaf.capabilities, extensions=()))
    now = pipe.now // 1_000
    made = complete(
        new_key_package(suite, leaf, not_before=now - 60, not_after=now + 3_600, entropy=ctx.entropy), signer
    )
    device = scenes.device_id(node)
    while holder.store.peers.take_key_package(circle_id, device) is not None:
        pass
    holder.store.peers.add_key_package(circle_id, device, made.ref, made.message, pipe.now)


def test_T027_a_key_package_that_the_group_cannot_take_keeps_its_device_out_and_nobody_else() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    only_unfit(pipe, alice, bob)
    talking.group(pipe, alice, "Bob", "Carol")
    assert scenes.device_id(carol) in talking.leaves(pipe, alice)
    talking.say(pipe, alice, "Group", "hello")
    pipe.advance(5_000)
    assert talking.texts(pipe, carol, "Group") == ["hello"]
    assert scenes.device_id(bob) in talking.leaves(pipe, alice), (
        "its card's KeyPackage brings it in with the next commit"
    )


def test_T027_with_nobody_whom_the_group_can_take_nothing_is_founded_and_what_was_said_waits() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    only_unfit(pipe, alice, bob)
    said = talking.say(pipe, alice, "Bob", "hello")
    assert said.state == "queued"
    conversation = talking.conversation_of(alice)
    assert conversation.group_id == b""
    assert alice.store.conversations.groups(conversation.conversation_id) == []
    talking.meet(pipe)
    pipe.advance(5_000)
    assert talking.state_of(pipe, alice, said).state == "delivered"
    assert talking.texts(pipe, bob, "Alice") == ["hello"]
