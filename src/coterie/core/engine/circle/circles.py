"""Circles: creating, listing, showing and leaving them."""

from coterie.core.engine.ports.commands import CreateCircle, LeaveCircle, ListCircles, ShowCircle
from coterie.core.engine.ports.views import CircleDetails, CircleView
from coterie.core.engine.state.context import Context


def create_circle(ctx: Context, command: CreateCircle) -> CircleView:
    """Makes a circle with its first person and device: ours."""
    raise NotImplementedError


def list_circles(ctx: Context, command: ListCircles) -> tuple[CircleView, ...]:
    """Every circle of this vault, left ones too."""
    raise NotImplementedError


def show_circle(ctx: Context, command: ShowCircle) -> CircleDetails:
    """One circle and its people."""
    raise NotImplementedError


def leave_circle(ctx: Context, command: LeaveCircle) -> CircleView:
    """Removes ourselves and tells whoever is linked; links end when they have it."""
    raise NotImplementedError
