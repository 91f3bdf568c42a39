"""Timers of the circle side: their names begin with `circle/`."""

from coterie.core.engine.state.context import Context

PREFIX = "circle/"


def timer(ctx: Context, name: str) -> None:
    """Weekly card, doors that close, invitations that expire, handshakes that take too long."""
    raise NotImplementedError
