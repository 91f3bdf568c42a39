"""What nobody fetched in time: ciphertext ends at its keep_until, and its author is told (PROTOCOL 7)."""

from coterie.core.engine.delivery import receipts
from coterie.core.engine.delivery.outgoing import KEEP
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.kernel.limits import EVENT_DAYS
from coterie.core.kernel.world import DAY, HOUR, Instant
from coterie.core.mls.past import forget_epoch, past_epochs

TIMER = "delivery/expiry"
EVERY = 1 * HOUR


def plan(ctx: Context) -> None:
    """The next sweep."""
    ctx.emit(SetTimer(TIMER, Instant(ctx.now + EVERY)))


def sweep(ctx: Context) -> None:
    """Drops ciphertext past its time, events past theirs, keys of epochs that ended before the carrying window.

    Ours that reached nobody is `expired`.
    """
    for envelope in ctx.store.envelopes.expired(ctx.now):
        ctx.store.envelopes.drop(envelope.envelope_id)
        message = ctx.store.messages.find(envelope.message_id) if envelope.message_id else None
        if message is not None and message.state in ("queued", "dispatched"):
            receipts.end(ctx, message, "expired", "nobody fetched it in time")
    ctx.store.conversations.drop_held_before(Instant(ctx.now - KEEP))
    _forget_old_epochs(ctx)
    ctx.store.events.prune(Instant(ctx.now - EVENT_DAYS * DAY))
    plan(ctx)


def _forget_old_epochs(ctx: Context) -> None:
    """An epoch ended when the next one was entered; nobody carries its messages longer than the window."""
    for group_id, entered in ctx.store.conversations.epochs_entered_before(Instant(ctx.now - KEEP)):
        rows = ctx.store.conversations.rows(group_id)
        for epoch in past_epochs(rows):
            if epoch < entered:
                groups.write(ctx, group_id, forget_epoch(rows, epoch))
