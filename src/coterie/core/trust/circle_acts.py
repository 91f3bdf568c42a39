"""Bodies of new decisions about a circle, with the right asked before anything is signed (PROTOCOL 2, Rights).

Each function answers "may this device do it?" by raising UserError `not-permitted`, and otherwise gives the body
with the cut that belongs to it. What is issued after that would count; what is not permitted is never issued.
"""

from collections.abc import Iterable

from coterie.core.codec.items import Item
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.circle_state import CircleState, Device, GrantState, Person
from coterie.core.trust.cut import Cut, CutEntry, bounded_cut
from coterie.core.trust.fork_choice import already_said, followed
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.rank import is_owner, role_of
from coterie.core.trust.roles import Kind, Role


def cut_for_person(state: CircleState, person_id: bytes) -> Cut:
    """All chains of a person, as far as they are known here."""
    issuers = [device.id for device in state.devices.values() if device.person_id == person_id]
    recovery = state.heads.get(person_id)
    named = _chains(state, issuers)
    return bounded_cut([recovery, *named] if recovery is not None and recovery.serial else named)


def cut_for_device(state: CircleState, device_id: bytes) -> Cut:
    """A device and all devices below it: those that are named go on when it is revoked."""
    below = {device_id}
    for device in sorted(state.devices.values(), key=lambda device: device.depth):
        if device.parent in below:
            below.add(device.id)
    return bounded_cut(_chains(state, (issuer for issuer in state.order if issuer in below)))


def cut_for_all(state: CircleState) -> Cut:
    """Every chain that has something, the most senior first if there are too many for one cut."""
    return bounded_cut(head for head in _chains(state, state.order) if head.serial)


def grant(
    state: CircleState,
    device_id: bytes,
    invitation_key: bytes,
    expiry: int,
    role: Role = Role.MEMBER,
    kind: Kind = Kind.PERSON,
    approval: bool = False,
) -> body.Grant:
    """An invitation for one person. `expiry` is in seconds since 1970."""
    device, _ = _giving(state, device_id)
    ceiling = Role.ADMIN if is_owner(device.rank_now) else Role.MEMBER
    if not device.may_invite or role > ceiling:
        raise _not_permitted("this role may not invite for that role")
    return body.Grant(invitation_key, role, kind, expiry, approval)


def withdrawal(state: CircleState, device_id: bytes, grant_id: bytes) -> body.Withdrawal:
    """The grant admits nobody from here on."""
    device, _ = _acting(state, device_id)
    held = state.grants.get(grant_id)
    if held is None:
        raise UserError("unknown-invitation", "there is no such invitation", "coterie invitation list")
    inviter = state.devices[held.device_id]
    own = _is_own_or_below(state, device_id, inviter.id)
    if not own and not _rules_over(device, state.people[inviter.person_id]):
        raise _not_permitted("this invitation is another person's", "they may, or an owner senior to them")
    return body.Withdrawal(grant_id, (state.heads[inviter.id],))


def removal(state: CircleState, device_id: bytes, person_id: bytes) -> body.Removal:
    """Another person out of the circle, for ever."""
    device, _ = _acting(state, device_id)
    other = _person(state, person_id)
    if not _rules_over(device, other):
        raise _not_permitted(
            "only those below can be removed", "an owner senior to them may; the founder can only leave"
        )
    return body.Removal(person_id, cut_for_person(state, person_id))


def leaving(state: CircleState, device_id: bytes) -> body.Removal:
    """Our own person out of the circle. The last owner's cut says from where on the next one is owner."""
    _, person = _acting(state, device_id)
    _require_head(person, device_id)
    return body.Removal(person.id, _with_heirs(state, person, cut_for_person(state, person.id)))


def revocation(state: CircleState, device_id: bytes, target_id: bytes) -> body.Revocation:
    """Ends a device: our own, one below it, or one of a person below us. Devices below it go on."""
    device, person = _acting(state, device_id)
    target = state.devices.get(target_id)
    if target is None:
        raise UserError("unknown-device", "there is no such device", "")
    other = state.people[target.person_id]
    own = other.id == person.id and _is_own_or_below(state, device_id, target_id)
    if not own and not _rules_over(device, other):
        raise _not_permitted(
            "a device above this one ends only by the recovery key", "use the device that made this one"
        )
    cut = cut_for_device(state, target_id)
    return body.Revocation(target_id, _with_heirs(state, other, cut) if other.devices == (target_id,) else cut)


def role_change(state: CircleState, device_id: bytes, person_id: bytes, role: Role) -> body.RoleChange:
    """A new role, from what we know of that person's chains on."""
    device, person = _acting(state, device_id)
    other = _person(state, person_id)
    if role not in (Role.GUEST, Role.MEMBER, Role.ADMIN, Role.OWNER):
        raise UserError("unknown-role", "a role is guest, member, admin or owner", "")
    if other.id == person.id:
        _require_head(person, device_id)
        right = role < person.role
    elif is_owner(device.rank_now):
        right = device.rank_now < other.rank
    else:
        right = role_of(device.rank_now) is Role.ADMIN and other.role <= Role.MEMBER and role <= Role.MEMBER
    if not right:
        raise _not_permitted("this role is not ours to give", "an owner senior to them may")
    if role > other.role:
        _giving(state, device_id)
    cut = cut_for_person(state, person_id)
    return _role_body(other, role, _with_heirs(state, other, cut) if other.id == person.id else cut)


