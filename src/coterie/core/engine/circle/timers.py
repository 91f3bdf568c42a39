"""Timers of the circle side: their names begin with `circle/`."""

from coterie.core.engine.circle import cards, doors, handshaking, leaving, membership, offering
from coterie.core.engine.ports.effects import CloseConnection
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import ID_SIZE, CircleId, from_base32

PREFIX = "circle/"


def timer(ctx: Context, name: str) -> None:
    """Weekly card, doors that close, facts to offer, handshakes that take too long, links that are old."""
    kind, _, rest = name.removeprefix(PREFIX).partition("/")
    match kind:
        case "handshake":
            handshaking.timed_out(ctx, int(rest))
        case "link":
            if ctx.links.get(int(rest)) is not None:
                ctx.emit(CloseConnection(int(rest), "link-worn-out"))
        case "gossip":
            both = from_base32(rest)
            circle_id = CircleId(both[:ID_SIZE])
            if ctx.store.circles.get(circle_id) is not None:
                offering.gossip(ctx, circle_id, both[ID_SIZE:])
        case "card" | "door" | "leave":
            circle_id = CircleId(from_base32(rest))
            if ctx.store.circles.get(circle_id) is not None:
                _of_circle(ctx, kind, circle_id)


def _of_circle(ctx: Context, kind: str, circle_id: CircleId) -> None:
    prefix = f"{PREFIX}{kind}/"
    if prefix == cards.TIMER:
        cards.renew_if_due(ctx, circle_id)
    elif prefix == doors.TIMER:
        doors.refresh(ctx, circle_id)
    elif prefix == membership.LEAVE_TIMER:
        leaving.finish(ctx, circle_id)
