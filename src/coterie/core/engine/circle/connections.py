"""Connections that come, speak and go: which machine gets their frames, and when a link stands."""

from coterie.core.engine.circle import admitting, entering, handshaking, linking, watching
from coterie.core.engine.circle.handshaking import Dialling, Entrance, Knock, Listening
from coterie.core.engine.ports.effects import CloseConnection
from coterie.core.engine.ports.inputs import Closed, Opened, Received
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import PeerError


def opened(ctx: Context, event: Opened) -> None:
    """A new connection: begins a join or link handshake. PeerError: to be closed without a byte."""
    if event.door and event.dialled:
        entering.opened(ctx, event)
    elif event.door:
        admitting.opened(ctx, event)
    elif ctx.store.circles.get(event.circle_id) is None:
        raise PeerError("not-a-member", "we are not in this circle yet")
    else:
        linking.opened(ctx, event)


def handshake_frame(ctx: Context, event: Received) -> None:
    """A frame on a connection that is not a link yet. PeerError: to be closed without a byte."""
    handshake = handshaking.of(ctx, event.conn)
    if handshake is None:
        ctx.emit(CloseConnection(event.conn, "over"))  # it crossed our close, which may have been lost with a step
        return
    handshake.last = ctx.now
    match handshake:
        case Knock():
            admitting.frame(ctx, handshake, event.type, event.body)
        case Entrance():
            entering.frame(ctx, handshake, event.type, event.body)
        case Dialling():
            linking.dialler_frame(ctx, handshake, event.type, event.body)
        case Listening():
            linking.listener_frame(ctx, handshake, event.type, event.body)


def closed(ctx: Context, event: Closed) -> None:
    """Forgets the connection, whatever it was; notes `link-down` if it was a link."""
    handshake = handshaking.of(ctx, event.conn)
    ctx.memory.handshakes.pop(event.conn, None)
    ctx.memory.handshakes.pop(-event.conn, None)
    link = ctx.links.get(event.conn)
    match handshake:
        case Knock():
            admitting.closed(ctx, handshake)
        case Entrance():
            entering.closed(ctx, handshake)
        case Dialling():
            linking.closed(ctx, handshake)
        case _:
            pass
    if link is None:
        return
    stood = ctx.links.to(link.circle_id, link.device_id) is link
    ctx.links.remove(event.conn)
    if stood and link.admitted:
        linking.note(ctx, link, "link-down")
        watching.lost(ctx, link.circle_id, link.device_id)
