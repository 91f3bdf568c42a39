"""Whom to keep a connection to: every active device of the circle whose card and address we know."""

from coterie.core.engine.ports.effects import ForgetPeer, WatchPeer
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId
from coterie.core.trust.facts import Address, Card
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import stored_object
from coterie.core.wire.hints import split_hints


def hints_of(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> tuple[bytes, ...]:
    """Where this device says it can be found; empty when it never said so or said it badly."""
    stored = ctx.store.objects.fact(circle_id, device_id, ObjectType.ADDRESS, device_id)
    body = None if stored is None else stored_object(stored.data).body
    if not isinstance(body, Address):
        return ()
    try:
        return split_hints(body.hints)
    except PeerError:
        return ()


def watch(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> None:
    """Asks the shell to keep a connection to this device, if it is another's active one and has a card."""
    circle = circle_of(ctx, circle_id)
    if circle.state != "active" or device_id == circle.device_id:
        return
    if circle_states.active_device(ctx, circle_id, device_id) is None:
        return
    card = circle_states.card_of(ctx, circle_id, device_id)
    hints = hints_of(ctx, circle_id, device_id)
    if card is None or not isinstance(card.body, Card) or not hints:
        return
    waiting = ctx.store.envelopes.waiting_for(device_id) > 0
    ctx.emit(WatchPeer(circle_id, device_id, EndpointId(card.body.endpoint_id), hints, waiting=waiting))


def missed(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> None:
    """Something waits for a device without a link: the shell is told once, until the device was linked again."""
    key = ("missed", device_id)
    if key not in ctx.memory.caches:
        ctx.memory.caches[key] = True
        watch(ctx, circle_id, device_id)


def lost(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> None:
    """A link has ended; with something left that it did not acknowledge, the device is dialled more often."""
    if ctx.store.envelopes.waiting_for(device_id):
        missed(ctx, circle_id, device_id)


def linked(ctx: Context, device_id: DeviceId) -> None:
    """A link to this device stands: what is missed after it has ended is news again."""
    ctx.memory.caches.pop(("missed", device_id), None)


def watch_all(ctx: Context, circle_id: CircleId) -> None:
    """Every active device of the circle but ours."""
    for device_id in circle_states.active_devices(ctx, circle_id):
        watch(ctx, circle_id, device_id)


def forget(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> None:
    """Dials this device no more."""
    ctx.emit(ForgetPeer(circle_id, device_id))
