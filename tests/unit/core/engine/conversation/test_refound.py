"""With everybody gone who had a group's keys those who are left get new ones; while somebody has them, they are waited for."""

import pytest

from coterie.core.engine.circle import key_packages
from coterie.core.engine.conversation import refound
from coterie.core.engine.conversation.open_conversation import open_two
from coterie.core.engine.ports import commands
from coterie.core.engine.state.membership import seniority
from coterie.core.kernel.ids import to_base32
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def by_seniority(pipe: Pipe, knows: Node, *nodes: Node) -> list[Node]:
    """The most senior in the group first."""
    ctx, conversation = pipe.context(knows), talking.conversation_of(knows, "group")
    return sorted(nodes, key=lambda node: seniority(ctx, conversation, scenes.device_id(node)))


def without_keys(pipe: Pipe) -> tuple[Node, Node, Node, Node]:
    """Alice and Dave have a group's keys; Bob and Carol were added, but no Welcome came. Then Alice leaves.

    Of the two without keys the more senior comes first: Alice, senior, junior, Dave.
    """
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Dave")
    pipe.advance(10_000)
    talking.no_parcels_to(pipe, bob, carol)
    pipe.do(alice, commands.AddToGroup(talking.GROUP, ("Bob", "Carol")))
    pipe.advance(10_000)
    pipe.do(alice, commands.LeaveGroup(talking.GROUP))
    senior, junior = by_seniority(pipe, alice, bob, carol)
    return alice, senior, junior, dave


def group_of(node: Node) -> bytes:
    """The MLS group on which this node sends."""
    return talking.conversation_of(node, "group").group_id


def founder(node: Node) -> bytes:
    """Who founded it."""
    record = node.store.conversations.group(group_of(node))
    return b"" if record is None else record.founder


def talk(pipe: Pipe, *nodes: Node) -> None:
    """What each says reaches the others."""
    for node in nodes:
        sent = talking.say(pipe, node, talking.GROUP, f"from {node.name}")
        pipe.advance(10_000)
        assert talking.state_of(pipe, node, sent).state == "delivered"
        assert {receipt.state for receipt in talking.state_of(pipe, node, sent).receipts} == {"delivered"}


