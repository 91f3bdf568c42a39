"""What travels on the local API: parameters, results and events.

Every result, record and event carries a `schema` field such as `status/1`. It changes only when a field
changes its meaning or goes; new fields are added without a new number, so readers ignore what they do not
know. Parameters are strict: an unknown one is refused. Times are ISO 8601 with zone, ages and timeouts
milliseconds, ids lower-case base32. Names and texts are exact here; who shows them neutralises them. How a node tells of itself
is in `status_schema`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field, structs

from coterie.api import limits

replace = structs.replace
"""A changed copy of any record."""

Name = Annotated[str, Meta(max_length=limits.MAX_NAME_CHARS)]
NewName = str
"""Whatever a line carries: one answer, `bad-name`, for all that cannot be a name."""
Id = Annotated[str, Meta(max_length=128)]
Link = Annotated[str, Meta(max_length=limits.MAX_LINK_CHARS)]
Names = Annotated[list[Name], Meta(min_length=1, max_length=limits.MAX_PEOPLE)]
Text = Annotated[str, Meta(min_length=1, max_length=limits.MAX_TEXT_CHARS)]
WaitMs = Annotated[int, Meta(ge=0, le=limits.MAX_WAIT_MS)]
Role = Literal["owner", "admin", "member", "guest"]
WaitFor = Literal["", "dispatched", "delivered", "read"]
PROGRESS = ("queued", "dispatched", "delivered", "read")
"""How far a message of ours has come, in rising order; every other state ends it."""


class Params(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parameters."""


class Record(Struct, frozen=True, kw_only=True):
    """Base of all results, records and events."""


class NoParams(Params, frozen=True, kw_only=True):
    """For methods that need none."""


# --- circles


class CircleCreate(Params, frozen=True, kw_only=True):
    name: NewName
    pseudonym: NewName


class CircleNamed(Params, frozen=True, kw_only=True):
    """`circle` is a name or an id."""

    circle: Name


class CircleFilter(Params, frozen=True, kw_only=True):
    """An empty `circle` means all of them."""

    circle: Name = ""


class PersonNamed(Params, frozen=True, kw_only=True):
    """`person` is `NAME`, `CIRCLE/NAME` or an id."""

    person: Name


class CircleRole(Params, frozen=True, kw_only=True):
    person: Name
    role: Role


class Circle(Record, frozen=True, kw_only=True):
    """A circle that this node is or was in. `name` is what it is called, `pseudonym` who we are there, `state`
    active, left, removed or restored (our vault is an old copy of itself)."""

    schema: Literal["circle/1"] = "circle/1"
    id: str
    name: str
    pseudonym: str
    role: str
    suite: str
    people: int
    created_at: str
    state: str = "active"


class CircleList(Record, frozen=True, kw_only=True):
    schema: Literal["circle-list/1"] = "circle-list/1"
    circles: list[Circle]


class Device(Record, frozen=True, kw_only=True):
    device_id: str
    active: bool
    created_at: str


class Person(Record, frozen=True, kw_only=True):
    """A person of a circle. `you` marks the owner of this node; `admitted_by` is empty for the founder."""

    schema: Literal["person/1"] = "person/1"
    name: str
    circle: str
    role: str
    verified: bool
    person_id: str
    you: bool
    admitted_by: str
    devices: list[Device]


class PersonList(Record, frozen=True, kw_only=True):
    schema: Literal["person-list/1"] = "person-list/1"
    people: list[Person]


class CircleDetails(Record, frozen=True, kw_only=True):
    schema: Literal["circle-details/1"] = "circle-details/1"
    circle: Circle
    people: list[Person]


class Done(Record, frozen=True, kw_only=True):
    """A decision was issued and stored. `id` and `subject`: id and name of the person, circle, invitation or group
    that it is about (an invitation has no name: its id stands twice)."""

    schema: Literal["done/1"] = "done/1"
    id: str
    subject: str


# --- invitations and joining


class InvitationCreate(Params, frozen=True, kw_only=True):
    circle: Name
    expires_ms: Annotated[int, Meta(ge=1_000, le=limits.MAX_EXPIRY_MS)] = 24 * 3600 * 1000
    approve: bool = False


class InvitationNamed(Params, frozen=True, kw_only=True):
    id: Id


class Invite(Record, frozen=True, kw_only=True):
    """A new invitation. The link is the secret itself: it is shown once and never listed."""

    schema: Literal["invite/1"] = "invite/1"
    id: str
    link: str
    expires_at: str


class Invitation(Record, frozen=True, kw_only=True):
    """`state`: open, claimed, waiting-for-approval, used, expired, withdrawn or denied. `claimed_by` is whoever
    proved the secret first, under the pseudonym that they chose. `attempts` is how often somebody proved it, they
    themselves included."""

    schema: Literal["invitation/1"] = "invitation/1"
    id: str
    circle: str
    state: str
    approve: bool
    created_at: str
    expires_at: str
    claimed_by: str
    attempts: int


class InvitationList(Record, frozen=True, kw_only=True):
    schema: Literal["invitation-list/1"] = "invitation-list/1"
    invitations: list[Invitation]


