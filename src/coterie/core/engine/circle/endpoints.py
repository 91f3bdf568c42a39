"""Endpoints of our circles: opened at a start, their ports kept, their addresses told to others."""

from dataclasses import replace

from coterie.core.engine.circle import cards, doors, invitations, issuing, membership, watching
from coterie.core.engine.circle.identity import DOOR, ENDPOINT
from coterie.core.engine.ports.effects import OpenEndpoint, SetTimer
from coterie.core.engine.ports.inputs import EndpointBound
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import CircleId, to_base32
from coterie.core.kernel.world import Instant
from coterie.core.trust.facts import HINTS_SIZE, Address
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import stored_object


def resume(ctx: Context) -> None:
    """After a start: endpoints of our circles, doors of open invitations, every known peer, timers."""
    for circle in ctx.store.circles.all():
        circle_id = circle.circle_id
        doors.resume(ctx, circle_id)
        keys = ctx.store.circles.keys(circle_id, ENDPOINT)
        if circle.state not in ("active", "left") or not keys:
            continue
        ctx.emit(OpenEndpoint(circle_id, False, keys[0].private, keys[0].port))
        watching.watch_all(ctx, circle_id)
        if circle.state == "active":
            cards.resume(ctx, circle_id)
        else:
            at = Instant(ctx.now + membership.LEAVE_LIMIT)
            ctx.emit(SetTimer(membership.LEAVE_TIMER + to_base32(circle_id), at))


def bound(ctx: Context, event: EndpointBound) -> None:
    """Keeps the port; tells our address when the hints changed; completes invitations that waited for a door."""
    if event.door and doors.door_key(ctx, event.circle_id) is None:
        return  # its last invitation expired while it was being opened
    ctx.memory.bound[event.circle_id, event.door] = (event.port, event.hints)
    purpose = DOOR if event.door else ENDPOINT
    for key in ctx.store.circles.keys(event.circle_id, purpose)[:1]:
        if key.port != event.port:
            ctx.store.circles.put_key(replace(key, port=event.port))
    if event.door:
        invitations.door_bound(ctx, event.circle_id)
    elif (circle := ctx.store.circles.get(event.circle_id)) is not None and circle.state == "active":
        tell_address(ctx, event.circle_id)


def tell_address(ctx: Context, circle_id: CircleId) -> None:
    """Our address fact, if what is bound is not what it says."""
    if (circle_id, False) not in ctx.memory.bound:
        return
    device_id = circle_of(ctx, circle_id).device_id
    address = Address(_joined(ctx.memory.bound[circle_id, False][1]))
    stored = ctx.store.objects.fact(circle_id, device_id, ObjectType.ADDRESS, device_id)
    if stored is None or stored_object(stored.data).body != address:
        issuing.tell(ctx, circle_id, circle_id, device_id, address)


def _joined(hints: tuple[bytes, ...]) -> bytes:
    """As many hints as an address fact holds, the first ones first."""
    data = b""
    for hint in hints:
        if len(data) + len(hint) <= HINTS_SIZE:
            data += hint
    return data