def test_when_all_who_had_keys_are_out_the_most_senior_who_is_left_founds_and_what_waited_goes() -> None:
    pipe = Pipe()
    _, senior, junior, dave = without_keys(pipe)
    pipe.do(dave, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    sent = talking.say(pipe, junior, talking.GROUP, "said without keys")
    pipe.advance(refound.PATIENCE // 2)
    assert talking.state_of(pipe, junior, sent).state == "queued"
    assert group_of(senior) == b""
    pipe.advance(refound.PATIENCE)
    assert talking.state_of(pipe, junior, sent).state == "delivered"
    assert founder(senior) == founder(junior) == scenes.device_id(senior)
    assert talking.leaves(pipe, senior) == {scenes.device_id(senior), scenes.device_id(junior)}
    talk(pipe, senior, junior)
    assert talking.texts(pipe, dave, talking.GROUP) == []


def test_what_waited_goes_at_once_also_where_we_said_once_that_we_had_keys() -> None:
    pipe = Pipe()
    _, senior, _, dave = without_keys(pipe)
    pipe.do(dave, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    talking.claim_keys(pipe, senior)
    sent = talking.say(pipe, senior, talking.GROUP, "said without keys")
    assert talking.state_of(pipe, senior, sent).reason == "no-device"
    refounding = refound.TIMER + to_base32(talking.conversation_of(senior, "group").conversation_id)
    pipe.advance(senior.timers[refounding] - pipe.now)
    assert group_of(senior) != b""
    assert talking.state_of(pipe, senior, sent).reason == ""


def test_who_is_linked_with_nobody_of_the_conversation_founds_nothing_until_it_is() -> None:
    pipe = Pipe()
    _, senior, junior, dave = without_keys(pipe)
    pipe.do(dave, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    talking.part(pipe, (senior, junior))
    pipe.advance(3 * refound.PATIENCE)
    assert group_of(senior) == b""
    talking.meet(pipe)
    pipe.advance(2 * refound.PATIENCE)
    talk(pipe, senior, junior)


def test_who_has_keys_is_waited_for_and_brings_them() -> None:
    pipe = Pipe()
    _, senior, junior, dave = without_keys(pipe)
    pipe.stop(dave)
    pipe.tamper = None
    pipe.advance(5 * refound.PATIENCE)
    assert group_of(senior) == group_of(junior) == b""
    pipe.start(dave)
    pipe.run()
    pipe.advance(30_000)
    assert group_of(senior) == group_of(junior) == group_of(dave) != b""
    talk(pipe, senior, junior, dave)


def test_who_was_put_out_and_is_in_again_still_has_keys_and_brings_them() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Dave")
    pipe.advance(10_000)
    pipe.do(alice, commands.RemoveFromGroup(talking.GROUP, ("Dave",)))
    pipe.advance(10_000)
    talking.no_parcels_to(pipe, bob, carol, dave)
    pipe.do(alice, commands.AddToGroup(talking.GROUP, ("Bob", "Carol", "Dave")))
    pipe.do(alice, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    pipe.advance(2 * refound.PATIENCE)
    assert group_of(bob) == group_of(carol) == group_of(dave) != b""
    talk(pipe, bob, carol, dave)


def test_one_who_had_keys_unknown_to_all_comes_over_and_what_it_said_is_read() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.no_parcels_to(pipe, bob, carol, dave)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    one, other, holder = by_seniority(pipe, alice, bob, carol, dave)
    talking.no_parcels_to(pipe, one, other)
    pipe.cut()
    pipe.run()
    early = talking.say(pipe, holder, talking.GROUP, "with the first keys")
    pipe.stop(holder)  # before it has told where it stands
    pipe.do(alice, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    pipe.stop(alice)
    pipe.advance(2 * refound.PATIENCE)
    assert founder(one) == founder(other) == scenes.device_id(one)
    later = group_of(one)
    pipe.start(holder)
    pipe.run()
    pipe.advance(30_000)
    assert group_of(one) == group_of(other) == group_of(holder) == later
    talk(pipe, one, other, holder)
    for node in (one, other):
        assert "with the first keys" in talking.texts(pipe, node, talking.GROUP)
    assert talking.state_of(pipe, holder, early).state == "delivered"


def test_a_claim_to_have_keys_keeps_others_from_founding_until_its_device_is_out() -> None:
    pipe = Pipe()
    _, senior, junior, dave = without_keys(pipe)
    pipe.do(dave, commands.LeaveGroup(talking.GROUP))
    talking.claim_keys(pipe, junior)
    pipe.tamper = None
    talking.meet(pipe)
    pipe.advance(3 * refound.PATIENCE)
    assert group_of(senior) == b""
    pipe.do(senior, commands.RemoveFromGroup(talking.GROUP, (junior.name.capitalize(),)))
    pipe.do(senior, commands.AddToGroup(talking.GROUP, ("Dave",)))
    pipe.advance(2 * refound.PATIENCE)
    talk(pipe, senior, dave)


@pytest.mark.parametrize("state", ["left", "in a group", "alone"])
def test_nothing_is_founded_by_who_is_out_has_a_group_or_is_alone(state: str) -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.no_parcels_to(pipe, bob)
    talking.group(pipe, alice, "Bob")
    if state != "in a group":
        pipe.do(bob, commands.LeaveGroup(talking.GROUP))
    node = bob if state == "left" else alice
    if state == "alone":
        alice.store.conversations.send_on(talking.conversation_of(alice, "group").conversation_id, b"")
    ctx, conversation = pipe.context(node), talking.conversation_of(node, "group")
    for _ in range(2):
        refound.look(ctx, conversation)
        refound.due(ctx, conversation)
    assert ctx.effects == []
    assert len(node.store.conversations.groups(conversation.conversation_id)) == (node is alice)


def test_between_two_people_nothing_is_founded_before_somebody_speaks() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx = pipe.context(alice)
    conversation = open_two(ctx, scenes.circle_id(alice), scenes.person_id(bob))
    refound.look(ctx, conversation)
    refound.due(ctx, conversation)
    assert ctx.effects == []


def test_without_any_key_package_it_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    _, senior, junior, dave = without_keys(pipe)
    pipe.do(dave, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    with monkeypatch.context() as patch:
        patch.setattr(key_packages, "package_for", lambda *_: None)
        pipe.advance(3 * refound.PATIENCE)
        assert group_of(senior) == b""
    pipe.advance(2 * refound.PATIENCE)
    talk(pipe, senior, junior)


def test_after_a_restart_it_is_looked_at_again() -> None:
    pipe = Pipe()
    _, senior, junior, dave = without_keys(pipe)
    pipe.do(dave, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    for node in (senior, junior):
        pipe.stop(node)
        pipe.start(node)
    pipe.run()
    pipe.advance(2 * refound.PATIENCE)
    talk(pipe, senior, junior)


def test_who_still_has_the_old_group_and_is_added_again_comes_over() -> None:
    pipe = Pipe()
    alice, senior, junior, dave = without_keys(pipe)
    pipe.do(dave, commands.LeaveGroup(talking.GROUP))
    pipe.tamper = None
    pipe.advance(2 * refound.PATIENCE)
    old = group_of(alice)
    pipe.do(senior, commands.AddToGroup(talking.GROUP, ("Alice", "Dave")))
    talking.say(pipe, alice, talking.GROUP, "with what I had")
    pipe.advance(30_000)
    assert old != group_of(senior) == group_of(junior) == group_of(alice) == group_of(dave)
    talk(pipe, alice, senior, junior, dave)