class Join(Params, frozen=True, kw_only=True):
    link: Link
    pseudonym: NewName
    timeout_ms: WaitMs = 20_000


class Joined(Record, frozen=True, kw_only=True):
    """`state` is `joining` until an event of kind `join` with this id says more, then `joined`. `words` are
    the six that the inviter sees too; empty until the handshake has them. `relay`: the URL of the relay which the
    invitation names and this node does not use; empty otherwise."""

    schema: Literal["join/1"] = "join/1"
    id: str
    circle: str
    circle_id: str
    pseudonym: str
    inviter: str
    words: list[str]
    state: str
    relay: str = ""


# --- people


class PersonVerify(Params, frozen=True, kw_only=True):
    """Without `words`: show them. With them: these were compared, mark the person verified."""

    person: Name
    words: Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(max_length=6)] = []


class Words(Record, frozen=True, kw_only=True):
    schema: Literal["words/1"] = "words/1"
    person: str
    circle: str
    person_id: str
    words: list[str]
    verified: bool


# --- groups


class GroupCreate(Params, frozen=True, kw_only=True):
    title: NewName
    people: Names


class GroupPeople(Params, frozen=True, kw_only=True):
    group: Name
    people: Names


class GroupNamed(Params, frozen=True, kw_only=True):
    """`group` is `TITLE`, `CIRCLE/TITLE` or an id."""

    group: Name


class Group(Record, frozen=True, kw_only=True):
    """A conversation with a title. `people` are the pseudonyms in it, ours included."""

    schema: Literal["group/1"] = "group/1"
    id: str
    title: str
    circle: str
    admin: bool
    people: list[str]
    created_at: str


class GroupList(Record, frozen=True, kw_only=True):
    schema: Literal["group-list/1"] = "group-list/1"
    groups: list[Group]


# --- messages


class Send(Params, frozen=True, kw_only=True):
    """`to` is a person or a group. The same `client_id` never sends twice: the first answer comes again."""

    to: Name
    text: Text
    client_id: Annotated[str, Meta(max_length=64)] = ""
    wait: WaitFor = ""
    timeout_ms: WaitMs = 30_000


class Sent(Record, frozen=True, kw_only=True):
    """`state`: queued, dispatched, delivered, read, expired or failed, never better than proven."""

    schema: Literal["send/1"] = "send/1"
    id: str
    state: str


class Log(Params, frozen=True, kw_only=True):
    """One page in history order: the first `limit` entries after entry `since` (from the beginning when
    empty); with `newest` those from the `limit`-th before the end on. A page holds at most `MAX_LOG_PAGE`
    entries and what fits a line: the rest is asked for with the last id as `since`. What is returned counts as read."""

    conversation: Name
    since: Id = ""
    limit: Annotated[int, Meta(ge=1, le=10**9)] = limits.LOG_PAGE
    newest: bool = False


class LogEntry(Record, frozen=True, kw_only=True):
    """One line of a conversation. `kind` is `message` or the name of an event (then `text` is empty).
    `conversation` is a form that `send` and `log` accept; `state` of what others wrote is `received`.
    A time that does not exist (receipt of our own message) is null."""

    schema: Literal["log/1"] = "log/1"
    id: str
    kind: str
    conversation: str
    sender: str = field(name="from")
    text: str
    state: str
    sent_at: str | None
    received_at: str | None


class LogPage(Record, frozen=True, kw_only=True):
    """`more` says that entries follow the last one here."""

    schema: Literal["log-page/1"] = "log-page/1"
    conversation: str
    entries: list[LogEntry]
    more: bool


class EntryNamed(Params, frozen=True, kw_only=True):
    """`id` is that of an entry of a log."""

    id: Id


class MarkedRead(Record, frozen=True, kw_only=True):
    """A person has this entry before their eyes; its author is told, unless they knew already."""

    schema: Literal["read/1"] = "read/1"
    id: str


# --- events


class Subscribe(Params, frozen=True, kw_only=True):
    """Events with an id above `since` follow as notifications; without it, those from now on."""

    since: Annotated[int, Meta(ge=0, le=limits.MAX_EVENT_ID)] | None = None


class Subscribed(Record, frozen=True, kw_only=True):
    schema: Literal["subscription/1"] = "subscription/1"
    since: int


class Event(Record, frozen=True, kw_only=True):
    """Something that has happened, written in the transaction that caused it; ids rise, kept 30 days.

    `kind`: `message` (received or ours, in `message`), `message-state` (`subject` is ours, has reached `state`),
    `join` (`subject` is the attempt; `state` joined, waiting-for-approval or refused, then with `code`),
    `invitation`, `circle`, `person`, `group`, `link` (presence, in `state`). Whatever the kind, `message` is the
    entry that the event has added to a conversation.
    """

    schema: Literal["event/1"] = "event/1"
    id: int
    kind: str
    at: str
    circle: str = ""
    conversation: str = ""
    person: str = ""
    subject: str = ""
    state: str = ""
    code: str = ""
    message: LogEntry | None = None
    joined: Joined | None = None
