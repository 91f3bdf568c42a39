"""A node without an engine: enough behaviour behind `node.backend.Backend` to try the API and the commands.

Circles, people and messages live in memory. Who is written to decides what happens: `bob` acknowledges and reads,
`carol` is away for good, `dave` is unreachable until the message fails. Links: see `JOINS`.
"""

import asyncio
from collections.abc import Callable, Sequence

from coterie.api import schema, status_schema
from coterie.api.schema import Event, LogEntry, Params, Record, replace
from coterie.core.kernel.errors import UserError
from coterie.node.event_signal import EventSignal

AT = "2026-01-02T03:04:05.000Z"
LINK = "coterie:join/"
JOINS = {
    "OK": ("joined", ""),
    "USED": ("refused", "invite-used"),
    "EXPIRED": ("refused", "invite-expired"),
    "WITHDRAWN": ("refused", "invite-withdrawn"),
    "APPROVAL": ("waiting-for-approval", ""),
    "SILENT": ("", ""),
}
STATES = {"bob": ("dispatched", "delivered", "read"), "carol": ("dispatched",), "dave": ("failed",)}
PEOPLE = ("bob", "carol", "dave")
WORDS = ["apple", "bread", "chair", "dance", "eagle", "flame"]


def fake_id(number: int) -> str:
    """Looks like an id."""
    return "abcdefgh"[number % 8] * 51 + "a"


