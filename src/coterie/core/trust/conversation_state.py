"""The state of a group conversation: a pure function of its decisions and of the circle's state (PROTOCOL 2).

Devices that are out of the circle are cut by an admin of the conversation (rule 12): the cut of the most senior person
counts who is an admin when that very cut is applied. So who has left cannot put out those who stay.
"""

from dataclasses import dataclass

from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.bodies import cut_in
from coterie.core.trust.circle_state import CircleState
from coterie.core.trust.conversation_reading import ConversationReading
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.objects import Decision
from coterie.core.trust.rank import Rank, role_of
from coterie.core.trust.reading import COUNTS, WAITS
from coterie.core.trust.records import PersonRecord, Track
from coterie.core.trust.roles import Role

MAX_CUTTERS = 16
"""People whose cuts of who has left the circle are tried, the most senior of the circle first: each costs a reading."""


MAX_TRIALS = 3
"""How often the cuts of one of them are tried again without those that did not count."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A person whom the conversation knows. `role` is NONE (outside), MEMBER or ADMIN."""

    id: bytes
    role: Role
    version: int
    active: bool
    """Whether they are in the conversation and in the circle."""
    devices: tuple[bytes, ...]
    """Their active devices, the one nearest the root first; empty for who is not active."""


@dataclass(frozen=True, slots=True)
class ConversationState:
    """Who is in, who is admin, what it is called; and what does not count and why."""

    conversation_id: bytes
    creator: bytes
    title: str
    expire_after: int
    settings_version: int
    people: dict[bytes, Participant]
    void: dict[bytes, str]
    waiting: tuple[bytes, ...]
    order: dict[bytes, int]
    heads: dict[bytes, CutEntry]
    ranks_now: dict[bytes, Rank]
    """The rank with which a device's next decision would be read: a role may hold from a later serial on only."""
    outside: dict[bytes, CutEntry]
    """Where the chains of devices that are out of the circle end, as far as an admin has said so."""
    unsettled: tuple[bytes, ...]
    """Devices whose chain has a fork that no senior's cut has settled."""
    newer: bool
    circle: CircleState

    def active_people(self) -> tuple[Participant, ...]:
        """Everybody who is in the conversation and in the circle, the most senior first."""
        return tuple(person for person in self.people.values() if person.active)

    def active_devices(self) -> tuple[bytes, ...]:
        """The devices that are to be its MLS leaves, the most senior first."""
        active = {device for person in self.people.values() for device in person.devices}
        return tuple(device for device in self.order if device in active)

    def seniority(self, device_id: bytes) -> int:
        """The device's place in the conversation's order, 0 for the most senior; KeyError for a stranger."""
        return self.order[device_id]

    def counts(self, decision_id: bytes) -> bool:
        """Whether a decision of the set takes effect."""
        return decision_id not in self.void and decision_id not in self.waiting

    def participant_of(self, device_id: bytes) -> Participant | None:
        """The person of a device, if the conversation knows them."""
        device = self.circle.devices.get(device_id)
        return None if device is None else self.people.get(device.person_id)


def evaluate_conversation(known: ObjectSet, circle: CircleState) -> ConversationState:
    """The state that follows from `known`, which must hold the conversation's `start`, and from its circle's state."""
    reading = _read(known, circle, {})
    outside: dict[bytes, CutEntry] = {}
    candidates = _cutters(known, circle)
    while candidates:
        supported = []
        for candidate in candidates:
            trial = _try(known, circle, candidate, outside)
            if trial is not None:
                track = trial.reading.tracks[candidate.issuer]
                place = (track.person.latest(), track.person.depth, track.tree_depth, track.id)
                supported.append((place, trial))
        if not supported:
            break
        _, chosen = min(supported, key=lambda entry: entry[0])
        reading, outside = chosen.reading, chosen.outside
        candidates = [c for c in candidates if any(issuer not in outside for issuer in c.issuers)]
    return _state(known, circle, reading, outside)


def _read(known: ObjectSet, circle: CircleState, outside: dict[bytes, CutEntry]) -> ConversationReading:
    reading = ConversationReading(known, circle, outside)
    reading.run()
    return reading


