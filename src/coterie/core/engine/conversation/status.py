"""What `status` tells of the engine; the shell adds what it knows of dialling."""

from coterie.core.engine.circle import status as circle_status
from coterie.core.engine.ports.commands import ShowStatus
from coterie.core.engine.ports.views import CircleStatus, StatusView
from coterie.core.engine.state import names
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import CircleId, to_base32


def show_status(ctx: Context, command: ShowStatus) -> StatusView:  # noqa: ARG001 - every command has this shape
    """Endpoints, links and queues."""
    return StatusView(
        circles=tuple(_circle(ctx, circle.circle_id) for circle in ctx.store.circles.all() if circle.state == "active"),
        peers=circle_status.peers(ctx),
        queued=ctx.store.messages.unsent_count(),
        last_event=ctx.store.events.last_id(),
    )


def _circle(ctx: Context, circle_id: CircleId) -> CircleStatus:
    endpoints = ctx.store.circles.keys(circle_id, "endpoint")
    return CircleStatus(
        id=to_base32(circle_id),
        name=names.circle_name(ctx, circle_id),
        endpoint_id=to_base32(endpoints[0].public) if endpoints else "",
        hints=ctx.memory.bound.get((circle_id, False), (0, ()))[1],
        door=ctx.memory.bound.get((circle_id, True), (0, ()))[1],
    )
