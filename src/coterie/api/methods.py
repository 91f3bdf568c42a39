"""The methods of the local API, one for each command: name, parameters, result."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from coterie.api import schema, status_schema

P = TypeVar("P", bound=schema.Params)
R = TypeVar("R", bound=schema.Record)


@dataclass(frozen=True, slots=True)
class Method(Generic[P, R]):
    """A name on the wire and the types at both ends."""

    name: str
    params: type[P]
    result: type[R]


CIRCLE_CREATE = Method("circle.create", schema.CircleCreate, schema.Circle)
CIRCLE_LIST = Method("circle.list", schema.NoParams, schema.CircleList)
CIRCLE_SHOW = Method("circle.show", schema.CircleNamed, schema.CircleDetails)
CIRCLE_REMOVE = Method("circle.remove", schema.PersonNamed, schema.Done)
CIRCLE_ROLE = Method("circle.role", schema.CircleRole, schema.Done)
CIRCLE_LEAVE = Method("circle.leave", schema.CircleNamed, schema.Done)
INVITATION_CREATE = Method("invitation.create", schema.InvitationCreate, schema.Invite)
INVITATION_LIST = Method("invitation.list", schema.CircleFilter, schema.InvitationList)
INVITATION_WITHDRAW = Method("invitation.withdraw", schema.InvitationNamed, schema.Done)
INVITATION_APPROVE = Method("invitation.approve", schema.InvitationNamed, schema.Done)
INVITATION_DENY = Method("invitation.deny", schema.InvitationNamed, schema.Done)
JOIN = Method("join", schema.Join, schema.Joined)
PERSON_LIST = Method("person.list", schema.CircleFilter, schema.PersonList)
PERSON_VERIFY = Method("person.verify", schema.PersonVerify, schema.Words)
GROUP_CREATE = Method("group.create", schema.GroupCreate, schema.Group)
GROUP_ADD = Method("group.add", schema.GroupPeople, schema.Group)
GROUP_REMOVE = Method("group.remove", schema.GroupPeople, schema.Group)
GROUP_LEAVE = Method("group.leave", schema.GroupNamed, schema.Done)
GROUP_LIST = Method("group.list", schema.CircleFilter, schema.GroupList)
MESSAGE_SEND = Method("message.send", schema.Send, schema.Sent)
CONVERSATION_LOG = Method("conversation.log", schema.Log, schema.LogPage)
CONVERSATION_READ = Method("conversation.read", schema.EntryNamed, schema.MarkedRead)
STATUS = Method("status", schema.NoParams, status_schema.Status)
EVENTS_SUBSCRIBE = Method("events.subscribe", schema.Subscribe, schema.Subscribed)
STOP = Method("stop", schema.NoParams, status_schema.Stopping)

_ALL: tuple[Method[Any, Any], ...] = (
    CIRCLE_CREATE,
    CIRCLE_LIST,
    CIRCLE_SHOW,
    CIRCLE_REMOVE,
    CIRCLE_ROLE,
    CIRCLE_LEAVE,
    INVITATION_CREATE,
    INVITATION_LIST,
    INVITATION_WITHDRAW,
    INVITATION_APPROVE,
    INVITATION_DENY,
    JOIN,
    PERSON_LIST,
    PERSON_VERIFY,
    GROUP_CREATE,
    GROUP_ADD,
    GROUP_REMOVE,
    GROUP_LEAVE,
    GROUP_LIST,
    MESSAGE_SEND,
    CONVERSATION_LOG,
    CONVERSATION_READ,
    STATUS,
    EVENTS_SUBSCRIBE,
    STOP,
)
METHODS: Mapping[str, Method[Any, Any]] = MappingProxyType({method.name: method for method in _ALL})
