"""A leaf of ours in a group whose keys we never got: the Welcome is with nobody who could still bring it.

A commit that is handed to us as to one of the group, and has no Welcome for us, shows it. After a while we ask to be added anew.
"""

from coterie.core.engine.conversation import rejoin
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.circle_states import known
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.engine.state.membership import allowed, asked_to_rejoin, seniority
from coterie.core.kernel.ids import DeviceId, to_base32
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.trust.facts import Position

TIMER = "conversation/uninvited/"
PATIENCE = 60 * SECOND
"""How long the Welcome may take: digests go round several times in it."""
REASON = "no-welcome"


def note(ctx: Context, conversation: Conversation) -> None:
    """Such a commit came: it is looked at again after a while."""
    key = ("uninvited", conversation.conversation_id)
    if key not in ctx.memory.caches:
        ctx.memory.caches[key] = True
        ctx.emit(SetTimer(TIMER + to_base32(conversation.conversation_id), Instant(ctx.now + PATIENCE)))


def due(ctx: Context, conversation: Conversation) -> None:
    """The Welcome did not come: the most senior linked device that stands in a group says where, and we ask for that."""
    ctx.memory.caches.pop(("uninvited", conversation.conversation_id), None)
    if conversation.group_id or conversation.state != "active":
        return
    place = _place(ctx, conversation)
    asked = asked_to_rejoin(ctx, conversation, own_device(ctx, conversation.circle_id))
    if place is not None and (asked is None or asked.group_id != place.group_id):
        rejoin.ask(ctx, conversation, place, REASON)


def _place(ctx: Context, conversation: Conversation) -> Position | None:
    permitted, told = allowed(ctx, conversation), {}
    for fact in known(ctx, conversation.circle_id, conversation.conversation_id).facts.values():
        device = DeviceId(fact.issuer)
        if isinstance(fact.body, Position) and device in permitted and ctx.links.to(conversation.circle_id, device):
            told[device] = fact.body
    return told[min(told, key=lambda device: seniority(ctx, conversation, device))] if told else None
