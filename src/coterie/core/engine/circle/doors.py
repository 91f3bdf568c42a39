"""The door: one endpoint per circle that serves all open invitations, and is there only while one is open.

An invitation counts as open until its expiry, whatever became of it, so that its holder gets a clear answer. When none
is open the door's key is deleted; the next invitation gets a new one, so an old link cannot be used to watch us.
"""

from coterie.core.crypto.signature import generate_signer
from coterie.core.engine.circle.identity import DOOR
from coterie.core.engine.ports.circles import Key
from coterie.core.engine.ports.effects import CloseEndpoint, OpenEndpoint, SetTimer
from coterie.core.engine.ports.invitations import InvitationRecord
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import CircleId, to_base32
from coterie.core.kernel.limits import INVITATION_DAYS
from coterie.core.kernel.world import DAY, Instant
from coterie.core.trust.facts import ED25519_SUITE

TIMER = "circle/door/"


def door_key(ctx: Context, circle_id: CircleId) -> Key | None:
    """The key of the door that stands now."""
    keys = ctx.store.circles.keys(circle_id, DOOR)
    return keys[0] if keys else None


def open_invitations(ctx: Context, circle_id: CircleId) -> list[InvitationRecord]:
    """Those that somebody may still hold and ask about."""
    return [
        record
        for record in ctx.store.invitations.all()
        if record.circle_id == circle_id and record.expires_at > ctx.now
    ]


def open_door(ctx: Context, circle_id: CircleId) -> Key:
    """The door's key for a new invitation; the endpoint is opened if it is not there.

    UserError `door-closing` for a door of 30 days that still serves older invitations.
    """
    refresh(ctx, circle_id)
    key = door_key(ctx, circle_id)
    if key is not None and key.created_at + INVITATION_DAYS * DAY <= ctx.now:
        raise UserError(
            "door-closing",
            "older invitations still use an address that takes no new ones",
            "wait until they have expired; `coterie invitation list` shows when",
        )
    if key is None:
        made = generate_signer(ED25519_SUITE, ctx.entropy)
        key = Key(circle_id, DOOR, made.public_key, made.private, made.public_key, ctx.now)
        ctx.store.circles.put_key(key)
    if (circle_id, True) not in ctx.memory.bound:
        ctx.emit(OpenEndpoint(circle_id, True, key.private, key.port))
    return key


def resume(ctx: Context, circle_id: CircleId) -> None:
    """After a start: the door stands again while an invitation is open."""
    refresh(ctx, circle_id)
    key = door_key(ctx, circle_id)
    if key is not None:
        ctx.emit(OpenEndpoint(circle_id, True, key.private, key.port))


def refresh(ctx: Context, circle_id: CircleId) -> None:
    """Closes the door and deletes its key when no invitation is open, else sets the timer for the next expiry."""
    still_open = open_invitations(ctx, circle_id)
    if still_open:
        at = Instant(min(record.expires_at for record in still_open))
        ctx.emit(SetTimer(TIMER + to_base32(circle_id), at))
        return
    shut(ctx, circle_id)


def shut(ctx: Context, circle_id: CircleId) -> None:
    """No door any more, and no key of it. It is closed even if we have not heard yet that it was opened."""
    keys = ctx.store.circles.keys(circle_id, DOOR)
    for key in keys:
        ctx.store.circles.delete_key(circle_id, DOOR, key.key_id)
    if ctx.memory.bound.pop((circle_id, True), None) is not None or keys:
        ctx.emit(CloseEndpoint(circle_id, True))
