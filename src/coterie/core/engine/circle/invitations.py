"""Invitations that we make: grants, their links, withdrawal and approval (PROTOCOL 3)."""

from dataclasses import replace

from coterie.core.engine.circle import doors, issuing
from coterie.core.engine.ports.commands import (
    ApproveInvitation,
    CreateInvitation,
    DenyInvitation,
    ListInvitations,
    ShowInvitation,
    WithdrawInvitation,
)
from coterie.core.engine.ports.invitations import InvitationRecord
from coterie.core.engine.ports.views import InvitationView
from coterie.core.engine.state import circle_states, names
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, require_active, suite_of
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import CircleId, EndpointId, to_base32
from coterie.core.kernel.limits import INVITATION_DAYS
from coterie.core.kernel.names import neutralise
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import DAY, SECOND, Instant
from coterie.core.trust import circle_acts
from coterie.core.trust.certificates import parse_certificate
from coterie.core.wire.invitation import SECRET_SIZE, Invitation, encode_link, invitation_keys, parse_invitation

OPEN, CLAIMED, WAITING, APPROVED = "open", "claimed", "waiting-for-approval", "approved"
USED, WITHDRAWN, DENIED, EXPIRED = "used", "withdrawn", "denied", "expired"


def create_invitation(ctx: Context, command: CreateInvitation) -> InvitationView:
    """Issues the grant. `link` is empty until the door is bound.

    Then the event `invitation-ready` {id} tells, and ShowInvitation has the link.
    """
    circle_id = names.circle_named(ctx, command.circle)
    require_active(ctx, circle_id)
    circle, suite = circle_of(ctx, circle_id), suite_of(ctx, circle_id)
    if not SECOND <= command.expires_seconds * SECOND <= INVITATION_DAYS * DAY:
        raise UserError("bad-duration", "an invitation is open for 1 second to 30 days", "for example --expires 24h")
    door = doors.open_door(ctx, circle_id)
    secret = Secret(ctx.entropy.random(SECRET_SIZE))
    keys = invitation_keys(suite, secret)
    expiry = ctx.now // SECOND + command.expires_seconds
    state = circle_states.circle_state(ctx, circle_id)
    body = circle_acts.grant(state, circle.device_id, keys.signer.public_key, expiry, approval=command.approve)
    grant = issuing.decide(ctx, circle_id, circle_id, body)
    _, hints = ctx.memory.bound.get((circle_id, True), (0, ()))
    invitation = Invitation(
        circle_id=circle_id,
        suite_id=suite.id,
        device_id=circle.device_id,
        endpoint_id=EndpointId(door.public),
        hints=(),
        relay=b"",
        secret=secret,
        expiry=expiry,
    ).at(hints)
    record = InvitationRecord(
        invitation_id=keys.invitation_id,
        circle_id=circle_id,
        grant_id=grant.id,
        payload=Secret(invitation.encode()),
        approve=command.approve,
        state=OPEN,
        expires_at=Instant(expiry * SECOND),
        attempts=0,
        failures=0,
        certificate=b"",
        card=b"",
        words="",
        created_at=ctx.now,
    )
    ctx.store.invitations.put(record)
    doors.refresh(ctx, circle_id)
    return view(ctx, record, with_link=True)


def door_bound(ctx: Context, circle_id: CircleId) -> None:
    """The door's address is known: invitations that waited for it are complete now."""
    _, hints = ctx.memory.bound[circle_id, True]
    for record in doors.open_invitations(ctx, circle_id):
        invitation = parse_invitation(record.payload.reveal())
        if invitation.found_at or record.state != OPEN or record.attempts:
            continue
        completed = invitation.at(hints)
        ctx.store.invitations.put(replace(record, payload=Secret(completed.encode())))
        ctx.note("invitation-ready", id=to_base32(record.invitation_id))


def show_invitation(ctx: Context, command: ShowInvitation) -> InvitationView:
    """One invitation, with its link while it is open."""
    return view(ctx, _named(ctx, command.invitation), with_link=True)


