"""What `status` tells of the engine; the shell adds what it knows of addresses and attempts."""

from coterie.core.engine.circle import status as circle_status
from coterie.core.engine.ports.commands import ShowStatus
from coterie.core.engine.ports.views import StatusView
from coterie.core.engine.state.context import Context


def show_status(ctx: Context, command: ShowStatus) -> StatusView:  # noqa: ARG001 - every command has this shape
    """Links and queues."""
    return StatusView(
        circles=len(ctx.store.circles.all()),
        peers=circle_status.peers(ctx),
        queued=ctx.store.messages.unsent_count(),
        last_event=ctx.store.events.last_id(),
    )
