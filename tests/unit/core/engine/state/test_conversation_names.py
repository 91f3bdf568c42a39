import pytest

from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state import conversation_names as names
from coterie.core.kernel.ids import PersonId, to_base32
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def test_two_people_are_named_after_the_other_and_a_group_by_its_title() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    group = talking.by_id(alice, talking.group(pipe, alice, "Bob", "Carol", title="Plans"))
    ctx = pipe.context(alice)
    assert names.conversation_name(ctx, talking.conversation_of(alice)) == "Bob"
    assert names.conversation_name(pipe.context(bob), talking.conversation_of(bob)) == "Alice"
    assert names.conversation_name(ctx, group) == "Plans"


def twins(pipe: Pipe) -> tuple[Node, Conversation, Conversation]:
    alice, _, _ = scenes.trio(pipe)
    one = talking.group(pipe, alice, "Bob", title="Plans")
    other = talking.group(pipe, alice, "Carol", title="Plans")
    return alice, talking.by_id(alice, one), talking.by_id(alice, other)


def test_two_groups_of_one_title_are_told_apart_by_their_ids() -> None:
    pipe = Pipe()
    alice, one, other = twins(pipe)
    ctx = pipe.context(alice)
    assert len(names.groups_named(ctx, "Plans")) == 2
    for group in (one, other):
        shown = names.conversation_name(ctx, group)
        assert shown == "Plans~" + to_base32(group.conversation_id)[:4]
        assert [each.conversation_id for each in names.groups_named(ctx, shown)] == [group.conversation_id]


def test_a_group_that_was_left_gives_way_to_one_that_was_not() -> None:
    pipe = Pipe()
    alice, one, other = twins(pipe)
    alice.store.conversations.set_state(one.conversation_id, "left")
    [found] = names.groups_named(pipe.context(alice), "Plans")
    assert found.conversation_id == other.conversation_id


def test_a_group_with_the_name_of_a_person_is_no_short_name_for_either() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    group = talking.by_id(alice, talking.group(pipe, alice, "Carol", title="Bob"))
    ctx = pipe.context(alice)
    assert names.conversation_name(ctx, group) == "Bob~" + to_base32(group.conversation_id)[:4]
    assert names.conversation_name(ctx, talking.conversation_of(alice)) not in ("Bob", "Club/Bob")


@pytest.mark.parametrize("form", ["Plans", "Club/Plans"])
def test_every_form_of_a_title_is_understood(form: str) -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    group = talking.by_id(alice, talking.group(pipe, alice, "Bob", title="Plans"))
    assert [each.conversation_id for each in names.groups_named(pipe.context(alice), form)] == [group.conversation_id]
    assert names.groups_named(pipe.context(alice), "Elsewhere/Plans") == []


def test_a_name_is_kept_until_objects_change() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    ctx, conversation = pipe.context(alice), talking.conversation_of(alice)
    key = ("conversation-name", conversation.conversation_id)
    ctx.memory.caches[key] = "as it was"
    assert names.conversation_name(ctx, conversation) == "as it was"
    names.forget_names(ctx)
    assert names.conversation_name(ctx, conversation) == "Bob"


def test_a_stranger_is_shown_by_the_beginning_of_the_id() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    stranger = PersonId(bytes([7]) * 32)
    shown = names.person_name(pipe.context(alice), scenes.circle_id(alice), stranger)
    assert shown == to_base32(stranger)[:8]


def test_a_title_is_found_however_its_letters_were_typed() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    group = talking.group(pipe, alice, "Bob", title="U\u0308bung")
    [found] = names.groups_named(pipe.context(alice), "U\u0308bung")
    assert (found.conversation_id, found) == (talking.by_id(alice, group).conversation_id, found)
    assert names.groups_named(pipe.context(alice), "\u00dcbung") == [found]
