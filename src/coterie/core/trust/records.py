"""What a reading of the decisions remembers of people and of the chains it reads. Lives only during one evaluation."""

from dataclasses import dataclass, field
from typing import TypeAlias

from coterie.core.trust.certificates import Certificate
from coterie.core.trust.chain import Chain
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision
from coterie.core.trust.rank import INFINITE, Rank, is_last_of_owners, is_owner, rank_of
from coterie.core.trust.role_cuts import RoleCuts
from coterie.core.trust.roles import Role

Segment: TypeAlias = tuple[int, int, Rank]
"""(after this serial, up to this one, the rank there)"""


@dataclass(slots=True)
class Act:
    """A decision as it was read: by which chain, with which rank; `side` on one side of a fork not yet settled."""

    decision: Decision
    track: "Track"
    rank: Rank
    side: bool
    order: int


@dataclass(slots=True)
class RoleSet:
    """A counted role: for a person's present and future devices."""

    version: int
    rank: Rank
    before: Rank | None
    act: Act
    cut: dict[bytes, int]

    def take_place(self, rank: Rank) -> None:
        """An owner named owner again keeps the place that they had."""
        if is_last_of_owners(self.rank):
            self.rank = rank
        if self.before is not None and is_last_of_owners(self.before):
            self.before = rank


@dataclass(slots=True)
class Ending:
    """A counted removal (`device` None) or revocation: for present and future devices."""

    device: bytes | None
    act: Act
    cut: dict[bytes, int]
    finals: frozenset[bytes]


@dataclass(slots=True, eq=False)
class PersonRecord:
    """A person known to the reading."""

    id: bytes
    certificate: Certificate | None
    depth: int
    base: Rank | None = None
    admitted_with: Rank | None = None
    """The rank of who admitted them first."""
    crown: Rank | None = None
    crowned_after: int = 0
    """The version of the role that the crown stands above; a role of a later version ends it."""
    removed: bool = False
    roles: dict[int, RoleSet] = field(default_factory=dict)
    newest: int = 0
    """The highest version of a role."""
    changes: list[RoleSet | Ending] = field(default_factory=list)
    tracks: list["Track"] = field(default_factory=list)
    admission: Decision | None = None

    def latest(self) -> Rank:
        """The rank that others meet: that of the role with the highest version."""
        held = self.roles[self.newest].rank if self.newest else self.base or rank_of(Role.NONE)
        return held if self.crown is None or self.newest > self.crowned_after else min(held, self.crown)

    def rank_between(self, version: int, above: int) -> Rank:
        """The rank of a role (0: of the admission) up to the next version above it (0: there is none).

        An owner's role says which role held before it. Where the one just before does not count, that word does.
        """
        rank = self.roles[version].rank if version else self.base or rank_of(Role.NONE)
        vouched = self.roles[above].before if above else None
        if vouched is None or (above - 1 in self.roles if above > 1 else self.base is not None):
            return rank
        return min(rank, vouched)

    def take_role(self, change: RoleSet) -> None:
        """Keeps a counted role. An owner's first one gives those later ones their place that only repeat it."""
        self.roles[change.version] = change
        self.newest = max(self.newest, change.version)
        if is_owner(change.rank) and not is_last_of_owners(change.rank):
            for later in self.roles.values():
                if later.version > change.version:
                    later.take_place(change.rank)

    def best(self) -> Rank:
        """The best rank that this person ever had: that of its recovery chain."""
        ranks = [change.rank for change in self.roles.values()]
        ranks += [before for change in self.roles.values() if (before := change.before) is not None]
        ranks += [rank for rank in (self.base, self.crown) if rank is not None]
        return min(ranks)

    def has_live_track(self) -> bool:
        """Whether any device has not ended."""
        return any(track.is_live for track in self.tracks)

    def live_tracks(self) -> list["Track"]:
        """Chains of the devices that have not ended, the one nearest the root first."""
        live = [track for track in self.tracks if track.is_live]
        return sorted(live, key=lambda track: (track.tree_depth, track.id))


