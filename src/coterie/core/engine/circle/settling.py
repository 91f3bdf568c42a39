"""What our device owes the circle at once when new decisions have come: cuts that settle forks (PROTOCOL 2, rule 10)."""

from coterie.core.engine.circle import issuing
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import CircleId
from coterie.core.trust import circle_acts


def settle(ctx: Context, circle_id: CircleId) -> None:
    """For each fork of somebody below us: their role as it stands, with a cut that names the branch that goes on."""
    circle = circle_of(ctx, circle_id)
    if circle.state != "active":
        return
    state = circle_states.circle_state(ctx, circle_id)
    if not state.unsettled:
        return
    for body in circle_acts.settlements(circle_states.known(ctx, circle_id, circle_id), state, circle.device_id):
        issuing.decide(ctx, circle_id, circle_id, body)
