"""Positions: each device says, signed, where it stands in a conversation (PROTOCOL 6); contradictions are shown."""

from coterie.core.engine.circle import issuing
from coterie.core.engine.ordering import epochs
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.circle_states import known
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.kernel.ids import CircleId, ConversationId, EpochId, to_base32
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.trust.facts import Position
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import stored_object

TIMER = "conversation/position/"
PAUSE = 5 * SECOND
"""Epochs that follow each other within this time are told once."""


def plan(ctx: Context, conversation_id: ConversationId) -> None:
    """Our position changed; it is told a little later, once."""
    key = ("position-planned", conversation_id)
    if key not in ctx.memory.caches:
        ctx.memory.caches[key] = True
        ctx.emit(SetTimer(TIMER + to_base32(conversation_id), Instant(ctx.now + PAUSE)))


def tell(ctx: Context, conversation: Conversation) -> None:
    """Issues our position as it stands, if it differs from what we last said."""
    ctx.memory.caches.pop(("position-planned", conversation.conversation_id), None)
    record = ctx.store.conversations.group(conversation.group_id) if conversation.group_id else None
    if record is None or conversation.state != "active":
        return
    scope = conversation.conversation_id
    now = Position(record.group_id, record.epoch, record.epoch_id, conversation.next_number - 1)
    if now != _told(ctx, conversation):
        issuing.tell(ctx, conversation.circle_id, scope, scope, now)


def is_told(ctx: Context, conversation: Conversation) -> bool:
    """Whether our newest position names the epoch in which we are; a number that has moved on is not told by itself."""
    record = ctx.store.conversations.group(conversation.group_id)
    told = _told(ctx, conversation)
    return record is not None and told is not None and told.epoch_id == record.epoch_id


def _told(ctx: Context, conversation: Conversation) -> Position | None:
    """What we last said."""
    scope = conversation.conversation_id
    own = own_device(ctx, conversation.circle_id)
    stored = ctx.store.objects.fact(scope, own, ObjectType.POSITION, scope)
    body = None if stored is None else stored_object(stored.data).body
    return body if isinstance(body, Position) else None


def compare(ctx: Context, circle_id: CircleId, conversation_id: ConversationId) -> None:
    """Positions of others that are not in our log, at an epoch that it reaches, are a fork: shown, never silent."""
    logs: dict[bytes, dict[int, EpochId]] = {}
    for fact in known(ctx, circle_id, conversation_id).facts.values():
        if not isinstance(fact.body, Position):
            continue
        group_id, key = fact.body.group_id, ("fork", fact.id)
        if group_id not in logs:
            logs[group_id] = dict(epochs.log_of(ctx, group_id))
        ours = logs[group_id].get(fact.body.epoch)
        if ours is not None and ours != fact.body.epoch_id and key not in ctx.memory.caches:
            ctx.memory.caches[key] = True
            ctx.note(
                "fork-detected",
                conversation=to_base32(conversation_id),
                device=to_base32(fact.issuer),
                epoch=fact.body.epoch,
            )