class FakeBackend:
    """Implements `node.backend.Backend`."""

    def __init__(self) -> None:
        self.circles: dict[str, schema.Circle] = {}
        self.groups: dict[str, schema.Group] = {}
        self.invitations: dict[str, schema.Invitation] = {}
        self.entries: dict[str, list[LogEntry]] = {}
        self.removed: set[str] = set()
        self.verified: set[str] = set()
        self.calls: list[tuple[str, Params]] = []
        self._sent: dict[str, schema.Sent] = {}
        self._events: list[Event] = []
        self._signal = EventSignal()
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = 0

    async def close(self) -> None:
        """Drops what is still to happen."""
        for task in self._tasks:
            task.cancel()

    # --- Backend

    async def call(self, method: str, params: Params) -> Record:
        self.calls.append((method, params))
        handlers: dict[type[Params], Callable[..., Record]] = {
            schema.CircleCreate: self._circle_create,
            schema.CircleRole: lambda given: self._done(self._person(given.person)),
            schema.PersonNamed: self._circle_remove,
            schema.InvitationCreate: self._invite,
            schema.InvitationNamed: lambda given: self._invitation(method, given),
            schema.Join: self._join,
            schema.PersonVerify: self._verify,
            schema.GroupCreate: self._group_create,
            schema.GroupPeople: lambda given: self._group_people(method, given),
            schema.GroupNamed: lambda given: self._done(self._group(given.group).title),
            schema.Send: self._send,
            schema.Log: self._log,
            schema.EntryNamed: lambda given: schema.MarkedRead(id=given.id),
        }
        if type(params) in handlers:
            return handlers[type(params)](params)
        if isinstance(params, schema.CircleNamed):
            return self._circle_named(method, params)
        return self._listing(method)

    async def events(self, since: int, limit: int) -> Sequence[Event]:
        return self._events[since : since + limit]

    async def wait_for_event(self, since: int) -> None:
        await self._signal.wait(since)

    def last_event(self) -> int:
        return self._signal.last

    # --- what tests make happen

    def announce(self, kind: str, **fields: object) -> None:
        """One more event."""
        event = Event(id=len(self._events) + 1, kind=kind, at=AT)
        self._events.append(replace(event, **fields))
        self._signal.announce(event.id)

    def receive(self, sender: str, text: str) -> LogEntry:
        """A message from somebody."""
        entry = self._entry(sender, sender, text, "received", AT)
        self.announce("message", conversation=sender, person=sender, subject=entry.id, message=entry)
        return entry

    # --- circles and people

    def _circle_create(self, params: schema.CircleCreate) -> schema.Circle:
        for name in (params.name, params.pseudonym):
            _check_name(name)
        circle = schema.Circle(
            id=fake_id(0),
            name=params.name,
            pseudonym=params.pseudonym,
            role="owner",
            suite="TBD2",
            people=1 + len(PEOPLE),
            created_at=AT,
        )
        self.circles[params.name] = circle
        return circle

    def _circle_named(self, method: str, params: schema.CircleNamed) -> Record:
        if params.circle not in self.circles:
            raise UserError("unknown-circle", "no circle has this name", "see: coterie circle list")
        circle = self.circles[params.circle]
        if method == "circle.leave":
            del self.circles[params.circle]
            return self._done(circle.name)
        return schema.CircleDetails(circle=circle, people=self._people())

    def _people(self) -> list[schema.Person]:
        you = [circle.pseudonym for circle in self.circles.values()][:1]
        device = schema.Device(device_id=fake_id(1), active=True, created_at=AT)
        return [
            schema.Person(
                name=name,
                circle=next(iter(self.circles), ""),
                role="owner" if name in you else "member",
                verified=name in self.verified,
                person_id=fake_id(2),
                you=name in you,
                admitted_by="" if name in you else "".join(you),
                devices=[device],
            )
            for name in (*you, *PEOPLE)
            if name not in self.removed
        ]

    def _person(self, named: str) -> str:
        name = named.rpartition("/")[2]
        if named == "twin":
            raise UserError("ambiguous-name", "two people have this name", "say red/twin or blue/twin")
        if name not in PEOPLE or name in self.removed:
            raise UserError("unknown-contact", "nobody has this name", "see: coterie person list")
        return name

    def _circle_remove(self, params: schema.PersonNamed) -> Record:
        name = self._person(params.person)
        self.removed.add(name)
        return self._done(name)

    def _verify(self, params: schema.PersonVerify) -> schema.Words:
        name = self._person(params.person)
        if params.words == WORDS:
            self.verified.add(name)
        return schema.Words(
            person=name,
            circle=next(iter(self.circles), ""),
            person_id=fake_id(2),
            words=WORDS,
            verified=name in self.verified,
        )

    def _done(self, subject: str) -> schema.Done:
        return schema.Done(id=fake_id(3), subject=subject)

    # --- invitations

    def _invite(self, params: schema.InvitationCreate) -> schema.Invite:
        if params.circle not in self.circles:
            raise UserError("unknown-circle", "no circle has this name", "see: coterie circle list")
        self._numbers += 1
        id = fake_id(self._numbers)
        self.invitations[id] = schema.Invitation(
            id=id,
            circle=params.circle,
            state="open",
            approve=params.approve,
            created_at=AT,
            expires_at=AT,
            claimed_by="",
            attempts=0,
        )
        return schema.Invite(id=id, link=LINK + "OK" * 100, expires_at=AT)

    def _invitation(self, method: str, params: schema.InvitationNamed) -> schema.Done:
        if params.id not in self.invitations:
            raise UserError("unknown-invitation", "no invitation has this id", "see: coterie invitation list")
        state = {"invitation.withdraw": "withdrawn", "invitation.approve": "used", "invitation.deny": "denied"}
        self.invitations[params.id] = replace(self.invitations[params.id], state=state[method])
        return self._done(params.id)

    def _join(self, params: schema.Join) -> schema.Joined:
        _check_name(params.pseudonym)
        outcome = JOINS.get(params.link.removeprefix(LINK))
        if outcome is None or not params.link.startswith(LINK):
            raise UserError("malformed", "this is not an invitation link", "copy the whole link")
        state, code = outcome
        joined = schema.Joined(
            id=fake_id(4),
            circle="friends",
            circle_id=fake_id(0),
            pseudonym=params.pseudonym,
            inviter="alice",
            words=WORDS,
            state="joining",
        )
        if state:
            done = replace(joined, state=state) if state == "joined" else None
            self._later(lambda: self.announce("join", subject=joined.id, state=state, code=code, joined=done))
        return joined

    # --- groups, messages, status

    def _group(self, title: str) -> schema.Group:
        if title not in self.groups:
            raise UserError("unknown-group", "no group has this title", "see: coterie group list")
        return self.groups[title]

    def _group_create(self, params: schema.GroupCreate) -> schema.Group:
        _check_name(params.title)
        people = [self._person(person) for person in params.people]
        group = schema.Group(
            id=fake_id(5), title=params.title, circle="friends", admin=True, people=people, created_at=AT
        )
        self.groups[params.title] = group
        return group

    def _group_people(self, method: str, params: schema.GroupPeople) -> schema.Group:
        group = self._group(params.group)
        people = [self._person(person) for person in params.people]
        left = [person for person in group.people if person not in people]
        self.groups[group.title] = replace(group, people=[*left, *people] if method == "group.add" else left)
        return self.groups[group.title]

    def _send(self, params: schema.Send) -> schema.Sent:
        if params.client_id and params.client_id in self._sent:
            return self._sent[params.client_id]
        to = params.to if params.to in self.groups else self._person(params.to)
        entry = self._entry(to, "alice", params.text, "queued", None)
        sent = schema.Sent(id=entry.id, state="queued")
        self.announce("message", conversation=to, subject=entry.id, message=entry)
        if params.client_id:
            self._sent[params.client_id] = sent
        for state in STATES.get(to, ()):
            self._later(lambda state=state: self._progress(to, entry.id, state))  # type: ignore[misc]
        return sent

    def _progress(self, conversation: str, id: str, state: str) -> None:
        self.entries[conversation] = [
            replace(entry, state=state) if entry.id == id else entry for entry in self.entries[conversation]
        ]
        self.announce("message-state", conversation=conversation, subject=id, state=state)

    def _entry(self, conversation: str, sender: str, text: str, state: str, received: str | None) -> LogEntry:
        self._numbers += 1
        entry = LogEntry(
            id=f"m{self._numbers}",
            kind="message",
            conversation=conversation,
            sender=sender,
            text=text,
            state=state,
            sent_at=AT,
            received_at=received,
        )
        self.entries.setdefault(conversation, []).append(entry)
        return entry

    def _log(self, params: schema.Log) -> schema.LogPage:
        conversation = params.conversation
        if conversation not in self.entries and conversation not in self.groups:
            self._person(conversation)
        entries = self.entries.get(conversation, [])
        ids = [entry.id for entry in entries]
        if params.since and params.since not in ids:
            raise UserError("unknown-message", "no message of this conversation has this id")
        left = entries[ids.index(params.since) + 1 :] if params.since else entries
        if params.newest:
            left = left[-params.limit :]
        limit = min(params.limit, 1000)
        return schema.LogPage(conversation=conversation, entries=left[:limit], more=len(left) > limit)

    def _listing(self, method: str) -> Record:
        match method:
            case "circle.list":
                return schema.CircleList(circles=list(self.circles.values()))
            case "invitation.list":
                return schema.InvitationList(invitations=list(self.invitations.values()))
            case "person.list":
                return schema.PersonList(people=self._people())
            case "group.list":
                return schema.GroupList(groups=list(self.groups.values()))
            case "status":
                return status_schema.Status(
                    node="ready", ready=True, started_at=AT, last_event=self.last_event(), queued=0, circles=[]
                )
        raise RuntimeError("a secret that no caller may see")

    def _later(self, work: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(0.01)
            work()

        task = asyncio.get_running_loop().create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _check_name(name: str) -> None:
    if not name or len(name) > 64 or not name.isprintable():
        raise UserError("bad-name", "a name has 1 to 64 visible characters", "choose another")
