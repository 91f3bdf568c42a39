"""A group whose keys nobody is left to have is founded anew, by the most senior device of the conversation (decision 13).

That happens when all who have keys are out before those whom they added got in. A device that has keys says so in its
signed position, and keeps them when it is put out: while it is in the conversation it is waited for, however long it is away.
"""

from coterie.core.engine.conversation.found import found_group
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.circle_states import known
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.engine.state.membership import allowed, seniority
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.trust.facts import Position

TIMER = "conversation/refound/"
PATIENCE = 60 * SECOND
"""How long a Welcome, or the word of somebody who has keys, may take: digests go round several times in it."""


def look(ctx: Context, conversation: Conversation) -> None:
    """Notes that nobody seems to have keys, and looks again after a while."""
    key = ("refound", conversation.conversation_id)
    if key not in ctx.memory.caches and _is_ours_to_found(ctx, conversation):
        ctx.memory.caches[key] = True
        ctx.emit(SetTimer(TIMER + to_base32(conversation.conversation_id), Instant(ctx.now + PATIENCE)))


def due(ctx: Context, conversation: Conversation) -> None:
    """No Welcome came in all that time, and nobody who is in says that they have keys. Who hears nobody cannot know."""
    ctx.memory.caches.pop(("refound", conversation.conversation_id), None)
    linked = any(ctx.links.to(conversation.circle_id, device) for device in allowed(ctx, conversation))
    if linked and _is_ours_to_found(ctx, conversation) and found_group(ctx, conversation):
        ctx.changed.add((conversation.circle_id, bytes(conversation.conversation_id)))  # what waits can go
    else:
        look(ctx, conversation)


def _is_ours_to_found(ctx: Context, conversation: Conversation) -> bool:
    """Whether we have no group, no other device of the conversation ever told that it stands in one, and none is more
    senior."""
    if conversation.kind != "group" or conversation.group_id:
        return False
    permitted, own = allowed(ctx, conversation), own_device(ctx, conversation.circle_id)
    if len(permitted) < 2 or own != min(permitted, key=lambda device: seniority(ctx, conversation, device)):
        return False
    facts = known(ctx, conversation.circle_id, conversation.conversation_id).facts.values()
    told = {fact.issuer for fact in facts if isinstance(fact.body, Position)}
    return not any(device in told for device in permitted if device != own)
