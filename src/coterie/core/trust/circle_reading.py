"""The rights in a circle: what each decision may do, judged as it is read (PROTOCOL 2, rules 4 to 11).

Every judgement returns COUNTS, WAITS or the reason why the decision is void.
"""

from dataclasses import dataclass

from coterie.core.kernel.limits import DEVICES_PER_PERSON
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.bodies import Unknown
from coterie.core.trust.certificates import Certificate
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision
from coterie.core.trust.rank import (
    FOUNDER,
    INFINITE,
    VOUCHED_DEPTH,
    Rank,
    is_owner,
    last_of_owners,
    rank_by,
    rank_of,
    role_of,
)
from coterie.core.trust.reading import COUNTS, Reading, finals_in, serials
from coterie.core.trust.records import Act, Ending, PersonRecord, RoleSet, Track
from coterie.core.trust.roles import Kind, Role

NOT_PERMITTED = "not-permitted"


@dataclass(slots=True)
class GrantRecord:
    """A grant that counts: who issued it, which admission spent it, and the last serial at which it admits."""

    decision: Decision
    grant: body.Grant
    track: Track
    spent_by: Decision | None = None
    last_serial: int = INFINITE


@dataclass(slots=True)
class PolicyRecord:
    """A policy that counts, with its cut by issuer."""

    decision: Decision
    policy: body.Policy
    cut: dict[bytes, int]


