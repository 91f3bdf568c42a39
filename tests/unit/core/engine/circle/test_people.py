import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.ports.commands import Command
from coterie.core.engine.ports.views import PersonView
from coterie.core.kernel.errors import UserError
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_a_role_given_is_everybodys_view() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    shown = scenes.ask(pipe, alice, commands.SetRole("Bob", "admin"), PersonView)
    assert shown.role == "admin"
    for node in (bob, carol):
        assert scenes.people(pipe, node)["Bob"].role == "admin"


def test_an_admin_removes_a_member_and_names_guests() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    pipe.do(alice, commands.SetRole("Bob", "admin"))
    pipe.do(bob, commands.SetRole("Carol", "guest"))
    assert scenes.people(pipe, alice)["Carol"].role == "guest"
    pipe.do(bob, commands.RemovePerson("Carol"))
    assert scenes.people(pipe, alice)["Carol"].state == "removed"


def test_a_demoted_admin_keeps_what_it_did_and_does_no_more() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    pipe.do(alice, commands.SetRole("Bob", "admin"))
    pipe.do(bob, commands.SetRole("Carol", "guest"))
    pipe.do(alice, commands.SetRole("Bob", "member"))
    assert scenes.people(pipe, alice)["Carol"].role == "guest"
    with pytest.raises(UserError):
        pipe.do(bob, commands.SetRole("Carol", "member"))


REFUSED: list[tuple[str, Command, str]] = [
    ("bob", commands.RemovePerson("Alice"), "not-permitted"),
    ("bob", commands.RemovePerson("Carol"), "not-permitted"),
    ("bob", commands.SetRole("Carol", "admin"), "not-permitted"),
    ("bob", commands.SetRole("Bob", "owner"), "not-permitted"),
    ("alice", commands.SetRole("Bob", "king"), "unknown-role"),
    ("alice", commands.SetRole("Alice", "guest"), "only-owner"),
    ("alice", commands.RemovePerson("Alice"), "own-person"),
    ("alice", commands.RemovePerson("Nobody"), "unknown-contact"),
    ("alice", commands.ListPersons("No circle"), "unknown-circle"),
]


@pytest.mark.parametrize(("who", "command", "code"), REFUSED)
def test_what_is_not_ours_to_do_is_refused_and_changes_nothing(who: str, command: Command, code: str) -> None:
    pipe = Pipe()
    scenes.trio(pipe)
    node = pipe.nodes[who]
    count = node.store.objects.decision_count(scenes.circle_id(node))
    with pytest.raises(UserError) as caught:
        pipe.do(node, command)
    assert caught.value.code == code
    assert caught.value.hint
    assert node.store.objects.decision_count(scenes.circle_id(node)) == count


def test_an_owner_steps_down_once_there_is_another() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.do(alice, commands.SetRole("Bob", "owner"))
    assert scenes.ask(pipe, alice, commands.SetRole("Alice", "member"), PersonView).role == "member"
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.SetRole("Bob", "member"))
    assert caught.value.code == "only-owner"


def test_a_role_that_somebody_has_already_is_not_given_again() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    count = alice.store.objects.decision_count(scenes.circle_id(alice))
    pipe.do(alice, commands.SetRole("Bob", "member"))
    assert alice.store.objects.decision_count(scenes.circle_id(alice)) == count


def test_people_of_all_circles_or_of_one() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    scenes.found(pipe, alice, "Alina", "Other")
    assert set(scenes.people(pipe, alice)) == {"Alice", "Bob", "Alina"}
    assert set(scenes.people(pipe, alice, "Other")) == {"Alina"}


def test_a_guest_cannot_invite() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.do(alice, commands.SetRole("Bob", "guest"))
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.CreateInvitation(scenes.CIRCLE))
    assert caught.value.code == "not-permitted"
