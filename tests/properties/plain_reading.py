"""A second reading of a circle, written from the text alone: slow, without order kept, caches or segments.

At every step it looks at every chain anew. What it and `core/trust` do not agree on is a mistake in one of them; the
text (docs/protocol/objects.md, "The state") decides which.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from coterie.core.kernel.ids import ZERO_ID, ObjectId
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.certificates import Certificate
from coterie.core.trust.cut import Cut, CutEntry
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision
from coterie.core.trust.roles import Role

ENDLESS = 1 << 64
VOUCHED = 1 << 31
COUNTS, WAITS, VOID = "", "waiting", "void"

Rank = tuple[int, int, tuple[tuple[int, int, bytes], ...]]
NOBODY: Rank = (0, 0, ())
HEIR: Rank = (-Role.OWNER, 1, ((ENDLESS, 0, b""),))


@dataclass(eq=False)
class Given:
    """A role that counts."""

    version: int
    rank: Rank
    before: Rank | None
    cut: dict[bytes, int]


@dataclass(eq=False)
class Ended:
    """A removal or a revocation that counts."""

    device: bytes | None
    cut: dict[bytes, int]
    finals: frozenset[bytes]


@dataclass(eq=False)
class Someone:
    """A person."""

    id: bytes
    first: Certificate
    depth: int
    admitted: Rank | None = None
    admitted_by: Rank | None = None
    roles: dict[int, Given] = field(default_factory=dict)
    crown: Rank | None = None
    crowned_after: int = 0
    removed: bool = False
    past: list[tuple["Read", Given | Ended]] = field(default_factory=list)


@dataclass(eq=False)
class Line:
    """The chain of a device, or of a recovery key (depth −1)."""

    id: bytes
    person: Someone
    depth: int
    above: "Line | None"
    read: int = 0
    tip: bytes = ZERO_ID
    end: int = ENDLESS
    finals: frozenset[bytes] | None = None
    final: bool = False
    succeeded: bool = False
    cuts: dict[int, int] = field(default_factory=dict)
    crown_cut: int = 0
    named: list[CutEntry] = field(default_factory=list)
    beside: dict[bytes, bool] = field(default_factory=dict)


@dataclass(eq=False)
class Read:
    """A decision with the rank with which it was read."""

    decision: Decision
    line: Line
    rank: Rank
    beside: bool


@dataclass(eq=False)
class Open:
    """A grant that counts."""

    grant: body.Grant
    line: Line
    spent_by: bytes | None = None
    last: int = ENDLESS


def low(role: Role) -> Rank:
    return -role, 0, ()


class PlainReading:
    """Reads a set of decisions that holds the circle's first object and the predecessor of every other."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.decisions = {decision.id: decision for decision in decisions}
        self.outcomes: dict[bytes, str] = dict.fromkeys(self.decisions, VOID)
        self.people: dict[bytes, Someone] = {}
        self.lines: dict[bytes, Line] = {}
        self.grants: dict[bytes, Open] = {}
        self.policies: dict[int, tuple[body.Policy, dict[bytes, int]]] = {}
        self._by_issuer: dict[bytes, list[Decision]] = {}
        for decision in sorted(self.decisions.values(), key=lambda decision: (decision.serial, decision.id)):
            self._by_issuer.setdefault(decision.issuer, []).append(decision)
        self._waiting: list[tuple[bytes, Read]] = []
        self._namings: list[tuple[Read, CutEntry]] = []
        self._parting: dict[bytes, int] = {}
        self._begin()
        while self._step():
            pass

    def _begin(self) -> None:
        for decision in self.decisions.values():
            if isinstance(decision.body, body.First):
                certificate = decision.body.certificate
                founder = Someone(certificate.person_id, certificate, 0, (-Role.OWNER, 0, ()))
                self._meet(founder)
                line = self.lines[certificate.device_id]
                line.read, line.tip = 1, decision.id
                self.outcomes[decision.id] = COUNTS
                self._wake(founder.id, certificate.device_id)

    # Ranks.

    def rank(self, person: Someone) -> Rank:
        """The one that others meet."""
        newest = max(person.roles, default=0)
        held = person.roles[newest].rank if newest else person.admitted or NOBODY
        return min(held, person.crown) if person.crown and newest <= person.crowned_after else held

    def rank_at(self, line: Line, serial: int) -> Rank:
        """The one with which a decision is read."""
        person = line.person
        if line.depth < 0:
            ever = [rank for given in person.roles.values() for rank in (given.rank, given.before)]
            return min(rank for rank in (*ever, person.admitted, person.crown) if rank is not None)
        version = self._holding(line, serial)
        rank = person.roles[version].rank if version else person.admitted or NOBODY
        above = min((other for other in line.cuts if other > version), default=0)
        if above:
            before = person.roles[above].before
            counts = above - 1 in person.roles if above > 1 else person.admitted is not None
            rank = rank if counts or before is None else min(rank, before)
        if person.crown and version <= person.crowned_after and serial > line.crown_cut:
            rank = min(rank, person.crown)
        return rank

    def _holding(self, line: Line, serial: int) -> int:
        return max((version for version, cut in line.cuts.items() if cut < serial), default=0)

    def devices(self, person: Someone) -> list[Line]:
        """Those that go on, the one nearest the root first."""
        lines = [line for line in self._lines_of(person) if line.depth >= 0]
        live = [line for line in lines if line.end == ENDLESS and not line.succeeded]
        return sorted(live, key=lambda line: (line.depth, line.id))

    def _lines_of(self, person: Someone) -> list[Line]:
        return [line for line in self.lines.values() if line.person is person]

    def _reigns(self, person: Someone) -> bool:
        return self.rank(person)[0] == -Role.OWNER and bool(self.devices(person))

    # Who is next.

    def _step(self) -> bool:
        candidates = []
        for line in self.lines.values():
            following = self._following(line)
            if following is not None:
                candidates.append((self._place(line, following[0]), line, following))
        best = min(candidates, key=lambda candidate: candidate[0], default=None)
        if (best is None or best[0][0][0] != -Role.OWNER) and self._crown():
            return True
        if best is None:
            return False
        _, line, (decision, beside) = best
        taken = not beside and line.beside.get(decision.id, False)
        if not beside and decision.serial == LAST_SERIAL:
            line.final = True
        elif not beside:
            line.read, line.tip = decision.serial, decision.id
        if not taken:
            outcome = self._judge(Read(decision, line, self.rank_at(line, decision.serial), beside))
            if beside:
                line.beside[decision.id] = outcome != VOID
        return True

    def _place(self, line: Line, following: Decision) -> tuple[Rank, int, int, bytes]:
        decisions = self._by_issuer.get(line.id, [])
        serials = {d.serial for d in decisions if following.serial <= d.serial <= line.end and d.serial < LAST_SERIAL}
        serials |= {following.serial}
        if not line.final and any(self._reaches(line, d) for d in decisions if d.serial == LAST_SERIAL):
            serials.add(LAST_SERIAL)
        best = min(self.rank_at(line, serial) for serial in serials)
        return best, line.person.depth, line.depth, line.id

    def _following(self, line: Line) -> tuple[Decision, bool] | None:
        """The next decision, and whether it stands beside a fork that nobody has settled."""
        rivals = self._after(line, line.tip) if line.read < line.end else []
        if not rivals and not line.final:
            rivals = [d for d in self._by_issuer.get(line.id, []) if d.serial == LAST_SERIAL]
        chosen = rivals[0] if len(rivals) == 1 else self._settled(line, rivals)
        if chosen is not None:
            return (chosen, False) if self._reaches(line, chosen) else None
        for decision in self._by_issuer.get(line.id, []) if rivals and rivals[0].serial < LAST_SERIAL else []:
            beyond = line.tip == ZERO_ID or line.tip in self._line_to(decision)
            unread = decision.serial > line.read and decision.id not in line.beside
            if beyond and unread and decision.serial <= line.end and is_taking(decision):
                return decision, True
        return None

    def _after(self, line: Line, tip: bytes) -> list[Decision]:
        return [d for d in self._by_issuer.get(line.id, []) if d.previous == tip and d.serial < LAST_SERIAL]

    def _line_to(self, decision: Decision) -> list[bytes]:
        found: list[bytes] = [decision.id]
        while decision.previous != ZERO_ID:
            decision = self.decisions[ObjectId(decision.previous)]
            found.append(decision.id)
        return found

    def _settled(self, line: Line, rivals: list[Decision]) -> Decision | None:
        for entry in line.named:
            named = self.decisions.get(ObjectId(entry.hash))
            if named is not None and (named.issuer, named.serial) == (line.id, entry.serial):
                for rival in rivals:
                    if rival.id in self._line_to(named):
                        return rival
        return None

    def _reaches(self, line: Line, decision: Decision) -> bool:
        if decision.serial == LAST_SERIAL and line.end < ENDLESS:
            return line.finals is not None and decision.id in line.finals
        return decision.serial <= line.end

    def _crown(self) -> bool:
        heirs = [p for p in self.people.values() if not p.removed and self.rank(p) != NOBODY and self.devices(p)]
        if not heirs or any(self._reigns(person) for person in self.people.values()):
            return False
        heir = min(heirs, key=lambda person: (self.rank(person), person.depth, person.id))
        heir.crown, heir.crowned_after = HEIR, max(heir.roles, default=0)
        for line in self._lines_of(heir):
            line.crown_cut = max(self._parting.get(line.id, 0), line.read)
        return True

    # What becomes known.

    def _meet(self, person: Someone) -> None:
        self.people[person.id] = person
        self._open(person.id, person, -1, None)
        self._open(person.first.device_id, person, 0, None)

    def _open(self, issuer: bytes, person: Someone, depth: int, above: Line | None) -> None:
        line = Line(issuer, person, depth, above)
        line.crown_cut = self._parting.get(issuer, 0) if person.crown else 0
        self.lines[issuer] = line
        for by, change in person.past:
            self._change(line, by, change, self._floor(line, by))
        for by, entry in self._namings:
            self._name(line, by, entry)

    def _wake(self, *subjects: bytes) -> None:
        waiting = self._waiting
        self._waiting = [entry for entry in waiting if entry[0] not in subjects]
        for subject, read in waiting:
            if subject in subjects:
                self._judge(read)

    # Cuts.

    def _floor(self, line: Line, by: Read) -> int:
        """What has been read, and the last serial at which the subject was not below."""
        floor = line.read
        for last in {*line.cuts.values(), line.crown_cut if line.person.crown else 0} - {0}:
            changes = self._holding(line, last) != self._holding(line, last + 1) or last == line.crown_cut
            rank = self.rank_at(line, last)
            below = rank >= by.rank if by.line.person is line.person else rank > by.rank
            if changes and not below:
                floor = max(floor, last)
        return floor

    def _change(self, line: Line, by: Read, change: Given | Ended, floor: int) -> None:
        named = change.cut.get(line.id, 0)
        if isinstance(change, Given):
            if line.depth >= 0:
                line.cuts[change.version] = max(named, floor)
        elif change.device in (None, line.id):
            line.end = min(line.end, max(named, floor))
            line.finals = change.finals if line.finals is None else line.finals & change.finals
        elif is_below(line, change.device) and line.id not in change.cut:
            line.end = min(line.end, floor)
            line.finals = frozenset()

    def _apply(self, person: Someone, by: Read, change: Given | Ended) -> None:
        reigned = self._reigns(person)
        floors = {line.id: self._floor(line, by) for line in self._lines_of(person)}
        if isinstance(change, Given):
            self._take(person, change)
        person.past.append((by, change))
        for line in self._lines_of(person):
            self._change(line, by, change, floors[line.id])
        if reigned and not self._reigns(person):
            own = {line.id for line in self._lines_of(person)}
            for issuer, serial in change.cut.items():
                if issuer not in own:
                    self._parting.setdefault(issuer, serial)

    def _take(self, person: Someone, given: Given) -> None:
        person.roles[given.version] = given
        if given.rank[0] == -Role.OWNER and given.rank[1] != ENDLESS:
            for later in person.roles.values():
                if later.version > given.version:
                    later.rank = given.rank if later.rank[1] == ENDLESS else later.rank
                    later.before = given.rank if later.before and later.before[1] == ENDLESS else later.before

    def _settle(self, by: Read, cut: Cut) -> None:
        for entry in cut:
            if entry.serial and entry.issuer in self.lines:
                self._name(self.lines[entry.issuer], by, entry)
            elif entry.serial:
                self._namings.append((by, entry))

    def _name(self, line: Line, by: Read, entry: CutEntry) -> None:
        if entry.issuer != line.id:
            return
        if by.line.person is line.person:
            senior = (by.line.depth, by.line.id) < (line.depth, line.id)
        else:
            senior = by.line.depth >= 0 and by.rank < self.rank(line.person)
        if senior:
            line.named.append(entry)

    # Rights.

    def _judge(self, read: Read) -> str:
        judges: dict[type, Callable[[Read], str]] = {
            body.FurtherCertificate: self._certificate,
            body.Recovery: lambda _: COUNTS,
            body.Revocation: self._revocation,
            body.Grant: self._grant,
            body.Withdrawal: self._withdrawal,
            body.Admission: self._admission,
            body.Removal: self._removal,
            body.RoleChange: self._role,
            body.Policy: self._policy,
        }
        judge = judges.get(type(read.decision.body), self._unknown)
        outcome = self.outcomes[read.decision.id] = judge(read)
        return outcome

    def _unknown(self, _: Read) -> str:
        return VOID

    def _wait(self, read: Read, subject: bytes) -> str:
        self._waiting.append((subject, read))
        return WAITS

    def _over(self, read: Read, person: Someone) -> bool:
        other = read.line.person is not person and read.line.depth >= 0
        return other and read.rank[0] <= -Role.ADMIN and read.rank < self.rank(person)

    def _is_head(self, read: Read, person: Someone) -> bool:
        return self.devices(person)[:1] == [read.line]

    def _may_invite(self, read: Read, given: Role) -> bool:
        lowest = Role.MEMBER
        for _, (policy, cut) in sorted(self.policies.items()):
            if cut.get(read.line.id, 0) < read.decision.serial:
                lowest = policy.lowest_inviter()
        highest = Role.ADMIN if read.rank[0] == -Role.OWNER else Role.MEMBER
        return -read.rank[0] >= lowest and given <= highest

    def _certificate(self, read: Read) -> str:
        content, line = read.decision.body, read.line
        assert isinstance(content, body.FurtherCertificate)
        kind = content.certificate.fields.kind
        if content.certificate.device_id in self.lines or kind is not line.person.first.fields.kind:
            return VOID
        line.succeeded = line.succeeded or read.decision.serial == LAST_SERIAL
        above = line if line.depth >= 0 else None
        self._open(content.certificate.device_id, line.person, line.depth + 1, above)
        self._wake(content.certificate.device_id)
        return COUNTS

    def _revocation(self, read: Read) -> str:
        content = read.decision.body
        assert isinstance(content, body.Revocation)
        target = self.lines.get(content.device_id)
        if target is None:
            return self._wait(read, content.device_id)
        if target.person is read.line.person:
            right = read.line.depth < 0 or target is read.line or is_below(target, read.line.id)
        else:
            right = self._over(read, target.person)
        if not right or target.depth < 0:
            return VOID
        self._apply(target.person, read, Ended(target.id, serials(content.cut), finals(content.cut)))
        self._settle(read, content.cut)
        return COUNTS

    def _grant(self, read: Read) -> str:
        content = read.decision.body
        assert isinstance(content, body.Grant)
        if not self._may_invite(read, content.role):
            return VOID
        self.grants[read.decision.id] = Open(content, read.line)
        self._wake(read.decision.id)
        return COUNTS

    def _withdrawal(self, read: Read) -> str:
        content = read.decision.body
        assert isinstance(content, body.Withdrawal)
        held = self.grants.get(content.grant_id)
        if held is None:
            return self._wait(read, content.grant_id)
        own = held.line is read.line or is_below(held.line, read.line.id)
        if not own and not self._over(read, held.line.person):
            return VOID
        cut = max(serials(content.cut).get(held.line.id, 0), self._floor(held.line, read))
        held.last = min(held.last, cut)
        self._settle(read, content.cut)
        return COUNTS

    def _admission(self, read: Read) -> str:
        content = read.decision.body
        assert isinstance(content, body.Admission)
        held, certificate = self.grants.get(content.grant_id), content.certificate
        if held is None or held.line is not read.line or held.spent_by or read.decision.serial > held.last:
            return VOID
        if not self._may_invite(read, held.grant.role) or certificate.fields.kind is not held.grant.kind:
            return VOID
        person, role = self.people.get(certificate.person_id), low(held.grant.role)
        known = person is not None and person.admitted is not None
        if person and person.admitted and not (read.rank == person.admitted_by and role < person.admitted):
            return VOID
        held.spent_by = read.decision.id
        depth = min(read.line.person.depth + 1, VOUCHED)
        if person is None:
            self._meet(Someone(certificate.person_id, certificate, depth, role, read.rank))
            self._wake(certificate.person_id, certificate.device_id)
            return COUNTS
        person.admitted = role
        if not known:
            person.depth, person.admitted_by = depth, read.rank
        return COUNTS

    def _removal(self, read: Read) -> str:
        content = read.decision.body
        assert isinstance(content, body.Removal)
        person = self.people.get(content.person_id)
        if person is None:
            return self._wait(read, content.person_id)
        if not self._is_head(read, person) and not self._over(read, person):
            return VOID
        self._apply(person, read, Ended(None, serials(content.cut), finals(content.cut)))
        person.removed = True
        self._settle(read, content.cut)
        return COUNTS

    def _role(self, read: Read) -> str:
        content, owner = read.decision.body, read.rank[0] == -Role.OWNER
        assert isinstance(content, body.RoleChange)
        first = content.certificate
        person = self.people.get(first.person_id)
        if person is None and (read.beside or not owner):
            return self._wait(read, first.person_id)
        if person is None:
            person = Someone(first.person_id, first, VOUCHED)
            given = self._given(read, content, person)
            self._take(person, given)
            person.past.append((read, given))
            self._meet(person)
            self._settle(read, content.cut)
            self._wake(person.id, first.device_id)
            return COUNTS
        held = -self.rank(person)[0]
        if person is read.line.person:
            right = self._is_head(read, person) and content.role < held
        elif owner:
            right = read.rank < self.rank(person)
        else:
            right = read.rank[0] == -Role.ADMIN and max(held, content.role) <= Role.MEMBER
        if not right or (read.beside and content.role > held) or content.version in person.roles:
            return VOID
        self._apply(person, read, self._given(read, content, person))
        self._settle(read, content.cut)
        return COUNTS

    def _given(self, read: Read, content: body.RoleChange, person: Someone) -> Given:
        path = (*read.rank[2], (read.decision.serial, read.line.depth, read.line.id))
        is_one = self.rank(person)[0] == -Role.OWNER
        place = self.rank(person) if is_one else (-Role.OWNER, ENDLESS, path)
        if content.role is not Role.OWNER:
            rank = low(content.role)
        elif content.before is Role.OWNER or (is_one and content.version > max(person.roles, default=0)):
            rank = place
        else:
            rank = (-Role.OWNER, ENDLESS if read.rank[1] == ENDLESS else len(path), path)
        before = place if content.before is Role.OWNER else low(content.before)
        owner = read.rank[0] == -Role.OWNER
        return Given(content.version, rank, before if owner else None, serials(content.cut))

    def _policy(self, read: Read) -> str:
        content = read.decision.body
        assert isinstance(content, body.Policy)
        if read.rank[0] != -Role.OWNER or content.version in self.policies:
            return VOID
        self.policies[content.version] = (content, serials(content.cut))
        self._settle(read, content.cut)
        return COUNTS


def is_taking(decision: Decision) -> bool:
    match decision.body:
        case body.Removal() | body.Revocation() | body.Withdrawal():
            return True
        case body.RoleChange(role=role, before=before):
            return role <= before
        case _:
            return False


def is_below(line: Line, device: bytes | None) -> bool:
    above = line.above
    while above is not None and above.id != device:
        above = above.above
    return above is not None


def serials(cut: Cut) -> dict[bytes, int]:
    ordinary = {entry.issuer: entry.serial for entry in cut if entry.serial < LAST_SERIAL}
    return {entry.issuer: ordinary.get(entry.issuer, 0) for entry in cut}


def finals(cut: Cut) -> frozenset[bytes]:
    return frozenset(entry.hash for entry in cut if entry.serial == LAST_SERIAL)
