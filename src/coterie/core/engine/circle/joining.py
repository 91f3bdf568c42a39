"""Joining a circle by an invitation: the side that holds the link."""

from coterie.core.engine.ports.commands import StartJoin, StopJoin
from coterie.core.engine.ports.views import JoinView
from coterie.core.engine.state.context import Context


def start_join(ctx: Context, command: StartJoin) -> JoinView:
    """Begins or resumes; progress is told by `join` events {circle_id, state, code}."""
    raise NotImplementedError


def stop_join(ctx: Context, command: StopJoin) -> JoinView:
    """Stops dialling; everything needed to resume is kept."""
    raise NotImplementedError
