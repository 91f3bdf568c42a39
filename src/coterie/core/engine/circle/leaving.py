"""After we left a circle: the endpoint stays until somebody has been told, then it is closed for good."""

from collections.abc import Iterable

from coterie.core.engine.circle import membership
from coterie.core.engine.circle.identity import ENDPOINT
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import CircleId
from coterie.core.trust.circle_bodies import Removal
from coterie.core.trust.objects import Decision


def heard(ctx: Context, circle_id: CircleId, objects: Iterable[bytes]) -> None:
    """Whoever learns that we left sends the removal back before it ends the link: from then on others pass it on."""
    circle = circle_of(ctx, circle_id)
    if circle.state != "left":
        return
    known = circle_states.known(ctx, circle_id, circle_id).decisions.values()
    farewells = {d.raw for d in known if is_farewell(d) and d.issuer == circle.device_id}
    if farewells.intersection(objects):
        finish(ctx, circle_id)


def is_farewell(decision: Decision) -> bool:
    """Whether a decision removes a person. Signed by a device of that person it says that they leave."""
    return isinstance(decision.body, Removal)


def finish(ctx: Context, circle_id: CircleId) -> None:
    """No endpoint of this circle any more, and no key of it."""
    if circle_of(ctx, circle_id).state != "left":
        return
    membership.silence(ctx, circle_id)
    for key in ctx.store.circles.keys(circle_id, ENDPOINT):
        ctx.store.circles.delete_key(circle_id, ENDPOINT, key.key_id)
