"""What a person or program asks of the engine: one record a command.

Circles, people, conversations and invitations are named as people type them (`NAME`, `CIRCLE/NAME`, an id in
base32); the engine resolves them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CreateCircle:
    name: str
    pseudonym: str
    suite_id: int | None = None


@dataclass(frozen=True, slots=True)
class ListCircles:
    pass


@dataclass(frozen=True, slots=True)
class ShowCircle:
    circle: str


@dataclass(frozen=True, slots=True)
class RemovePerson:
    person: str


@dataclass(frozen=True, slots=True)
class SetRole:
    """`role` is owner, admin, member or guest."""

    person: str
    role: str


@dataclass(frozen=True, slots=True)
class LeaveCircle:
    circle: str


@dataclass(frozen=True, slots=True)
class CreateInvitation:
    """`expires_seconds` from now, at most 30 days; `approve`: the joiner waits for ApproveInvitation."""

    circle: str
    expires_seconds: int = 24 * 3600
    approve: bool = False


@dataclass(frozen=True, slots=True)
class ShowInvitation:
    """One invitation with its link, while it is open. The link is there once the door is bound (`invitation-ready`)."""

    invitation: str


@dataclass(frozen=True, slots=True)
class ListInvitations:
    pass


@dataclass(frozen=True, slots=True)
class WithdrawInvitation:
    invitation: str


@dataclass(frozen=True, slots=True)
class ApproveInvitation:
    invitation: str


@dataclass(frozen=True, slots=True)
class DenyInvitation:
    invitation: str


@dataclass(frozen=True, slots=True)
class StartJoin:
    """Begins or resumes joining; the result is a JoinView whose state moves on, told by `join` events."""

    link: str
    pseudonym: str


@dataclass(frozen=True, slots=True)
class StopJoin:
    """Stops dialling for this join until StartJoin is called again. Keeps all that is needed to resume."""

    link: str


@dataclass(frozen=True, slots=True)
class ListPersons:
    circle: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyPerson:
    """Shows the six words; with `compared` true marks the person verified."""

    person: str
    compared: bool = False


@dataclass(frozen=True, slots=True)
class CreateGroup:
    title: str
    persons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddToGroup:
    group: str
    persons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveFromGroup:
    group: str
    persons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    group: str


@dataclass(frozen=True, slots=True)
class ListGroups:
    pass


@dataclass(frozen=True, slots=True)
class SendMessage:
    """The same `client_id` never sends twice; the first result is repeated."""

    to: str
    text: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReadLog:
    """A page of history: the first `limit` entries after `since`, with `newest` from the `limit`-th before the end on.

    No more than `page` come at once; a person has what is returned before their eyes when `mark_read` says so.
    """

    conversation: str
    since: str = ""
    limit: int = 1000
    newest: bool = False
    mark_read: bool = False
    page: int = 1000


@dataclass(frozen=True, slots=True)
class MarkRead:
    """A person has this entry (of another) before their eyes."""

    id: str


@dataclass(frozen=True, slots=True)
class GetMessage:
    """The present state of one message of ours, by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class ShowStatus:
    pass


Command = (
    CreateCircle
    | ListCircles
    | ShowCircle
    | RemovePerson
    | SetRole
    | LeaveCircle
    | CreateInvitation
    | ShowInvitation
    | ListInvitations
    | WithdrawInvitation
    | ApproveInvitation
    | DenyInvitation
    | StartJoin
    | StopJoin
    | ListPersons
    | VerifyPerson
    | CreateGroup
    | AddToGroup
    | RemoveFromGroup
    | LeaveGroup
    | ListGroups
    | SendMessage
    | ReadLog
    | MarkRead
    | GetMessage
    | ShowStatus
)
