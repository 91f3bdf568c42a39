"""Our person and device in a circle: the record and its signer."""

from coterie.core.crypto.signature import Signer, SoftwareSigner
from coterie.core.crypto.suites import Suite, suite
from coterie.core.engine.ports.circles import Circle
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import CircleId, DeviceId


def circle_of(ctx: Context, circle_id: CircleId) -> Circle:
    """Our record of this circle; a LookupError (our bug) when there is none."""
    cached = ctx.memory.caches.get(("own", circle_id))
    if isinstance(cached, Circle):
        return cached
    circle = ctx.store.circles.get(circle_id)
    if circle is None:
        raise LookupError("no such circle")
    ctx.memory.caches["own", circle_id] = circle
    return circle


def own_device(ctx: Context, circle_id: CircleId) -> DeviceId:
    """Our device there."""
    return circle_of(ctx, circle_id).device_id


def suite_of(ctx: Context, circle_id: CircleId) -> Suite:
    """The circle's one suite."""
    return suite(circle_of(ctx, circle_id).suite_id)


def signer(ctx: Context, circle_id: CircleId) -> Signer:
    """Signs as our device there. Kept ready in memory; the key itself stands in the vault."""
    ready = ctx.memory.signers.get(circle_id)
    if ready is None:
        key = ctx.store.circles.keys(circle_id, "signature")[0]
        ready = SoftwareSigner.from_private(suite_of(ctx, circle_id), key.private)
        ctx.memory.signers[circle_id] = ready
    return ready


def replace_circle(ctx: Context, circle: Circle) -> None:
    """Writes our record of a circle, and forgets what was cached of it."""
    ctx.store.circles.update(circle)
    ctx.memory.caches.pop(("own", circle.circle_id), None)


def require_active(ctx: Context, circle_id: CircleId) -> None:
    """UserError when we may no longer decide anything in this circle: left, removed, or an old copy of our vault."""
    state = circle_of(ctx, circle_id).state
    if state == "restored":
        raise UserError(
            "restored-state-must-rejoin",
            "this vault is an older copy of itself; it must not go on in this circle",
            "ask for a new invitation",
        )
    if state != "active":
        raise UserError("not-a-member", "we are no longer in this circle", "ask for a new invitation")