@dataclass(slots=True, eq=False)
class Track:
    """The chain of one known device (or recovery key, tree depth −1), and how far it has been read."""

    id: bytes
    person: PersonRecord
    tree_depth: int
    parent: "Track | None"
    chain: Chain | None
    certificate: Certificate | None = None
    active_outside: bool = True
    end: int = INFINITE
    tip: bytes = b""
    position: int = 0
    final: Decision | None = None
    finals: frozenset[bytes] | None = None
    succeeded: bool = False
    side: dict[bytes, bool] = field(default_factory=dict)
    side_list: tuple[bytes, list[Decision]] | None = None
    namings: list[CutEntry] = field(default_factory=list)
    cuts: RoleCuts = field(default_factory=RoleCuts)
    crown_cut: int = 0
    stamp: int = 0
    segments: list[Segment] = field(default_factory=list)

    def cut_finals(self, named: frozenset[bytes]) -> None:
        """Only the successors' certificates that every cut of this chain names remain."""
        self.finals = named if self.finals is None else self.finals & named

    @property
    def is_recovery(self) -> bool:
        """Whether this is a recovery key's chain."""
        return self.tree_depth < 0

    @property
    def is_live(self) -> bool:
        """Whether this is a device that has not ended."""
        return self.end == INFINITE and not self.succeeded and not self.is_recovery and self.active_outside

    def reaches(self, decision: Decision) -> bool:
        """Whether no cut stands before this decision."""
        if decision.serial == LAST_SERIAL and self.end < INFINITE:
            return self.finals is not None and decision.id in self.finals
        return decision.serial <= self.end

    def next_rank(self) -> Rank:
        """The rank with which the next decision of this chain would be read."""
        return self.rank_at(self.next_serial())

    def next_serial(self) -> int:
        """Where that would stand."""
        return max(self.position, 0 if self.chain is None else self.chain.height) + 1

    def awaits_final(self) -> bool:
        """Whether a successor's certificate stands at the end of this chain, unread and not beyond a cut."""
        if self.chain is None or self.final is not None:
            return False
        return any(self.reaches(final) for final in self.chain.finals)

    def is_below(self, other: "Track | bytes | None") -> bool:
        """Whether `other` (a track or a device id) is an ancestor in the device tree."""
        wanted = other.id if isinstance(other, Track) else other
        above = self.parent
        while above is not None:
            if above.id == wanted:
                return True
            above = above.parent
        return False

    def refresh(self) -> None:
        """Recomputes which rank holds at which serials (rule 4); after any change of the person's roles."""
        self.segments = []
        for low, high, version, above in self.cuts.stretches():
            self._add_segments(low, high, self.person.rank_between(version, above), version)

    def rank_at(self, serial: int) -> Rank:
        """The rank with which the decision of this serial is read."""
        if self.is_recovery:
            return self.person.best()
        return next(rank for low, high, rank in self.segments if low < serial <= high)

    def best_rank(self, first: int, last: int) -> Rank:
        """The best rank among the serials `first` to `last`."""
        if self.is_recovery:
            return self.person.best()
        return min(rank for low, high, rank in self.segments if low < last and first <= high)

    def floor(self, act: Act) -> int:
        """The lowest serial at which `act` may cut this chain (rule 7): what has been read, and the last serial at
        which its device was not below the one who acts."""
        lowest = self.position
        for _, high, rank in self.segments:
            if high < INFINITE and high > lowest and not _is_below(rank, act, self.person):
                lowest = high
        return lowest

    def _add_segments(self, low: int, high: int, rank: Rank, version: int) -> None:
        """One role's serials; from the crown's cut on with the crown, if it stands above this version."""
        crown = self.person.crown
        middle = high
        if crown is not None and version <= self.person.crowned_after:
            middle = min(max(low, self.crown_cut), high)
            if middle < high:
                self.segments.append((middle, high, min(rank, crown)))
        if low < middle:
            self.segments.append((low, middle, rank))


def _is_below(rank: Rank, act: Act, person: PersonRecord) -> bool:
    return not rank < act.rank if person is act.track.person else act.rank < rank
