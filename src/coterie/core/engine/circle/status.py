"""The state of our links, for `status`."""

from coterie.core.engine.ports.views import PeerStatus
from coterie.core.engine.state import circle_states, names
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import PersonId, to_base32
from coterie.core.kernel.world import NEVER


def peers(ctx: Context) -> tuple[PeerStatus, ...]:
    """Every active device of other people, linked or not."""
    found: list[PeerStatus] = []
    for circle in ctx.store.circles.all():
        if circle.state != "active":
            continue
        state = circle_states.circle_state(ctx, circle.circle_id)
        for device_id in circle_states.active_devices(ctx, circle.circle_id):
            if device_id == circle_of(ctx, circle.circle_id).device_id:
                continue
            link = ctx.links.to(circle.circle_id, device_id)
            found.append(
                PeerStatus(
                    circle=to_base32(circle.circle_id),
                    person=names.display(ctx, circle.circle_id, PersonId(state.devices[device_id].person_id)),
                    device=to_base32(device_id),
                    linked=link is not None,
                    since=NEVER if link is None else link.since,
                    waiting=ctx.store.envelopes.waiting_for(device_id),
                )
            )
    return tuple(found)
