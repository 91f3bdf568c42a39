"""Bodies of new decisions about a group conversation, with the right asked first (PROTOCOL 2, Rights)."""

from coterie.core.kernel.errors import UserError
from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.circle_bodies import next_version
from coterie.core.trust.conversation_state import ConversationState, Participant
from coterie.core.trust.cut import Cut, CutEntry, bounded_cut
from coterie.core.trust.fork_choice import already_said, followed
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.rank import is_owner, role_of
from coterie.core.trust.roles import Role


def cut_for_person(state: ConversationState, person_id: bytes) -> Cut:
    """All chains of a person in this conversation."""
    devices = state.circle.devices
    return bounded_cut(head for issuer, head in state.heads.items() if devices[issuer].person_id == person_id)


def member_change(state: ConversationState, device_id: bytes, person_id: bytes, added: bool) -> body.Member:
    """Adds a person of the circle, or puts somebody below out of the conversation."""
    actor = _admin(state, device_id, giving=added)
    other = state.people.get(person_id)
    if added:
        person = state.circle.people.get(person_id)
        if person is None or person.removed:
            raise UserError("unknown-person", "there is no such person in the circle", "coterie circle show")
        if other is not None and other.role is not Role.NONE:
            raise UserError("already-in-group", "this person is in the conversation already", "coterie group list")
    elif other is None or other.role is Role.NONE:
        raise UserError("unknown-person", "there is no such person in the conversation", "coterie group list")
    elif not is_below(state, other, actor):
        raise _not_permitted("only those below can be put out")
    version = next_version(0 if other is None else other.version)
    return body.Member(person_id, version, added, cut_for_person(state, person_id))


def role_change(state: ConversationState, device_id: bytes, person_id: bytes, role: Role) -> body.ConversationRole:
    """Makes a member an admin, or an admin below (or oneself) a member."""
    actor = _participant(state, device_id)
    other = state.people.get(person_id)
    if other is None or not other.active:
        raise UserError("unknown-person", "there is no such person in the conversation", "coterie group list")
    if role not in (Role.MEMBER, Role.ADMIN):
        raise UserError("unknown-role", "in a conversation a role is member or admin", "")
    if other.id == actor.id:
        _require_head(actor, device_id)
        if role is not Role.MEMBER:
            raise _not_permitted("nobody raises themselves")
    else:
        _admin(state, device_id, giving=role is Role.ADMIN)
        if not is_below(state, other, actor):
            raise _not_permitted("only those below can be given a role")
    cut = cut_for_person(state, person_id)
    cut = _with_heirs(state, actor, cut) if other.id == actor.id else cut
    return body.ConversationRole(person_id, next_version(other.version), role, cut)


def settings(state: ConversationState, device_id: bytes, title: str, expire_after: int) -> body.Settings:
    """A new title and timer (seconds, 0 for never)."""
    _admin(state, device_id, giving=True)
    return body.Settings(next_version(state.settings_version), title, expire_after)


def leave(state: ConversationState, device_id: bytes) -> body.Leave:
    """Our person goes out. The last admin's cut says from where on the next one is admin."""
    actor = _participant(state, device_id)
    _require_head(actor, device_id)
    return body.Leave(next_version(actor.version), _with_heirs(state, actor, cut_for_person(state, actor.id)))


def cut_to_offer(known: ObjectSet, state: ConversationState, device_id: bytes) -> body.ConversationCut | None:
    """What this device should issue at once, or None.

    The most senior admin's first device ends the chains of devices that are out of the circle (rule 12); every admin
    names the branch that goes on for a fork of somebody below (rule 10).
    """
    actor = state.participant_of(device_id)
    if actor is None or actor.role is not Role.ADMIN or actor.devices[:1] != (device_id,):
        return None
    if device_id in state.unsettled or not is_owner(state.ranks_now[device_id]):
        return None
    said = already_said(known, device_id)
    entries: dict[bytes, CutEntry] = {}
    for issuer in state.unsettled:
        owner = state.participant_of(issuer)
        if owner is not None and is_below(state, owner, actor):
            entries[issuer] = followed(known, state.heads[issuer])
    admins = [person for person in state.active_people() if person.role is Role.ADMIN and person.devices]
    if admins and admins[0].id == actor.id:
        for issuer, head in state.heads.items():
            if not state.circle.is_active(issuer) and issuer in known.chains and issuer not in state.outside:
                entries[issuer] = followed(known, head) if issuer in state.unsettled else head
    new = [entry for entry in entries.values() if entry.hash not in said]
    return body.ConversationCut(bounded_cut(new)) if new else None


def is_below(state: ConversationState, other: Participant, actor: Participant) -> bool:
    """Whether `actor`, an admin, may act on somebody: on members, and on admins later in the line."""
    line = list(state.people)  # admins stand before members
    return line.index(actor.id) < line.index(other.id)


def _participant(state: ConversationState, device_id: bytes) -> Participant:
    person = state.participant_of(device_id)
    if person is None or device_id not in person.devices:
        raise UserError("not-a-member", "this device is not in the conversation", "")
    if role_of(state.ranks_now[device_id]) is Role.NONE:
        raise UserError("not-a-member", "this device may not decide in the conversation yet", "")
    return person


def _admin(state: ConversationState, device_id: bytes, giving: bool) -> Participant:
    person = _participant(state, device_id)
    if person.role is not Role.ADMIN or not is_owner(state.ranks_now[device_id]):
        raise _not_permitted("only admins of the conversation may")
    if giving and state.newer:
        raise UserError("needs-newer-version", "this conversation holds decisions of a newer version", "update Coterie")
    if giving and device_id in state.unsettled:
        raise UserError("forked", "this device has decided twice with one number", "another admin's device settles it")
    return person


def _require_head(person: Participant, device_id: bytes) -> None:
    if person.devices[:1] != (device_id,):
        raise _not_permitted("only the first of a person's devices decides this")


def _with_heirs(state: ConversationState, actor: Participant, cut: Cut) -> Cut:
    """If no admin is left after this: the chains of all others too, for whoever becomes admin (rule 12)."""
    admins = [p for p in state.people.values() if p.role is Role.ADMIN and p.devices and p.id != actor.id]
    if actor.role is not Role.ADMIN or admins:
        return cut
    named = {entry.issuer for entry in cut}
    return bounded_cut([*cut, *(head for issuer, head in state.heads.items() if issuer not in named)])


def _not_permitted(why: str) -> UserError:
    return UserError("not-permitted", why, "an admin of the conversation may")
