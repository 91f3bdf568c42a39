"""Each method that is one command becomes that command."""

import pytest

from coterie.api import methods, schema
from coterie.api.schema import Params
from coterie.core.engine.ports import commands, views
from coterie.core.engine.ports.commands import Command
from coterie.core.kernel.world import NEVER, Instant
from coterie.node import shown
from coterie.node.calls import CALLS, restrict

AT = Instant(1)
NOT_ONE_COMMAND = {"invitation.create", "person.verify", "conversation.read", "status", "events.subscribe", "stop"}
MADE: list[tuple[str, Params, Command]] = [
    ("circle.create", schema.CircleCreate(name="g", pseudonym="a"), commands.CreateCircle("g", "a")),
    ("circle.list", schema.NoParams(), commands.ListCircles()),
    ("circle.show", schema.CircleNamed(circle="g"), commands.ShowCircle("g")),
    ("circle.remove", schema.PersonNamed(person="b"), commands.RemovePerson("b")),
    ("circle.role", schema.CircleRole(person="b", role="admin"), commands.SetRole("b", "admin")),
    ("circle.leave", schema.CircleNamed(circle="g"), commands.LeaveCircle("g")),
    ("invitation.list", schema.CircleFilter(), commands.ListInvitations()),
    ("invitation.withdraw", schema.InvitationNamed(id="i"), commands.WithdrawInvitation("i")),
    ("invitation.approve", schema.InvitationNamed(id="i"), commands.ApproveInvitation("i")),
    ("invitation.deny", schema.InvitationNamed(id="i"), commands.DenyInvitation("i")),
    ("join", schema.Join(link="l", pseudonym="b"), commands.StartJoin("l", "b")),
    ("person.list", schema.CircleFilter(), commands.ListPersons(None)),
    ("person.list", schema.CircleFilter(circle="g"), commands.ListPersons("g")),
    ("group.create", schema.GroupCreate(title="t", people=["b"]), commands.CreateGroup("t", ("b",))),
    ("group.add", schema.GroupPeople(group="t", people=["b"]), commands.AddToGroup("t", ("b",))),
    ("group.remove", schema.GroupPeople(group="t", people=["b"]), commands.RemoveFromGroup("t", ("b",))),
    ("group.leave", schema.GroupNamed(group="t"), commands.LeaveGroup("t")),
    ("group.list", schema.CircleFilter(), commands.ListGroups()),
    ("message.send", schema.Send(to="b", text="x"), commands.SendMessage("b", "x", None)),
    ("message.send", schema.Send(to="b", text="x", client_id="k"), commands.SendMessage("b", "x", "k")),
    (
        "conversation.log",
        schema.Log(conversation="b", since="m", limit=9_999),
        commands.ReadLog("b", "m", 9_999, mark_read=True, page=1_000),
    ),
    (
        "conversation.log",
        schema.Log(conversation="b", limit=9_999, newest=True),
        commands.ReadLog("b", "", 9_999, True, mark_read=True, page=1_000),
    ),
]


@pytest.mark.parametrize(("method", "params", "command"), MADE, ids=lambda value: str(value)[:30])
def test_a_method_becomes_its_command(method: str, params: Params, command: Command) -> None:
    assert CALLS[method].command(params) == command


def test_every_other_method_is_known_to_be_more() -> None:
    assert set(methods.METHODS) - set(CALLS) == NOT_ONE_COMMAND
    assert {method for method, _, _ in MADE} == set(CALLS)


def test_decisions_name_what_they_were_about() -> None:
    person = views.PersonView("p", "Ben", "garden", "member", "removed", False, False, (), "Anna")
    assert CALLS["circle.remove"].show(person) == schema.Done(id="p", subject="Ben")
    group = views.GroupView("g", "crew", "garden", False, (), "left", AT)
    assert CALLS["group.leave"].show(group) == schema.Done(id="g", subject="crew")
    invitation = views.InvitationView("i", "garden", "denied", False, AT, 0, AT)
    assert CALLS["invitation.deny"].show(invitation) == schema.Done(id="i", subject="i")


def group(title: str, circle: str, state: str = "active") -> views.GroupView:
    return views.GroupView(title, title, circle, False, (), state, AT)


def test_groups_that_we_are_out_of_are_not_listed() -> None:
    listed = CALLS["group.list"].show((group("crew", "garden"), group("old", "garden", "left")))
    assert isinstance(listed, schema.GroupList)
    assert [found.title for found in listed.groups] == ["crew"]


def test_lists_of_one_circle() -> None:
    listed = CALLS["group.list"].show((group("crew", "garden"), group("board", "office")))
    assert restrict("", listed) == listed
    only = restrict("office", listed)
    assert isinstance(only, schema.GroupList)
    assert [found.title for found in only.groups] == ["board"]
    invitations = tuple(views.InvitationView(name, name, "open", False, AT, 0, AT) for name in ("garden", "office"))
    some = restrict("garden", CALLS["invitation.list"].show(invitations))
    assert isinstance(some, schema.InvitationList)
    assert [found.circle for found in some.invitations] == ["garden"]


def test_a_page_says_whether_more_follows() -> None:
    entry = views.MessageView("m", "message", "Ben", "Ben", "hi", "received", AT, AT)
    page = CALLS["conversation.log"].show(views.LogView("Ben", (entry,), True))
    assert isinstance(page, schema.LogPage)
    assert (page.more, page.conversation, page.entries[0].text) == (True, "Ben", "hi")


def test_circles_and_people_are_shown_each_in_its_list() -> None:
    circle = views.CircleView("c", "garden", "Anna", "p", "d", "owner", "active", "TBD2", 1, AT)
    person = views.PersonView("p", "Anna", "garden", "owner", "active", False, True, (), "")
    circles = schema.CircleList(circles=[shown.circle(circle)])
    people = schema.PersonList(people=[shown.person(person)])
    assert CALLS["circle.list"].show((circle,)) == circles
    assert CALLS["person.list"].show((person,)) == people
    details = schema.CircleDetails(circle=circles.circles[0], people=people.people)
    assert CALLS["circle.show"].show(views.CircleDetails(circle, (person,))) == details
    assert restrict("office", circles) == circles


def test_a_message_that_was_queued_has_its_id_and_how_far_it_is() -> None:
    entry = views.MessageView("m", "message", "Ben", "Anna", "hi", "queued", AT, NEVER)
    assert CALLS["message.send"].show(entry) == schema.Sent(id="m", state="queued")
