import dataclasses

import pytest

from coterie.core.engine.conversation import open_conversation
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.commands import Command
from coterie.core.engine.ports.views import GroupView
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import ConversationId, to_base32
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def refused(pipe: Pipe, node: Node, command: Command) -> str:
    with pytest.raises(UserError) as caught:
        pipe.do(node, command)
    return caught.value.code


def change(pipe: Pipe, node: Node, command: Command) -> GroupView:
    return scenes.ask(pipe, node, command, GroupView)


def listed(pipe: Pipe, node: Node) -> list[GroupView]:
    return list(scenes.ask(pipe, node, commands.ListGroups(), tuple))


def test_a_group_is_there_for_everybody_in_it_and_for_nobody_else() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    made = talking.group(pipe, alice, "Bob", "Carol")
    assert (made.title, made.circle, made.people) == ("Group", "Club", ("Alice", "Bob", "Carol"))
    assert (made.admin, made.state, made.created_at) == (True, "active", pipe.now)
    assert listed(pipe, alice) == [made]
    for node in (bob, carol):
        assert listed(pipe, node) == [dataclasses.replace(made, admin=False)]
    assert listed(pipe, dave) == []


def test_a_group_is_made_while_nobody_is_online_and_has_its_people_at_once() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    pipe.stop(bob)
    pipe.stop(carol)
    talking.group(pipe, alice, "Bob", "Carol")
    assert talking.leaves(pipe, alice) == {scenes.device_id(node) for node in (alice, bob, carol)}
    talking.say(pipe, alice, "Group", "for later")
    pipe.start(bob)
    pipe.run()
    assert talking.texts(pipe, bob, "Group") == ["for later"]


def test_naming_somebody_twice_or_oneself_changes_nothing() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    assert talking.group(pipe, alice, "Bob", "Alice", "Bob").people == ("Alice", "Bob")


def test_what_is_no_group_is_refused_and_leaves_no_conversation_behind() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    scenes.found(pipe, alice, name="Other", pseudonym="Alice")
    pipe.do(alice, commands.RemovePerson("Carol"))
    for title, people, code in (
        ("Group", ("Club/Alice",), "empty-group"),
        ("Group", (), "usage"),
        ("Group", ("Zoe",), "unknown-contact"),
        ("Group", ("Bob", "Other/Alice"), "unknown-contact"),
        ("Group", ("Bob", "Carol"), "unknown-person"),
        ("no\u200bthing", ("Bob",), "bad-name"),
        ("", ("Bob",), "bad-name"),
    ):
        assert refused(pipe, alice, commands.CreateGroup(title, people)) == code
    assert listed(pipe, alice) == []


def test_who_is_added_reads_what_comes_and_who_is_removed_reads_no_more() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    added = change(pipe, alice, commands.AddToGroup("Group", ("Dave",)))
    assert added.people == ("Alice", "Bob", "Carol", "Dave")
    pipe.advance(2_000)
    removed = change(pipe, alice, commands.RemoveFromGroup("Group", ("Carol", "Bob")))
    assert removed.people == ("Alice", "Dave")
    pipe.advance(2_000)
    talking.say(pipe, alice, "Group", "the two of us")
    assert talking.texts(pipe, dave, "Group") == ["the two of us"]
    for node in (bob, carol):
        assert talking.texts(pipe, node, "Group") == []
        assert [(view.state, view.admin) for view in listed(pipe, node)] == [("left", False)]


def test_only_an_admin_of_the_conversation_adds_and_removes() -> None:
    pipe = Pipe()
    alice, bob, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    assert refused(pipe, bob, commands.AddToGroup("Group", ("Dave",))) == "not-permitted"
    assert refused(pipe, bob, commands.RemoveFromGroup("Group", ("Carol",))) == "not-permitted"
    assert listed(pipe, alice)[0].people == ("Alice", "Bob", "Carol")


def test_one_refused_name_undoes_the_whole_change() -> None:
    pipe = Pipe()
    alice, _, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob")
    assert refused(pipe, alice, commands.AddToGroup("Group", ("Carol", "Bob"))) == "already-in-group"
    assert refused(pipe, alice, commands.RemoveFromGroup("Group", ("Bob", "Dave"))) == "unknown-person"
    assert refused(pipe, alice, commands.AddToGroup("Nothing", ("Carol",))) == "unknown-group"
    assert [view.people for view in listed(pipe, alice)] == [("Alice", "Bob")]


def test_who_leaves_keeps_the_history_says_no_more_and_the_next_one_is_admin() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, alice, "Group", "farewell")
    gone = change(pipe, alice, commands.LeaveGroup("Group"))
    pipe.advance(3_000)
    assert (gone.state, gone.admin, gone.people) == ("left", False, ("Bob", "Carol"))
    assert talking.texts(pipe, alice, "Group") == ["farewell"]
    for command in (
        commands.LeaveGroup("Group"),
        commands.AddToGroup("Group", ("Bob",)),
        commands.SendMessage("Group", "x"),
    ):
        assert refused(pipe, alice, command) == "not-a-member"
    heir, other = sorted((bob, carol), key=scenes.person_id)
    assert [listed(pipe, node)[0].admin for node in (heir, other)] == [True, False]
    talking.say(pipe, heir, "Group", "without her")
    assert talking.texts(pipe, other, "Group") == ["farewell", "without her"]
    assert talking.texts(pipe, alice, "Group") == ["farewell"]
    alone = change(pipe, heir, commands.RemoveFromGroup("Group", ("Bob" if other is bob else "Carol",)))
    assert len(alone.people) == 1


def test_a_group_whose_first_object_is_not_here_can_be_listed_and_not_changed() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    conversation_id = ConversationId(b"\x55" * 32)
    ctx = pipe.context(alice)
    open_conversation.keep(ctx, open_conversation.new(ctx, scenes.circle_id(alice), conversation_id, "group"))
    name = to_base32(conversation_id)
    assert [(view.title, view.people, view.admin) for view in listed(pipe, alice)] == [(name[:8], (), False)]
    for command in (commands.AddToGroup(name, ("Bob",)), commands.LeaveGroup(name)):
        assert refused(pipe, alice, command) == "not-a-member"