@dataclass(frozen=True, slots=True)
class _Cutter:
    """A device whose cuts would end chains of devices that are out of the circle; the first for each chain counts.

    Of each person only the most senior device that has any: who has many devices takes nobody's place.
    """

    issuer: bytes
    issuers: frozenset[bytes]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class _Trial:
    """What follows if a cutter's cuts are applied: all that were applied count, and end some chain more."""

    reading: ConversationReading
    outside: dict[bytes, CutEntry]


def _try(known: ObjectSet, circle: CircleState, cutter: _Cutter, outside: dict[bytes, CutEntry]) -> _Trial | None:
    """Without those of the cuts that do not count when they are applied, such as what was said before being an admin."""
    decisions = cutter.decisions
    for _ in range(MAX_TRIALS):
        applied = {**_first_entries(decisions, cutter.issuers), **outside}
        if len(applied) == len(outside):
            return None
        reading = _read(known, circle, applied)
        counted = tuple(decision for decision in decisions if reading.verdicts[decision.id] == COUNTS)
        if counted == decisions:
            return _Trial(reading, applied)
        decisions = counted
    return None


def _first_entries(decisions: tuple[Decision, ...], gone: frozenset[bytes]) -> dict[bytes, CutEntry]:
    found: dict[bytes, CutEntry] = {}
    for decision in decisions:
        for entry in cut_in(decision.body):
            if entry.issuer in gone:
                found.setdefault(entry.issuer, entry)
    return found


def _cutters(known: ObjectSet, circle: CircleState) -> list[_Cutter]:
    gone = frozenset(issuer for issuer in known.chains if not circle.is_active(issuer))
    if not gone:
        return []
    found: dict[bytes, _Cutter] = {}
    for issuer in sorted(known.chains.keys() - gone, key=circle.seniority):
        chain = known.chains[issuer].by_id.values()
        cuts = [decision for decision in chain if isinstance(decision.body, body.ConversationCut)]
        cuts = [decision for decision in cuts if any(entry.issuer in gone for entry in cut_in(decision.body))]
        if cuts:
            ordered = tuple(sorted(cuts, key=lambda decision: (decision.serial, decision.id)))
            named = frozenset(_first_entries(ordered, gone))
            found.setdefault(circle.devices[issuer].person_id, _Cutter(issuer, named, ordered))
    return list(found.values())[:MAX_CUTTERS]


def _state(
    known: ObjectSet, circle: CircleState, reading: ConversationReading, outside: dict[bytes, CutEntry]
) -> ConversationState:
    start = known.beginning
    if start is None or not isinstance(start.body, body.Start):
        raise ValueError("a group begins with its first object")
    people = sorted(reading.people.values(), key=lambda person: (person.latest(), person.depth, person.id))
    tracks = [track for person in people for track in sorted(person.tracks, key=_tree_order)]
    version = max(reading.settings, default=0)
    settings = reading.settings.get(version)
    return ConversationState(
        conversation_id=known.scope,
        creator=start.body.creator,
        title=start.body.title if settings is None else settings.title,
        expire_after=0 if settings is None else settings.expire_after,
        settings_version=version,
        people={person.id: _participant(circle, person) for person in people},
        void={key: reason for key, reason in reading.verdicts.items() if reason not in (COUNTS, WAITS)},
        waiting=tuple(sorted(key for key, reason in reading.verdicts.items() if reason == WAITS)),
        order={track.id: place for place, track in enumerate(tracks)},
        heads={track.id: reading.head(track) for track in tracks},
        ranks_now={track.id: track.next_rank() for track in tracks},
        outside=outside,
        unsettled=tuple(track.id for track in tracks if reading.is_stuck(track)),
        newer=any(unknown.critical for unknown in reading.unknown_bodies),
        circle=circle,
    )


def _tree_order(track: Track) -> tuple[int, bytes]:
    return track.tree_depth, track.id


def _participant(circle: CircleState, person: PersonRecord) -> Participant:
    standing = role_of(person.latest())
    in_circle = circle.people.get(person.id)
    active = standing is not Role.NONE and in_circle is not None and not in_circle.removed
    return Participant(
        id=person.id,
        role=Role.ADMIN if standing is Role.OWNER else standing,
        version=person.newest,
        active=active,
        devices=in_circle.devices if active and in_circle is not None else (),
    )
