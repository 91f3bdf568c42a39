"""Connections that come, speak and go: which machine gets their frames, and when a link stands."""

from coterie.core.engine.ports.inputs import Closed, Opened, Received
from coterie.core.engine.state.context import Context


def opened(ctx: Context, event: Opened) -> None:
    """A new connection: begins a join or link handshake, or closes it without a byte."""
    raise NotImplementedError


def handshake_frame(ctx: Context, event: Received) -> None:
    """A frame on a connection that is not a link yet. PeerError: to be closed without a byte."""
    raise NotImplementedError


def closed(ctx: Context, event: Closed) -> None:
    """Forgets the connection, whatever it was; notes `link-down` if it was a link."""
    raise NotImplementedError
