"""What a change of the circle's state means here: whom to link with, whom no longer, and whether we are still in."""

from dataclasses import replace
from typing import TypeAlias

from coterie.core.engine.circle import watching
from coterie.core.engine.ports.effects import CloseConnection, CloseEndpoint, SetTimer
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, replace_circle
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import CircleId, DeviceId, to_base32
from coterie.core.kernel.world import DAY, Instant
from coterie.core.trust.circle_bodies import Removal
from coterie.core.trust.circle_state import CircleState, Person

Snapshot: TypeAlias = CircleState | None

RESTORED = "restored-state-must-rejoin"

LEAVE_TIMER = "circle/leave/"
LEAVE_LIMIT = 7 * DAY
"""How long a node that left goes on looking for somebody to tell."""


def snapshot(ctx: Context, circle_id: CircleId, scope: bytes) -> Snapshot:
    """The circle's state before new objects are stored; None in conversations, and before there is any."""
    if scope != circle_id or circle_states.known(ctx, circle_id, circle_id).beginning is None:
        return None
    return circle_states.circle_state(ctx, circle_id)


def follow(ctx: Context, circle_id: CircleId, before: Snapshot) -> list[Link]:
    """After decisions were stored: events, links, whom to dial. Returns links of devices that are in only now."""
    state = circle_states.circle_state(ctx, circle_id)
    circle = circle_of(ctx, circle_id)
    if circle.state != "active":
        return []
    if before is not None:
        _tell(ctx, circle_id, before, state)
    if not state.is_active(circle.device_id):
        if circle.device_id in state.devices:
            _out(ctx, circle_id)
        return []
    known_before = set() if before is None else set(before.active_devices())
    active = set(state.active_devices())
    for device_id in sorted(known_before - active):
        drop_device(ctx, circle_id, DeviceId(device_id))
    for device_id in sorted(active - known_before):
        watching.watch(ctx, circle_id, DeviceId(device_id))
    admitted = []
    for link in ctx.links.of_circle(circle_id):
        if not link.admitted and link.device_id in active:
            link.admitted = True
            admitted.append(link)
    return admitted


def drop_device(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> None:
    """No link to this device any more, and no dialling: it is out of the circle."""
    watching.forget(ctx, circle_id, device_id)
    link = ctx.links.to(circle_id, device_id)
    if link is not None:
        ctx.emit(CloseConnection(link.conn, "not-a-member"))


def stop_restored(ctx: Context, circle_id: CircleId) -> None:
    """Our vault is an old copy of itself: nothing may be decided or encrypted in this circle any more."""
    circle = circle_of(ctx, circle_id)
    if circle.state == "restored":
        return
    replace_circle(ctx, replace(circle, state="restored"))
    ctx.note("circle-restored", circle=to_base32(circle_id), code=RESTORED)
    silence(ctx, circle_id)


def silence(ctx: Context, circle_id: CircleId) -> None:
    """Ends every link of the circle, dials nobody, closes the peer endpoint."""
    for device_id in circle_states.active_devices(ctx, circle_id):
        watching.forget(ctx, circle_id, device_id)
    for link in ctx.links.of_circle(circle_id):
        ctx.emit(CloseConnection(link.conn, "circle-closed"))
    ctx.memory.bound.pop((circle_id, False), None)
    ctx.emit(CloseEndpoint(circle_id, False))


def _out(ctx: Context, circle_id: CircleId) -> None:
    """We learned that we are out. Who left goes on until somebody has been told; who was removed falls silent."""
    circle = circle_of(ctx, circle_id)
    own_decision = any(
        isinstance(decision.body, Removal)
        and decision.body.person_id == circle.person_id
        and decision.issuer == circle.device_id
        for decision in circle_states.known(ctx, circle_id, circle_id).decisions.values()
    )
    kind = "left" if own_decision else "removed"
    replace_circle(ctx, replace(circle, state=kind))
    ctx.note(f"circle-{kind}", circle=to_base32(circle_id))
    if kind == "left":
        ctx.emit(SetTimer(LEAVE_TIMER + to_base32(circle_id), Instant(ctx.now + LEAVE_LIMIT)))
        return
    silence(ctx, circle_id)


def _tell(ctx: Context, circle_id: CircleId, before: CircleState, after: CircleState) -> None:
    """Events about people: who came, who went, whose role changed."""
    circle = to_base32(circle_id)
    for person_id, person in after.people.items():
        earlier: Person | None = before.people.get(person_id)
        if earlier is None:
            ctx.note("person-joined", circle=circle, person=to_base32(person_id), role=person.role.name.lower())
        elif person.removed and not earlier.removed:
            ctx.note("person-removed", circle=circle, person=to_base32(person_id))
        elif person.role != earlier.role:
            ctx.note("person-role", circle=circle, person=to_base32(person_id), role=person.role.name.lower())
