"""Joining a circle by an invitation: what a person asks for (PROTOCOL 3; the handshake is in `entering`).

Keys, certificate and card are made at the first call and kept, so a join that broke resumes as the same device.
"""

from dataclasses import replace

from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import joins
from coterie.core.engine.circle.pending import decode_pending, make_pending, with_fresh_card
from coterie.core.engine.ports.circles import Join
from coterie.core.engine.ports.commands import StartJoin, StopJoin
from coterie.core.engine.ports.effects import OpenEndpoint, WatchPeer
from coterie.core.engine.ports.views import JoinView
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.names import check_name
from coterie.core.wire.invitation import Invitation, invitation_keys, parse_link, refuse_expired

_HINTS = {
    "invite-expired": "ask for a new invitation",
    "malformed": "copy the invitation again, whole",
    "cut-or-mixed": "copy the invitation again, whole",
    "wrong-link-kind": "use an invitation that begins with coterie:join/",
    "needs-newer-version": "install a newer version",
    "unsupported-suite": "install a newer version",
    "too-large": "give the invitation and nothing else",
}


def start_join(ctx: Context, command: StartJoin) -> JoinView:
    """Begins or resumes; progress is told by `join` events {circle, state, code}."""
    pseudonym = check_name(command.pseudonym, "pseudonym")
    invitation = _read(ctx, command.link)
    invitation_id = invitation_keys(suite(invitation.suite_id), invitation.secret).invitation_id
    join = ctx.store.circles.join_of(invitation_id)
    circle = ctx.store.circles.get(invitation.circle_id)
    if circle is not None and circle.state == "active":
        if join is not None and join.state == joins.JOINED:
            return joins.view(ctx, join)
        raise UserError("already-member", "this vault is in this circle already", "`coterie circle list` shows it")
    if join is not None and len(join.pending) and join.code != "already-known":
        pending = with_fresh_card(ctx, invitation, decode_pending(join.pending))
        join = replace(join, pending=pending.encode(), pseudonym=pseudonym, state=joins.DIALLING, code="")
    else:
        pending = make_pending(ctx, invitation, pseudonym)
        join = Join(
            circle_id=invitation.circle_id,
            invitation_id=invitation_id,
            invitation=invitation.encode(),
            pseudonym=pseudonym,
            state=joins.DIALLING,
            code="",
            pending=pending.encode(),
            words="",
            created_at=ctx.now,
        )
    ctx.store.circles.put_join(join)
    ctx.emit(OpenEndpoint(invitation.circle_id, False, pending.keys.endpoint, 0))
    ctx.emit(
        WatchPeer(
            circle_id=invitation.circle_id,
            device_id=invitation.device_id,
            endpoint_id=invitation.endpoint_id,
            hints=invitation.found_at,
            door=True,
            waiting=True,
        )
    )
    return joins.view(ctx, join)


def stop_join(ctx: Context, command: StopJoin) -> JoinView:
    """Stops dialling; everything needed to resume is kept."""
    invitation = _parsed(command.link)
    invitation_id = invitation_keys(suite(invitation.suite_id), invitation.secret).invitation_id
    join = ctx.store.circles.join_of(invitation_id)
    if join is None:
        raise UserError("unknown-invitation", "no join with this invitation is under way", "`coterie join LINK`")
    if join.state == joins.DIALLING:
        joins.stop_dialling(ctx, join)
    return joins.view(ctx, join)


def _parsed(link: str) -> Invitation:
    try:
        return parse_link(link)
    except PeerError as error:
        raise UserError(error.code, error.message, _HINTS.get(error.code, "")) from None


def _read(ctx: Context, link: str) -> Invitation:
    invitation = _parsed(link)
    try:
        refuse_expired(invitation, ctx.now)
    except PeerError as error:
        raise UserError(error.code, error.message, _HINTS[error.code]) from None
    return invitation
