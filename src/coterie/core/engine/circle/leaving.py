"""After we left a circle: the endpoint stays until somebody has been told, then it is closed for good."""

from coterie.core.engine.circle import membership
from coterie.core.engine.circle.identity import ENDPOINT
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import CircleId


def link_ended(ctx: Context, circle_id: CircleId) -> None:
    """Whoever learns that we left ends its link with us: from then on the word travels without us."""
    if circle_of(ctx, circle_id).state == "left" and not ctx.links.of_circle(circle_id):
        finish(ctx, circle_id)


def finish(ctx: Context, circle_id: CircleId) -> None:
    """No endpoint of this circle any more, and no key of it."""
    if circle_of(ctx, circle_id).state != "left":
        return
    membership.silence(ctx, circle_id)
    for key in ctx.store.circles.keys(circle_id, ENDPOINT):
        ctx.store.circles.delete_key(circle_id, ENDPOINT, key.key_id)
