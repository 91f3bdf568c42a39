"""Which command of the engine answers which method of the local API, and how its answer is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from coterie.api import limits, methods, schema
from coterie.core.engine.ports import commands, views
from coterie.core.engine.ports.commands import Command
from coterie.node import shown


@dataclass(frozen=True, slots=True)
class Call:
    """`command` makes the engine's command of the parameters, `show` the result of what it answers."""

    command: Callable[[Any], Command]
    show: Callable[[Any], schema.Record]


def _done(view: Any) -> schema.Done:
    """For decisions about people, circles, invitations and groups: `id` names what it was about."""
    return schema.Done(id=view.id, subject=getattr(view, "name", "") or getattr(view, "title", "") or view.id)


def _send(params: schema.Send) -> Command:
    return commands.SendMessage(params.to, params.text, params.client_id or None)


def _log(params: schema.Log) -> Command:
    return commands.ReadLog(
        params.conversation, params.since, params.limit, params.newest, mark_read=True, page=limits.MAX_LOG_PAGE
    )


def _page(view: views.LogView) -> schema.LogPage:
    entries = [shown.entry(entry) for entry in view.entries]
    return schema.LogPage(conversation=view.conversation, entries=entries, more=view.more)


CALLS: Mapping[str, Call] = MappingProxyType(
    {
        methods.CIRCLE_CREATE.name: Call(lambda p: commands.CreateCircle(p.name, p.pseudonym), shown.circle),
        methods.CIRCLE_LIST.name: Call(
            lambda _: commands.ListCircles(),
            lambda found: schema.CircleList(circles=[shown.circle(circle) for circle in found]),
        ),
        methods.CIRCLE_SHOW.name: Call(
            lambda p: commands.ShowCircle(p.circle),
            lambda found: schema.CircleDetails(
                circle=shown.circle(found.circle), people=[shown.person(person) for person in found.people]
            ),
        ),
        methods.CIRCLE_REMOVE.name: Call(lambda p: commands.RemovePerson(p.person), _done),
        methods.CIRCLE_ROLE.name: Call(lambda p: commands.SetRole(p.person, p.role), _done),
        methods.CIRCLE_LEAVE.name: Call(lambda p: commands.LeaveCircle(p.circle), _done),
        methods.INVITATION_LIST.name: Call(
            lambda _: commands.ListInvitations(),
            lambda found: schema.InvitationList(invitations=[shown.invitation(each) for each in found]),
        ),
        methods.INVITATION_WITHDRAW.name: Call(lambda p: commands.WithdrawInvitation(p.id), _done),
        methods.INVITATION_APPROVE.name: Call(lambda p: commands.ApproveInvitation(p.id), _done),
        methods.INVITATION_DENY.name: Call(lambda p: commands.DenyInvitation(p.id), _done),
        methods.JOIN.name: Call(lambda p: commands.StartJoin(p.link, p.pseudonym), shown.joined),
        methods.PERSON_LIST.name: Call(
            lambda p: commands.ListPersons(p.circle or None),
            lambda found: schema.PersonList(people=[shown.person(person) for person in found]),
        ),
        methods.GROUP_CREATE.name: Call(lambda p: commands.CreateGroup(p.title, tuple(p.people)), shown.group),
        methods.GROUP_ADD.name: Call(lambda p: commands.AddToGroup(p.group, tuple(p.people)), shown.group),
        methods.GROUP_REMOVE.name: Call(lambda p: commands.RemoveFromGroup(p.group, tuple(p.people)), shown.group),
        methods.GROUP_LEAVE.name: Call(lambda p: commands.LeaveGroup(p.group), _done),
        methods.GROUP_LIST.name: Call(
            lambda _: commands.ListGroups(),
            lambda found: schema.GroupList(groups=[shown.group(group) for group in found if group.state == "active"]),
        ),
        methods.MESSAGE_SEND.name: Call(_send, lambda view: schema.Sent(id=view.id, state=view.state)),
        methods.CONVERSATION_LOG.name: Call(_log, _page),
    }
)
"""Every method that is one command. Those that are more stand in `engine_backend.py`."""


def restrict(circle: str, result: schema.Record) -> schema.Record:
    """What of a list is about this circle, as records name it; all of it when it is empty."""
    if not circle:
        return result
    if isinstance(result, schema.InvitationList):
        kept = [invitation for invitation in result.invitations if circle == invitation.circle]
        return schema.InvitationList(invitations=kept)
    if isinstance(result, schema.GroupList):
        return schema.GroupList(groups=[group for group in result.groups if circle == group.circle])
    return result
