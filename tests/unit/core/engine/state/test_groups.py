from dataclasses import replace

import pytest

from coterie.core.codec.items import Item, write_items
from coterie.core.codec.tls import Writer
from coterie.core.engine.state import groups
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId
from coterie.core.mls.extension import Extension, Extensions
from coterie.core.mls.group import Group
from coterie.core.mls.registry import EXTENSION_COTERIE
from coterie.core.mls.state import Delta
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

BINDING = groups.Binding(CircleId(b"c" * 32), ConversationId(b"v" * 32), DeviceId(b"f" * 32), 3, b"p" * 32)


def talkers() -> tuple[Pipe, Node, Node, Group]:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    group, _ = groups.load(pipe.context(alice), talking.conversation_of(alice).group_id)
    return pipe, alice, bob, group


def with_extensions(group: Group, extensions: Extensions) -> Group:
    return replace(group, context=replace(group.context, extensions=extensions))


def with_item(item: Item) -> Extensions:
    out = Writer()
    write_items(out, [item])
    return (Extension(EXTENSION_COTERIE, out.bytes()),)


def test_a_roster_says_whose_leaves_there_are() -> None:
    _, alice, bob, group = talkers()
    roster = groups.roster_of(group)
    assert set(roster.leaves) == {scenes.device_id(alice), scenes.device_id(bob)}
    assert roster.people[scenes.device_id(bob)] == scenes.person_id(bob)
    assert roster.others(scenes.device_id(alice)) == (scenes.device_id(bob),)


def test_a_group_is_loaded_once_and_again_after_memory_was_dropped() -> None:
    pipe, alice, _, group = talkers()
    ctx = pipe.context(alice)
    assert groups.load(ctx, group.group_id)[0] is group
    ctx.memory.caches.clear()
    again, roster = groups.load(ctx, group.group_id)
    assert again is not group
    assert again.context_bytes == group.context_bytes
    assert groups.epoch_id(again) == groups.epoch_id(group)
    assert len(roster.leaves) == 2


def test_a_delta_is_written_to_the_rows_of_its_group() -> None:
    pipe, alice, _, group = talkers()
    ctx = pipe.context(alice)
    groups.write(ctx, group.group_id, Delta((("test", b"1"),)))
    assert ctx.store.conversations.rows(group.group_id).get("test") == b"1"
    assert ctx.store.conversations.rows(b"another").get("test") is None


def test_a_group_says_what_it_is_for() -> None:
    _, alice, _, group = talkers()
    conversation = talking.conversation_of(alice)
    binding = groups.binding_of(group)
    assert (binding.circle_id, binding.conversation_id) == (scenes.circle_id(alice), conversation.conversation_id)
    assert groups.binding_of(with_extensions(group, BINDING.extensions())) == BINDING


@pytest.mark.parametrize(
    ("extensions", "code"),
    [
        ((), "not-permitted"),
        ((Extension(0xF0C1, b""),), "not-permitted"),
        ((Extension(EXTENSION_COTERIE, b"\x00"),), "malformed"),
        (with_item(Item(groups.ITEM_BINDING, True, bytes(31))), "malformed"),
        (with_item(Item(groups.ITEM_BINDING, True, bytes(137))), "malformed"),
        (with_item(Item(9, False, bytes(136))), "malformed"),
    ],
)
def test_a_group_that_does_not_say_what_it_is_for_is_refused(extensions: Extensions, code: str) -> None:
    _, _, _, group = talkers()
    with pytest.raises(PeerError) as caught:
        groups.binding_of(with_extensions(group, extensions))
    assert caught.value.code == code


def test_an_unknown_critical_item_of_the_context_is_refused() -> None:
    _, _, _, group = talkers()
    with pytest.raises(PeerError):
        groups.binding_of(with_extensions(group, with_item(Item(9, True, b""))))


def test_a_leaf_that_is_not_a_person_and_a_device_is_refused() -> None:
    _, _, _, group = talkers()
    [(_, leaf), *_] = group.members()
    odd = replace(leaf, credential=replace(leaf.credential, identity=bytes(63)))
    with pytest.raises(PeerError) as caught:
        groups.identity_of(odd)
    assert caught.value.code == "not-permitted"