def list_invitations(ctx: Context, _command: ListInvitations) -> tuple[InvitationView, ...]:
    """All that we made, without links."""
    return tuple(view(ctx, record) for record in ctx.store.invitations.all())


def withdraw_invitation(ctx: Context, command: WithdrawInvitation) -> InvitationView:
    """Whoever still holds it is answered `invite-withdrawn`."""
    record = _named(ctx, command.invitation)
    if record.state == USED:
        raise UserError("invite-used", "somebody has joined with it already", "remove the person instead")
    if record.state in (WITHDRAWN, DENIED):
        return view(ctx, record)
    return view(ctx, withdraw(ctx, record, WITHDRAWN))


def approve_invitation(ctx: Context, command: ApproveInvitation) -> InvitationView:
    """Lets in the one who waits."""
    record = _waiting(ctx, command.invitation)
    record = replace(record, state=APPROVED)
    ctx.store.invitations.put(record)
    note(ctx, record)
    return view(ctx, record)


def deny_invitation(ctx: Context, command: DenyInvitation) -> InvitationView:
    """Refuses the one who waits; nobody else can use it either."""
    return view(ctx, withdraw(ctx, _waiting(ctx, command.invitation), DENIED))


def withdraw(ctx: Context, record: InvitationRecord, state: str) -> InvitationRecord:
    """Issues the withdrawal, with a cut at our last decision: it voids only an admission beyond it."""
    circle_id = record.circle_id
    device_id = circle_of(ctx, circle_id).device_id
    body = circle_acts.withdrawal(circle_states.circle_state(ctx, circle_id), device_id, record.grant_id)
    issuing.decide(ctx, circle_id, circle_id, body)
    record = replace(record, state=state)
    ctx.store.invitations.put(record)
    note(ctx, record)
    return record


def note(ctx: Context, record: InvitationRecord, **more: object) -> None:
    """The event `invitation`: what became of one."""
    identity = {"id": to_base32(record.invitation_id), "circle": to_base32(record.circle_id)}
    ctx.note("invitation", **identity, state=record.state, attempts=record.attempts, **more)


def view(ctx: Context, record: InvitationRecord, with_link: bool = False) -> InvitationView:
    """As people see it. The link is shown only while somebody could use it, and once its door is bound."""
    state = EXPIRED if record.expires_at <= ctx.now and record.state != USED else record.state
    link = ""
    if with_link and state == OPEN and (record.circle_id, True) in ctx.memory.bound:
        link = encode_link(parse_invitation(record.payload.reveal()))
    joiner = ""
    if record.certificate:
        certificate = parse_certificate(record.certificate)
        claimed = neutralise(names.first_name(certificate) or to_base32(certificate.person_id))
        joiner = names.display(ctx, record.circle_id, certificate.person_id) or claimed
    return InvitationView(
        id=to_base32(record.invitation_id),
        circle=names.circle_name(ctx, record.circle_id),
        state=state,
        approve=record.approve,
        expires_at=record.expires_at,
        attempts=record.attempts,
        created_at=record.created_at,
        joiner=joiner,
        link=link,
    )


def _named(ctx: Context, text: str) -> InvitationRecord:
    """By its id or by the beginning of it, at least four characters."""
    wanted = text.strip().lower()
    found = [
        record
        for record in ctx.store.invitations.all()
        if len(wanted) >= 4 and to_base32(record.invitation_id).startswith(wanted)
    ]
    if not found:
        raise UserError("unknown-invitation", "no invitation has this id", "`coterie invitation list` shows them")
    if len(found) > 1:
        raise UserError("ambiguous-name", "several invitations begin with this", "give more of the id")
    return found[0]


def _waiting(ctx: Context, text: str) -> InvitationRecord:
    record = _named(ctx, text)
    require_active(ctx, record.circle_id)
    if record.expires_at <= ctx.now:
        raise UserError("invite-expired", "this invitation has expired", "make a new one")
    if record.state != WAITING:
        raise UserError("nobody-waits", "nobody waits for this invitation's approval", "`coterie invitation list`")
    return record