def policy(state: CircleState, device_id: bytes, limits: Iterable[Item]) -> body.Policy:
    """New limits for everybody, from what we know of everybody's chains on."""
    device, _ = _giving(state, device_id)
    if not is_owner(device.rank_now):
        raise _not_permitted("only owners change the policy")
    version = body.next_version(0 if state.policy is None else state.policy.version)
    ordered = tuple(sorted(limits, key=lambda item: item.type))
    return body.Policy(version, state.policy_id or ZERO_ID, ordered, cut_for_all(state))


def check_admission(state: CircleState, device_id: bytes, grant_id: bytes, kind: Kind, now: int) -> GrantState:
    """Before this device admits somebody with a grant; `now` is in seconds since 1970.

    PeerError `inviter-not-authorised`, `invite-used`, `invite-withdrawn`, `invite-expired` or `wrong-kind`.
    """
    held = state.grants.get(grant_id)
    if held is None or held.device_id != device_id or not state.is_active(device_id):
        raise PeerError("inviter-not-authorised", "this device may not admit with that invitation")
    if held.status == "spent":
        raise PeerError("invite-used", "this invitation has been used")
    if held.status == "withdrawn":
        raise PeerError("invite-withdrawn", "this invitation was withdrawn")
    if held.status != "open" or state.newer or device_id in state.unsettled:
        raise PeerError("inviter-not-authorised", "this device may not admit with that invitation")
    if now >= held.grant.expiry:
        raise PeerError("invite-expired", "this invitation has expired")
    if kind is not held.grant.kind:
        raise PeerError("wrong-kind", "this invitation is for another kind of person")
    return held


def settlements(known: ObjectSet, state: CircleState, device_id: bytes) -> tuple[body.RoleChange, ...]:
    """What this device should issue at once: for each fork of somebody below, a cut that names the branch that goes on.

    It is their role as it stands, again; of two branches the one goes on that reached this device first (rule 10).
    """
    device = state.devices.get(device_id)
    if device is None or not device.active or device_id in state.unsettled:
        return ()
    said = already_said(known, device_id)
    found: dict[bytes, dict[bytes, CutEntry]] = {}
    for issuer in state.unsettled:
        forked = state.devices.get(issuer)
        if forked is not None and _rules_over(device, state.people[forked.person_id]):
            entry = followed(known, state.heads[issuer])
            if entry.hash not in said:
                found.setdefault(forked.person_id, {})[issuer] = entry
    bodies = []
    for person_id, entries in found.items():
        others = [entry for entry in cut_for_person(state, person_id) if entry.issuer not in entries]
        cut = bounded_cut([*entries.values(), *others])
        bodies.append(_role_body(state.people[person_id], state.people[person_id].role, cut))
    return tuple(bodies)


def _chains(state: CircleState, issuers: Iterable[bytes]) -> list[CutEntry]:
    """Each chain's head, and the certificate of its successor where there is one."""
    found: list[CutEntry] = []
    for issuer in issuers:
        found.append(state.heads[issuer])
        if issuer in state.successions:
            found.append(state.successions[issuer])
    return found


def _role_body(other: Person, role: Role, cut: Cut) -> body.RoleChange:
    return body.RoleChange(other.certificate, role, body.next_version(other.role_version), other.role, cut)


def _acting(state: CircleState, device_id: bytes) -> tuple[Device, Person]:
    device = state.devices.get(device_id)
    if device is None or not device.active:
        raise UserError("not-a-member", "this device is not in the circle any more", "")
    return device, state.people[device.person_id]


def _giving(state: CircleState, device_id: bytes) -> tuple[Device, Person]:
    """Who gives must know every type of decision here, and its own chain must be one."""
    if state.newer:
        raise UserError("needs-newer-version", "this circle holds decisions of a newer version", "update Coterie")
    if device_id in state.unsettled:
        raise UserError("forked", "this device has decided twice with one number", "an owner's device settles it")
    return _acting(state, device_id)


def _person(state: CircleState, person_id: bytes) -> Person:
    person = state.people.get(person_id)
    if person is None or person.removed:
        raise UserError("unknown-person", "there is no such person in the circle", "coterie circle show")
    return person


def _require_head(person: Person, device_id: bytes) -> None:
    if person.devices[:1] != (device_id,):
        raise _not_permitted("only the first of a person's devices decides this", "use that device")


def _rules_over(device: Device, other: Person) -> bool:
    """By the rank with which its next decision would be read: a role may hold from a later serial on only."""
    own = device.person_id == other.id
    return not own and role_of(device.rank_now) >= Role.ADMIN and device.rank_now < other.rank


def _is_own_or_below(state: CircleState, device_id: bytes, other_id: bytes) -> bool:
    above: bytes | None = other_id
    while above is not None and above != device_id:
        above = state.devices[above].parent
    return above is not None


def _with_heirs(state: CircleState, person: Person, cut: Cut) -> Cut:
    """If no owner is left after this: the chains of all others too, for whoever becomes owner (rule 12)."""
    others = [p for p in state.people.values() if p.role is Role.OWNER and p.devices and p.id != person.id]
    if person.role is not Role.OWNER or others:
        return cut
    named = {entry.issuer for entry in cut}
    rest = [entry for entry in _chains(state, state.order) if entry.issuer not in named]
    return bounded_cut([*cut, *rest])


def _not_permitted(why: str, hint: str = "an owner of the circle may") -> UserError:
    return UserError("not-permitted", why, hint)
