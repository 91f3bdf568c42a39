"""The state of a circle: a pure function of its set of decisions (PROTOCOL 2).

`evaluate_circle` is the only way to a `CircleState`. The caller keeps one for each `summary.decisions_digest`; nothing
is evaluated in steps, so arriving objects can never lead to another state than the same set read at once.
"""

from dataclasses import dataclass

from coterie.core.codec.items import Item
from coterie.core.crypto.suites import Suite
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.certificates import Certificate
from coterie.core.trust.circle_reading import CircleReading, GrantRecord, kind_of
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision
from coterie.core.trust.rank import Rank, role_of
from coterie.core.trust.reading import COUNTS, WAITS, is_ended
from coterie.core.trust.records import PersonRecord, Track
from coterie.core.trust.roles import Kind, Role


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the circle, also one who has left it. `devices` are the active ones, the one nearest the root first."""

    id: bytes
    role: Role
    kind: Kind
    removed: bool
    rank: Rank
    depth: int
    certificate: Certificate
    devices: tuple[bytes, ...]
    role_version: int
    admitted_by: bytes | None
    """person_id of who admitted them; None for the founder and for who is vouched for only."""
    admission: Decision | None


@dataclass(frozen=True, slots=True)
class Device:
    """A device that a counted decision made known."""

    id: bytes
    person_id: bytes
    certificate: Certificate
    parent: bytes | None
    depth: int
    active: bool
    forked: bool
    """Whether its chain has a fork that no senior's cut has settled."""
    rank_now: Rank
    """The rank with which its next decision would be read."""
    may_invite: bool


@dataclass(frozen=True, slots=True)
class GrantState:
    """A grant that counts. `status`: open, spent, withdrawn, or closed (its device may no longer admit with it)."""

    id: bytes
    device_id: bytes
    grant: body.Grant
    status: str
    admission: Decision | None


@dataclass(frozen=True, slots=True)
class CircleState:
    """Who is in, with which devices and roles, under which policy, and what does not count and why."""

    circle_id: bytes
    suite: Suite
    name: str
    people: dict[bytes, Person]
    devices: dict[bytes, Device]
    policy: body.Policy | None
    policy_id: bytes | None
    policy_limits: tuple[Item, ...]
    grants: dict[bytes, GrantState]
    void: dict[bytes, str]
    waiting: tuple[bytes, ...]
    order: dict[bytes, int]
    heads: dict[bytes, CutEntry]
    """The newest decision of every known chain (devices and recovery keys), as a cut names it."""
    successions: dict[bytes, CutEntry]
    """Of devices that have named a successor: that certificate, as a cut names it besides the head."""
    unsettled: tuple[bytes, ...]
    """Chains with a fork that no senior's cut has settled."""
    newer: bool
    """Whether a decision of a later version stands here: nothing may be decided but to take away."""

    def person_of(self, device_id: bytes) -> Person | None:
        """The person of a device, active or not."""
        device = self.devices.get(device_id)
        return None if device is None else self.people[device.person_id]

    def is_active(self, device_id: bytes) -> bool:
        """Whether this device speaks for a person of the circle now."""
        device = self.devices.get(device_id)
        return device is not None and device.active

    def active_people(self) -> tuple[Person, ...]:
        """Everybody who is in the circle, the most senior first."""
        return tuple(person for person in self.people.values() if not person.removed)

    def active_devices(self) -> tuple[bytes, ...]:
        """Every active device, the most senior first."""
        return tuple(device_id for device_id in self.order if self.devices[device_id].active)

    def seniority(self, device_id: bytes) -> int:
        """The device's place in the one order of all known devices, 0 for the most senior; KeyError for a stranger."""
        return self.order[device_id]

    def counts(self, decision_id: bytes) -> bool:
        """Whether a decision of the set takes effect."""
        return decision_id not in self.void and decision_id not in self.waiting


def evaluate_circle(known: ObjectSet) -> CircleState:
    """The state that follows from the decisions in `known`, which must hold the circle's first object."""
    reading = CircleReading(known)
    reading.run()
    people = sorted(reading.people.values(), key=lambda person: (person.latest(), person.depth, person.id))
    devices = [t for person in people for t in sorted(person.tracks, key=_tree_order) if not t.is_recovery]
    newest = max(reading.policies, default=0)
    policy = reading.policies.get(newest)
    beginning = known.beginning
    name = beginning.body.name if beginning is not None and isinstance(beginning.body, body.First) else ""
    return CircleState(
        circle_id=known.scope,
        suite=known.suite,
        name=name,
        people={person.id: _person(reading, person) for person in people},
        devices={track.id: _device(reading, track) for track in devices},
        policy=None if policy is None else policy.policy,
        policy_id=None if policy is None else policy.decision.id,
        policy_limits=() if policy is None else policy.policy.limits,
        grants={grant_id: _grant(reading, record) for grant_id, record in reading.grants.items()},
        void={key: reason for key, reason in reading.verdicts.items() if reason not in (COUNTS, WAITS)},
        waiting=tuple(sorted(key for key, reason in reading.verdicts.items() if reason == WAITS)),
        order={track.id: place for place, track in enumerate(devices)},
        heads={track.id: reading.head(track) for track in reading.tracks.values()},
        successions={
            track.id: CutEntry(track.id, LAST_SERIAL, track.final.id)
            for track in reading.tracks.values()
            if track.final is not None
        },
        unsettled=tuple(sorted(track.id for track in reading.tracks.values() if reading.is_stuck(track))),
        newer=any(unknown.critical for unknown in reading.unknown_bodies),
    )


def _tree_order(track: Track) -> tuple[int, bytes]:
    return track.tree_depth, track.id


def _person(reading: CircleReading, person: PersonRecord) -> Person:
    if person.certificate is None:
        raise ValueError("every person of a circle has a first certificate")
    admission = person.admission
    admitter = None if admission is None else reading.tracks[admission.issuer].person.id
    return Person(
        id=person.id,
        role=role_of(person.latest()),
        kind=kind_of(person),
        removed=person.removed,
        rank=person.latest(),
        depth=person.depth,
        certificate=person.certificate,
        devices=() if person.removed else tuple(track.id for track in person.live_tracks()),
        role_version=person.newest,
        admitted_by=admitter,
        admission=admission,
    )


def _device(reading: CircleReading, track: Track) -> Device:
    if track.certificate is None:
        raise ValueError("every device of a circle has a certificate")
    rank = track.next_rank()
    active = track.is_live and not track.person.removed
    return Device(
        id=track.id,
        person_id=track.person.id,
        certificate=track.certificate,
        parent=None if track.parent is None else track.parent.id,
        depth=track.tree_depth,
        active=active,
        forked=reading.is_stuck(track),
        rank_now=rank,
        may_invite=active and reading.may_grant(track, rank, track.next_serial(), Role.GUEST),
    )


def _grant(reading: CircleReading, record: GrantRecord) -> GrantState:
    track = record.track
    serial = track.next_serial()
    if record.spent_by is not None:
        status = "spent"
    elif serial > record.last_serial:
        status = "withdrawn"
    elif (
        is_ended(track)
        or track.person.removed
        or track.succeeded
        or not reading.may_grant(track, track.rank_at(serial), serial, record.grant.role)
    ):
        status = "closed"
    else:
        status = "open"
    return GrantState(record.decision.id, track.id, record.grant, status, record.spent_by)
