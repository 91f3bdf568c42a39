"""Endpoints of our circles: opened at a start, their ports kept, their addresses told to others."""

from coterie.core.engine.ports.inputs import EndpointBound
from coterie.core.engine.state.context import Context


def resume(ctx: Context) -> None:
    """After a start: endpoints of active circles, doors of open invitations, every known peer, timers."""
    raise NotImplementedError


def bound(ctx: Context, event: EndpointBound) -> None:
    """Keeps the port; issues our address fact when the hints changed; completes invitations that waited for a door."""
    raise NotImplementedError