class CircleReading(Reading):
    """Reads the decisions of one circle, the founder's first object first."""

    def __init__(self, known: ObjectSet) -> None:
        super().__init__(known)
        self.grants: dict[bytes, GrantRecord] = {}
        self.policies: dict[int, PolicyRecord] = {}
        beginning = known.beginning
        if beginning is None or not isinstance(beginning.body, body.First):
            raise ValueError("a circle begins with its first object")
        self.verdicts[beginning.id] = COUNTS
        certificate = beginning.body.certificate
        founder = PersonRecord(certificate.person_id, certificate, 0, base=FOUNDER)
        self.add_person(founder)
        self._add_first_tracks(founder, certificate)
        track = self.tracks[certificate.device_id]
        track.tip, track.position = beginning.id, beginning.serial
        self.release(founder.id, certificate.device_id)
        self.touch(track)

    def is_taking(self, decision: Decision) -> bool:
        """Removal, revocation, withdrawal, and a role that is not above the one it replaces."""
        match decision.body:
            case body.Removal() | body.Revocation() | body.Withdrawal():
                return True
            case body.RoleChange(role=role, before=before):
                return role <= before
            case _:
                return False

    def judge(self, act: Act) -> str:
        """The right and the effect of one decision."""
        match act.decision.body:
            case body.FurtherCertificate() | body.Recovery() | body.Revocation():
                return self._judge_devices(act)
            case body.Grant() as grant:
                return self._grant(act, grant)
            case body.Withdrawal() as withdrawal:
                return self._withdraw(act, withdrawal)
            case body.Admission() as admission:
                return self._admit(act, admission)
            case body.Removal() as removal:
                return self._remove(act, removal)
            case body.RoleChange() as change:
                return self._change_role(act, change)
            case body.Policy() as policy:
                return self._set_policy(act, policy)
            case Unknown() as unknown:
                self.unknown_bodies.append(unknown)
        return "unknown-type"

    def policy_at(self, track: Track, serial: int) -> PolicyRecord | None:
        """The policy with the highest version that holds for this chain at this serial (rule 8)."""
        for version in sorted(self.policies, reverse=True):
            record = self.policies[version]
            if record.cut.get(track.id, 0) < serial:
                return record
        return None

    def may_grant(self, track: Track, rank: Rank, serial: int, given: Role) -> bool:
        """Whether a device may invite with this rank, at this serial, for this role (rule 11)."""
        record = self.policy_at(track, serial)
        lowest = Role.MEMBER if record is None else record.policy.lowest_inviter()
        role = role_of(rank)
        return role >= lowest and given <= (Role.ADMIN if role is Role.OWNER else Role.MEMBER)

    def _judge_devices(self, act: Act) -> str:
        match act.decision.body:
            case body.FurtherCertificate(certificate=certificate):
                return self._certify(act, certificate)
            case body.Revocation() as revocation:
                return self._revoke(act, revocation)
        return COUNTS

    def _certify(self, act: Act, certificate: Certificate) -> str:
        person = act.track.person
        if certificate.device_id in self.tracks:
            return "already-known"
        if len(person.tracks) > DEVICES_PER_PERSON:
            return "too-many-devices"
        if person.certificate is not None and certificate.fields.kind is not person.certificate.fields.kind:
            return "wrong-kind"
        parent = None if act.track.is_recovery else act.track
        act.track.succeeded = act.track.succeeded or act.decision.serial == LAST_SERIAL
        self.add_track(self._track(certificate.device_id, person, parent, certificate))
        self.release(certificate.device_id)
        return COUNTS

    def _revoke(self, act: Act, revocation: body.Revocation) -> str:
        target = self.tracks.get(revocation.device_id)
        if target is None:
            return self.wait(act, revocation.device_id)
        if target.person is act.track.person:
            right = act.track.is_recovery or target is act.track or target.is_below(act.track)
        else:
            right = _rules_over(act, target.person)
        if not right or target.is_recovery:
            return NOT_PERMITTED
        self.end(target.person, Ending(target.id, act, serials(revocation.cut), finals_in(revocation.cut)))
        self.apply_namings(act, revocation.cut)
        return COUNTS

    def _grant(self, act: Act, grant: body.Grant) -> str:
        if not self.may_grant(act.track, act.rank, act.decision.serial, grant.role):
            return NOT_PERMITTED
        self.grants[act.decision.id] = GrantRecord(act.decision, grant, act.track)
        self.release(act.decision.id)
        return COUNTS

    def _withdraw(self, act: Act, withdrawal: body.Withdrawal) -> str:
        record = self.grants.get(withdrawal.grant_id)
        if record is None:
            return self.wait(act, withdrawal.grant_id)
        own = record.track is act.track or record.track.is_below(act.track)
        if not own and not _rules_over(act, record.track.person):
            return NOT_PERMITTED
        named = serials(withdrawal.cut).get(record.track.id, 0)
        record.last_serial = min(record.last_serial, max(named, record.track.floor(act)))
        self.apply_namings(act, withdrawal.cut)
        return COUNTS

    def _admit(self, act: Act, admission: body.Admission) -> str:
        record = self.grants.get(admission.grant_id)
        refusal = self._why_not_admit(act, admission, record)
        if record is None or refusal:
            return refusal
        record.spent_by = act.decision
        certificate, depth = admission.certificate, min(act.track.person.depth + 1, VOUCHED_DEPTH)
        person = self.people.get(certificate.person_id)
        if person is None:
            person = PersonRecord(certificate.person_id, certificate, depth, base=rank_of(record.grant.role))
            person.admission, person.admitted_with = act.decision, act.rank
            self.add_person(person)
            self._add_first_tracks(person, certificate)
            self.release(person.id, certificate.device_id)
        elif person.base is None:
            person.base, person.depth = rank_of(record.grant.role), depth
            person.admission, person.admitted_with = act.decision, act.rank
            self.refresh(person)
        else:
            person.base = rank_of(record.grant.role)
            self.refresh(person)
        return COUNTS

    def _why_not_admit(self, act: Act, admission: body.Admission, record: GrantRecord | None) -> str:
        if record is None or record.track is not act.track:
            return "grant-unknown"
        if record.spent_by is not None:
            return "invite-used"
        if act.decision.serial > record.last_serial:
            return "invite-withdrawn"
        if not self.may_grant(act.track, act.rank, act.decision.serial, record.grant.role):
            return NOT_PERMITTED
        if admission.certificate.fields.kind is not record.grant.kind:
            return "wrong-kind"
        person = self.people.get(admission.certificate.person_id)
        if person is None or person.base is None:
            return ""
        raises = act.rank == person.admitted_with and rank_of(record.grant.role) < person.base
        return "" if raises else "already-known"

    def _remove(self, act: Act, removal: body.Removal) -> str:
        person = self.people.get(removal.person_id)
        if person is None:
            return self.wait(act, removal.person_id)
        if not (_is_head_of(act, person) or _rules_over(act, person)):
            return NOT_PERMITTED
        self.end(person, Ending(None, act, serials(removal.cut), finals_in(removal.cut)))
        person.removed = True
        self.apply_namings(act, removal.cut)
        return COUNTS

    def _change_role(self, act: Act, change: body.RoleChange) -> str:
        person_id = change.certificate.person_id
        person = self.people.get(person_id)
        if person is None and (act.side or role_of(act.rank) is not Role.OWNER):
            return self.wait(act, person_id)
        if person is None:
            person = PersonRecord(person_id, change.certificate, VOUCHED_DEPTH)
            self.add_person(person)
            role = self._role_set(act, change, person)
            person.take_role(role)
            person.changes.append(role)
            self._add_first_tracks(person, change.certificate)
            self.refresh(person)
            self.apply_namings(act, change.cut)
            self.release(person.id, change.certificate.device_id)
            return COUNTS
        refusal = _why_not_change_role(act, change, person)
        if refusal:
            return refusal
        self.set_role(person, self._role_set(act, change, person))
        self.apply_namings(act, change.cut)
        return COUNTS

    def _role_set(self, act: Act, change: body.RoleChange, person: PersonRecord) -> RoleSet:
        """The role with its rank. Who is said to be an owner already keeps, or waits for, the place in the line that
        whoever made them one gave."""
        step = (act.decision.serial, act.track.tree_depth, act.track.id)
        held = person.latest() if is_owner(person.latest()) else last_of_owners((*act.rank[2], step))
        newest = change.version > person.newest
        if change.role is not Role.OWNER:
            rank = rank_of(change.role)
        elif change.before is Role.OWNER or (newest and is_owner(person.latest())):
            rank = held
        else:
            rank = rank_by(act.rank, step)
        before = held if change.before is Role.OWNER else rank_of(change.before)
        return RoleSet(change.version, rank, before if is_owner(act.rank) else None, act, serials(change.cut))

    def _set_policy(self, act: Act, policy: body.Policy) -> str:
        if role_of(act.rank) is not Role.OWNER:
            return NOT_PERMITTED
        if policy.version in self.policies:
            return "version-taken"
        self.policies[policy.version] = PolicyRecord(act.decision, policy, serials(policy.cut))
        self.apply_namings(act, policy.cut)
        return COUNTS

    def _add_first_tracks(self, person: PersonRecord, certificate: Certificate) -> None:
        self.add_track(self._track(person.id, person, None, None, depth=-1))
        self.add_track(self._track(certificate.device_id, person, None, certificate))

    def _track(
        self,
        issuer: bytes,
        person: PersonRecord,
        parent: Track | None,
        certificate: Certificate | None,
        depth: int | None = None,
    ) -> Track:
        below = 0 if parent is None else parent.tree_depth + 1
        chain = self.known.chains.get(issuer)
        return Track(issuer, person, below if depth is None else depth, parent, chain, certificate)


