from dataclasses import replace

import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.state import circle_states, groups, membership
from coterie.core.kernel.ids import DeviceId, PersonId
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

STRANGER = DeviceId(bytes([3]) * 32)


def grouped() -> tuple[Pipe, Node, Node, Node]:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    return pipe, alice, bob, carol


def test_a_group_has_the_devices_of_its_people_and_two_people_have_theirs() -> None:
    pipe, alice, bob, carol = grouped()
    talking.say(pipe, alice, "Bob", "hello")
    ctx = pipe.context(alice)
    group, two = talking.conversation_of(alice, "group"), talking.conversation_of(alice)
    assert set(membership.allowed(ctx, group)) == {scenes.device_id(node) for node in (alice, bob, carol)}
    assert set(membership.allowed(ctx, two)) == {scenes.device_id(node) for node in (alice, bob)}
    assert not membership.shares(ctx, two, scenes.device_id(carol))
    assert two.conversation_id == membership.two_person_id(
        scenes.circle_id(alice), scenes.person_id(bob), scenes.person_id(alice)
    )


def test_who_is_allowed_is_kept_while_nothing_changed_and_asked_anew_afterwards() -> None:
    pipe, alice, _, carol = grouped()
    group = talking.conversation_of(alice, "group")
    before = membership.allowed(pipe.context(alice), group)
    assert membership.allowed(pipe.context(alice), group) is before
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    after = membership.allowed(pipe.context(alice), group)
    assert set(before) - set(after) == {scenes.device_id(carol)}


def test_everybody_computes_one_order_of_seniority_and_strangers_come_last() -> None:
    pipe, alice, bob, carol = grouped()
    group = talking.conversation_of(alice, "group")
    devices = [scenes.device_id(node) for node in (alice, bob, carol)] + [STRANGER]
    orders = [
        sorted(devices, key=lambda device: membership.seniority(pipe.context(node), group, device))
        for node in (alice, bob, carol)
    ]
    assert orders[0] == orders[1] == orders[2]
    assert orders[0][0] == scenes.device_id(alice)
    assert orders[0][-1] == STRANGER


def test_of_two_people_the_lower_person_id_is_senior() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    two = talking.conversation_of(alice)
    lower, higher = sorted((alice, bob), key=scenes.person_id)
    for node in (alice, bob):
        ctx = pipe.context(node)
        assert membership.seniority(ctx, two, scenes.device_id(lower)) < membership.seniority(
            ctx, two, scenes.device_id(higher)
        )


def test_a_leaf_is_known_only_with_its_person_its_device_and_its_key() -> None:
    pipe, alice, bob, _ = grouped()
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    group, _ = groups.load(ctx, talking.conversation_of(alice, "group").group_id)
    leaf = next(leaf for _, leaf in group.members() if groups.identity_of(leaf)[1] == scenes.device_id(bob))
    assert membership.knows_leaf(ctx, circle_id, leaf)
    identity = leaf.credential.identity
    for odd in (scenes.person_id(alice) + identity[32:], identity[:32] + STRANGER, identity[:32]):
        assert not membership.knows_leaf(
            ctx, circle_id, replace(leaf, credential=replace(leaf.credential, identity=odd))
        )
    assert not membership.knows_leaf(ctx, circle_id, replace(leaf, signature_key=bytes(32)))


def test_who_was_ever_put_in_and_who_was_ever_taken_out() -> None:
    pipe, alice, bob, carol = grouped()
    group = talking.conversation_of(alice, "group")
    ctx = pipe.context(alice)
    assert membership.was_admitted(ctx, group, scenes.person_id(carol))
    assert not membership.was_admitted(ctx, group, PersonId(bytes(32)))
    assert not membership.was_taken_out(ctx, group, scenes.person_id(carol), scenes.device_id(carol))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    ctx = pipe.context(alice)
    assert membership.was_admitted(ctx, group, scenes.person_id(carol))
    assert membership.was_taken_out(ctx, group, scenes.person_id(carol), scenes.device_id(carol))
    assert not membership.was_taken_out(ctx, group, scenes.person_id(bob), scenes.device_id(bob))


@pytest.mark.parametrize("again", [False, True])
def test_who_was_taken_out_once_stays_somebody_who_was(again: bool) -> None:
    pipe, alice, _, carol = grouped()
    group = talking.conversation_of(alice, "group")
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    if again:
        pipe.do(alice, commands.AddToGroup("Group", ("Carol",)))
    assert membership.was_taken_out(pipe.context(alice), group, scenes.person_id(carol), scenes.device_id(carol))
    assert membership.shares(pipe.context(alice), group, scenes.device_id(carol)) is again


def test_who_left_a_group_was_taken_out_by_themselves() -> None:
    pipe, alice, bob, _ = grouped()
    pipe.do(bob, commands.LeaveGroup("Group"))
    group = talking.conversation_of(alice, "group")
    assert membership.was_taken_out(pipe.context(alice), group, scenes.person_id(bob), scenes.device_id(bob))


def test_T030_who_was_removed_is_put_out_and_who_left_is_not() -> None:
    pipe, alice, bob, carol = grouped()
    circle_id = scenes.circle_id(alice)
    pipe.do(alice, commands.RemovePerson("Carol"))
    pipe.do(bob, commands.LeaveCircle("Club"))
    ctx = pipe.context(alice)
    assert circle_states.circle_state(ctx, circle_id).people[scenes.person_id(bob)].removed
    assert membership.was_put_out(ctx, circle_id, scenes.person_id(carol))
    assert not membership.was_put_out(ctx, circle_id, scenes.person_id(bob))
    assert not membership.was_put_out(ctx, circle_id, scenes.person_id(alice))
    assert not membership.was_put_out(ctx, circle_id, PersonId(bytes(32)))


def test_nobody_asks_to_rejoin_without_a_fact_that_says_so() -> None:
    pipe, alice, bob, _ = grouped()
    group = talking.conversation_of(alice, "group")
    assert membership.asked_to_rejoin(pipe.context(alice), group, scenes.device_id(bob)) is None


def test_of_several_who_left_each_was_taken_out() -> None:
    pipe, alice, bob, carol = grouped()
    pipe.do(bob, commands.LeaveGroup("Group"))
    pipe.do(carol, commands.LeaveGroup("Group"))
    group = talking.conversation_of(alice, "group")
    pipe.do(alice, commands.AddToGroup("Group", ("Bob", "Carol")))
    for node in (bob, carol):
        assert membership.was_taken_out(pipe.context(alice), group, scenes.person_id(node), scenes.device_id(node))
    assert not membership.was_taken_out(pipe.context(alice), group, scenes.person_id(alice), scenes.device_id(alice))
