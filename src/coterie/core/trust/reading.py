"""The order in which decisions are read, and what is common to circles and conversations (objects-and-state, 1 to 12).

Always the next decision of the known chain of the highest rank, so a senior is read before a junior, whatever the
order of arrival. `CircleReading` and `ConversationReading` judge each decision; this file decides who is next.
"""

import heapq
from collections.abc import Callable, Iterable
from typing import TypeAlias

from coterie.core.kernel.ids import ZERO_ID, ObjectId
from coterie.core.trust.bodies import Unknown
from coterie.core.trust.chain import Chain
from coterie.core.trust.cut import Cut, CutEntry
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision
from coterie.core.trust.rank import HEIR_PATH, INFINITE, Rank, is_owner, rank_of, role_of
from coterie.core.trust.records import Act, Ending, PersonRecord, RoleSet, Track
from coterie.core.trust.roles import Role

COUNTS = ""
WAITS = "waiting"
Judge: TypeAlias = Callable[[Act], str]


class Reading:
    """One evaluation from nothing. Mutable inside, thrown away when the state has been taken from it."""

    def __init__(self, known: ObjectSet) -> None:
        self.known = known
        self.people: dict[bytes, PersonRecord] = {}
        self.tracks: dict[bytes, Track] = {}
        self.verdicts: dict[ObjectId, str] = {}
        self.unknown_bodies: list[Unknown] = []
        self._waiting: dict[bytes, list[Act]] = {}
        self._namings: dict[bytes, list[tuple[Act, CutEntry]]] = {}
        self._heap: list[tuple[Rank, int, int, bytes, int]] = []
        self._owners: dict[bytes, PersonRecord] = {}
        self._parting_cut: dict[bytes, int] = {}
        self._order = 0

    def judge(self, act: Act) -> str:
        """COUNTS, WAITS, or the reason why it is void."""
        raise NotImplementedError

    def is_taking(self, decision: Decision) -> bool:
        """Whether it takes away, so that it counts on both sides of a fork (rule 10)."""
        raise NotImplementedError

    def run(self) -> None:
        """Reads everything that can be read, then names the reason for the rest."""
        while True:
            best, track = self._pop()
            if not is_owner(best) and self._crown():
                if track is not None:
                    self.touch(track)
                continue
            if track is None:
                break
            self._read_next(track)
            self.touch(track)
        self._name_unread()

    # People and devices become known.

    def add_person(self, person: PersonRecord) -> None:
        """Makes a person known; devices follow with `add_track`, then `release`."""
        self.people[person.id] = person
        if is_owner(person.latest()):
            self._owners[person.id] = person

    def add_track(self, track: Track) -> None:
        """Makes a chain readable, under every role and ending that its person already has."""
        self.tracks[track.id] = track
        track.person.tracks.append(track)
        track.tip = track.tip or ZERO_ID
        if track.person.crown is not None:
            track.crown_cut = self._parting_cut.get(track.id, 0)
        track.refresh()
        for change in track.person.changes:
            self._apply(change, track)
            track.refresh()
        for act, entry in self._namings.pop(track.id, []):
            self._name(act, entry, track)
        self.touch(track)

    def release(self, *subjects: bytes) -> None:
        """Judges what waited for these subjects, in the order in which it was read (rule 9)."""
        acts = [act for subject in subjects for act in self._waiting.pop(subject, [])]
        for act in sorted(acts, key=lambda act: act.order):
            self._judge(act)

    def wait(self, act: Act, subject: bytes) -> str:
        """Parks an act until its subject is known."""
        self._waiting.setdefault(subject, []).append(act)
        return WAITS

    # What counted acts do to people.

    def set_role(self, person: PersonRecord, change: RoleSet) -> None:
        """A role from its cut on, never reaching back (rule 7)."""
        ruled = _rules(person)
        person.take_role(change)
        self._apply_to_all(person, change, ruled)

    def end(self, person: PersonRecord, ending: Ending) -> None:
        """Ends a device, or all that the person has."""
        self._apply_to_all(person, ending, _rules(person))

    def _apply_to_all(self, person: PersonRecord, change: RoleSet | Ending, ruled: bool) -> None:
        """A role or an ending for every device that the person has; it is kept for those to come."""
        person.changes.append(change)
        for track in person.tracks:
            self._apply(change, track)
        self.refresh(person)
        if ruled and not _rules(person):
            self._part(person, change.cut)

    def _part(self, person: PersonRecord, cut: dict[bytes, int]) -> None:
        """An owner goes: up to where the chains of others count as they were, should one of them inherit (rule 12)."""
        for issuer, serial in cut.items():
            track = self.tracks.get(issuer)
            if track is None or track.person is not person:
                self._parting_cut.setdefault(issuer, serial)

    def refresh(self, person: PersonRecord) -> None:
        """After any change of rank or depth: ranks and places in the order anew."""
        if is_owner(person.latest()):
            self._owners[person.id] = person
        for track in person.tracks:
            track.refresh()
            self.touch(track)

    def apply_namings(self, act: Act, cut: Cut) -> None:
        """Settles forks: the cut of a senior names the hash that goes on (rule 10)."""
        for entry in cut:
            chain = self.known.chains.get(entry.issuer)
            if entry.serial and chain is not None and chain.forked:
                track = self.tracks.get(entry.issuer)
                if track is None:
                    self._namings.setdefault(entry.issuer, []).append((act, entry))
                else:
                    self._name(act, entry, track)

    def touch(self, track: Track) -> None:
        """Gives the chain its place in the order again; entries made before are stale."""
        track.stamp += 1
        following = self._next_of(track)
        if following is None:
            return
        last = min(self._height(track), track.end)
        best = track.best_rank(following.serial, max(last, following.serial))
        if track.awaits_final():
            best = min(best, track.rank_at(LAST_SERIAL))
        place = (best, track.person.depth, track.tree_depth, track.id, track.stamp)
        heapq.heappush(self._heap, place)

    # Reading.

    def _pop(self) -> tuple[Rank, Track | None]:
        while self._heap:
            best, _, _, track_id, stamp = heapq.heappop(self._heap)
            track = self.tracks[track_id]
            if track.stamp == stamp:
                return best, track
        return rank_of(Role.NONE), None

    def _read_next(self, track: Track) -> None:
        decision = self._next_of(track)
        if decision is None:
            return
        on_line = self._line_of(track) is decision
        counted_aside = track.side.get(decision.id)
        if on_line:
            if decision.serial == LAST_SERIAL:
                track.final = decision
            else:
                track.tip, track.position = decision.id, decision.serial
        if on_line and counted_aside:
            return
        self._order += 1
        act = Act(decision, track, track.rank_at(decision.serial), not on_line, self._order)
        verdict = self._judge(act)
        if not on_line:
            track.side[decision.id] = verdict in (COUNTS, WAITS)

    def _judge(self, act: Act) -> str:
        verdict = self.judge(act)
        self.verdicts[act.decision.id] = verdict
        return verdict

    def head(self, track: Track) -> CutEntry:
        """The newest decision of this chain that was read on its line, as a cut names it."""
        return CutEntry(track.id, track.position, track.tip)

    def _height(self, track: Track) -> int:
        return 0 if track.chain is None else track.chain.height

    def _next_of(self, track: Track) -> Decision | None:
        """The decision of this chain that would be read next, on its line or beside an unsettled fork."""
        on_line = self._line_of(track)
        if on_line is not None:
            return on_line if track.reaches(on_line) else None
        chain = track.chain
        if chain is None or not chain.forked:
            return None
        beside = self._beside(track, chain)
        while beside and (beside[-1].id in track.side or not self.is_taking(beside[-1])):
            beside.pop()
        return beside[-1] if beside and beside[-1].serial <= track.end else None

    def _line_of(self, track: Track) -> Decision | None:
        chain = track.chain
        if chain is None:
            return None
        children = self._following(track, chain)
        if not children:
            return self._final_of(track)
        return children[0] if len(children) == 1 else self._named(track, chain, children)

    def _following(self, track: Track, chain: Chain) -> tuple[Decision, ...]:
        """What comes after the tip, up to the cut."""
        return chain.children.get(track.tip, ()) if track.position < track.end else ()

    def _final_of(self, track: Track) -> Decision | None:
        """The successor's certificate with the reserved serial: the last of a chain, or of what a cut left of it."""
        chain = track.chain
        if chain is None or track.final is not None or not chain.finals:
            return None
        return chain.finals[0] if len(chain.finals) == 1 else self._named(track, chain, chain.finals)

    def _named(self, track: Track, chain: Chain, rivals: tuple[Decision, ...]) -> Decision | None:
        """Of rivals the one on the branch that the first senior's cut names."""
        if not rivals or not track.namings:
            return None
        wanted = {rival.id for rival in rivals}
        for entry in track.namings:
            named = chain.by_id.get(ObjectId(entry.hash))
            if named is None or named.serial != entry.serial or named.serial < rivals[0].serial:
                continue
            for past in chain.ancestors(named):
                if past.serial <= rivals[0].serial:
                    if past.id in wanted:
                        return past
                    break
        return None

    def _beside(self, track: Track, chain: Chain) -> list[Decision]:
        """What stands beyond an unsettled fork and is still to be looked at, the last first."""
        if track.side_list is None or track.side_list[0] != track.tip:
            track.side_list = (track.tip, chain.descendants(track.tip)[::-1])
        return track.side_list[1]

    def _apply(self, change: RoleSet | Ending, track: Track) -> None:
        named = change.cut.get(track.id, 0)
        if isinstance(change, RoleSet):
            if not track.is_recovery:
                track.cuts.add(change.version, max(named, track.floor(change.act)))
            return
        if change.device is None or track.id == change.device:
            track.end = min(track.end, max(named, track.floor(change.act)))
            track.cut_finals(change.finals)
        elif track.is_below(change.device) and track.id not in change.cut:
            track.end = min(track.end, track.floor(change.act))
            track.cut_finals(frozenset())

    def _name(self, act: Act, entry: CutEntry, track: Track) -> None:
        if is_senior(act, track):
            track.namings.append(entry)
            self.touch(track)

    # No owner left (rule 12).

    def _crown(self) -> bool:
        if any(_rules(person) for person in self._owners.values()):
            return False
        heirs = [p for p in self.people.values() if not p.removed and self.may_inherit(p) and p.has_live_track()]
        if not heirs:
            return False
        heir = min(heirs, key=lambda p: (p.latest(), p.depth, p.id))
        heir.crown, heir.crowned_after = rank_of(Role.OWNER, HEIR_PATH), heir.newest
        for track in heir.tracks:
            track.crown_cut = max(self._parting_cut.get(track.id, 0), track.position)
        self.refresh(heir)
        return True

    def is_stuck(self, track: Track) -> bool:
        """Whether the chain stands before a fork that no cut has settled, also if one side of it ended the chain."""
        chain = track.chain
        if chain is None:
            return False
        rivals = chain.children.get(track.tip, ()) or (() if track.final is not None else chain.finals)
        if len(rivals) < 2 or self._named(track, chain, rivals) is not None:
            return False
        return track.reaches(rivals[0]) or any(track.side.values())

    def may_inherit(self, person: PersonRecord) -> bool:
        """Whether this person belongs to the scope at all."""
        return role_of(person.latest()) is not Role.NONE

    # The end.

    def _name_unread(self) -> None:
        for decision in self.known.decisions.values():
            if decision.id not in self.verdicts:
                self.verdicts[decision.id] = self._why_unread(decision)

    def _why_unread(self, decision: Decision) -> str:
        track = self.tracks.get(decision.issuer)
        if track is None:
            return "issuer-unknown"
        return "fork" if track.reaches(decision) else "beyond-cut"


def _rules(person: PersonRecord) -> bool:
    """Whether this is an owner with a device."""
    return is_owner(person.latest()) and person.has_live_track()


def is_senior(act: Act, track: Track) -> bool:
    """Whether who acts stands above this chain: by rank, or inside a person nearer the root (a recovery key always)."""
    if act.track.person is not track.person:
        return not act.track.is_recovery and act.rank < track.person.latest()
    return (act.track.tree_depth, act.track.id) < (track.tree_depth, track.id)


def serials(cut: Iterable[CutEntry]) -> dict[bytes, int]:
    """A cut by issuer. The reserved serial names a successor's certificate and says nothing of the chain before it."""
    found: dict[bytes, int] = {}
    for entry in cut:
        if entry.serial == LAST_SERIAL:
            found.setdefault(entry.issuer, 0)
        else:
            found[entry.issuer] = entry.serial
    return found


def finals_in(cut: Iterable[CutEntry]) -> frozenset[bytes]:
    """The successors' certificates that a cut names: with them a chain may end although it is cut."""
    return frozenset(entry.hash for entry in cut if entry.serial == LAST_SERIAL)


def is_ended(track: Track) -> bool:
    """Whether some cut ends this chain."""
    return track.end < INFINITE