def _rules_over(act: Act, person: PersonRecord) -> bool:
    """Owners over those below them, admins over members and guests; nobody over their own person.

    A recovery key is for its own person's devices only: it keeps the best rank that the person ever had.
    """
    if act.track.person is person or act.track.is_recovery:
        return False
    return role_of(act.rank) >= Role.ADMIN and act.rank < person.latest()


def _is_head_of(act: Act, person: PersonRecord) -> bool:
    """Whether this is the device nearest the root that the person has left: it alone decides for the person."""
    live = person.live_tracks()
    return bool(live) and live[0] is act.track


def _why_not_change_role(act: Act, change: body.RoleChange, person: PersonRecord) -> str:
    latest = role_of(person.latest())
    if person is act.track.person:
        right = _is_head_of(act, person) and change.role < latest
    elif role_of(act.rank) is Role.OWNER:
        right = act.rank < person.latest()
    else:
        both_low = latest <= Role.MEMBER and change.role <= Role.MEMBER
        right = role_of(act.rank) is Role.ADMIN and both_low
    if not right:
        return NOT_PERMITTED
    if act.side and change.role > latest:
        return "fork"
    return "version-taken" if change.version in person.roles else ""


def kind_of(person: PersonRecord) -> Kind:
    """What stands behind a person."""
    return Kind.PERSON if person.certificate is None else person.certificate.fields.kind
