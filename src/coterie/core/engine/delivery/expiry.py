"""What nobody fetched in time: ciphertext ends at its keep_until, and its author is told (PROTOCOL 7)."""

from coterie.core.engine.delivery import receipts
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.context import Context
from coterie.core.kernel.limits import EVENT_DAYS
from coterie.core.kernel.world import DAY, HOUR, Instant

TIMER = "delivery/expiry"
EVERY = 1 * HOUR


def plan(ctx: Context) -> None:
    """The next sweep."""
    ctx.emit(SetTimer(TIMER, Instant(ctx.now + EVERY)))


def sweep(ctx: Context) -> None:
    """Drops ciphertext past its time and events past theirs; ours that reached nobody is `expired`."""
    for envelope in ctx.store.envelopes.expired(ctx.now):
        ctx.store.envelopes.drop(envelope.envelope_id)
        message = ctx.store.messages.find(envelope.message_id) if envelope.message_id else None
        if message is not None and message.state in ("queued", "dispatched"):
            receipts.end(ctx, message, "expired", "nobody fetched it in time")
    ctx.store.events.prune(Instant(ctx.now - EVENT_DAYS * DAY))
    plan(ctx)
