"""What our device owes at once when new decisions have come: cuts that settle forks and end chains (PROTOCOL 2, 10, 12)."""

from coterie.core.engine.circle import issuing
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import CircleId, ConversationId
from coterie.core.trust import circle_acts, conversation_acts


def settle(ctx: Context, circle_id: CircleId, scope: bytes) -> None:
    """After objects of this scope changed. What concerns the circle may concern each of its conversations too."""
    if circle_of(ctx, circle_id).state != "active":
        return
    if scope != circle_id:
        _settle_conversation(ctx, circle_id, ConversationId(scope))
        return
    _settle_circle(ctx, circle_id)
    for conversation in ctx.store.conversations.all(circle_id):
        if conversation.kind == "group" and circle_of(ctx, circle_id).state == "active":
            _settle_conversation(ctx, circle_id, conversation.conversation_id)


def _settle_circle(ctx: Context, circle_id: CircleId) -> None:
    """For each fork of somebody below us: their role as it stands, with a cut that names the branch that goes on."""
    state = circle_states.circle_state(ctx, circle_id)
    if not state.unsettled:
        return
    known, device_id = circle_states.known(ctx, circle_id, circle_id), circle_of(ctx, circle_id).device_id
    for body in circle_acts.settlements(known, state, device_id):
        issuing.decide(ctx, circle_id, circle_id, body)


def _settle_conversation(ctx: Context, circle_id: CircleId, conversation_id: ConversationId) -> None:
    """As its most senior admin: the cut for devices that are out of the circle, and for forks of those below."""
    state = circle_states.conversation_state(ctx, circle_id, conversation_id)
    if state is None:
        return
    known, device_id = circle_states.known(ctx, circle_id, conversation_id), circle_of(ctx, circle_id).device_id
    body = conversation_acts.cut_to_offer(known, state, device_id)
    if body is not None:
        issuing.decide(ctx, circle_id, conversation_id, body)
