"""Branches of one group: the one on which the most senior device stands stays, the others come over to it (PROTOCOL 6)."""

from collections.abc import Collection, Mapping

from coterie.core.engine.conversation import rejoin
from coterie.core.engine.ordering import epochs
from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.circle_states import known
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.engine.state.membership import Seniority, allowed, seniority
from coterie.core.kernel.ids import ConversationId, DeviceId, EpochId, to_base32
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.trust.facts import Position

TIMER = "conversation/branches/"
PATIENCE = 10 * SECOND
"""How long after we came onto a branch others may not have said yet that they are on it, too."""
REASON = "other-branch"


def follow(ctx: Context, conversation_id: ConversationId) -> None:
    """Asks to be added anew, once, when a device that stands on another branch is more senior than all who stand on ours."""
    conversation = ctx.store.conversations.get(conversation_id)
    record = ctx.store.conversations.group(conversation.group_id) if conversation is not None else None
    if conversation is None or record is None or conversation.state != "active":
        return
    other = ctx.memory.caches.get(("other-branch", record.group_id))
    here, elsewhere = _standing(ctx, conversation, other if isinstance(other, dict) else {})
    if not elsewhere or _first(ctx, conversation, here) <= _first(ctx, conversation, elsewhere):
        return
    if record.created_at <= ctx.now < record.created_at + PATIENCE:
        ctx.emit(SetTimer(TIMER + to_base32(conversation_id), Instant(record.created_at + PATIENCE)))
    else:
        rejoin.ask_once(ctx, conversation, record, REASON)


def meet(ctx: Context, conversation: Conversation, log: epochs.Log) -> None:
    """A commit of another branch came with the log of that branch."""
    ctx.memory.caches["other-branch", conversation.group_id] = dict(log)
    follow(ctx, conversation.conversation_id)


def stays(ctx: Context, conversation: Conversation, record: GroupRecord, log: epochs.Log, device: DeviceId) -> bool:
    """Whether our branch stays when a device asks us over to the one that it stands on, which has this log."""
    here, elsewhere = _standing(ctx, conversation, dict(log))
    elsewhere.add(device)
    here = {*here, record.steward} - elsewhere
    return _first(ctx, conversation, here) < _first(ctx, conversation, elsewhere)


def _standing(
    ctx: Context, conversation: Conversation, other: Mapping[int, EpochId]
) -> tuple[set[DeviceId], set[DeviceId]]:
    """The devices of the conversation whose newest position is in our log, and those whose position contradicts it, or
    is further on in the log of the other branch, as far as we know that."""
    permitted = allowed(ctx, conversation)
    log = dict(epochs.log_of(ctx, conversation.group_id))
    here, elsewhere = {own_device(ctx, conversation.circle_id)}, set()
    for fact in known(ctx, conversation.circle_id, conversation.conversation_id).facts.values():
        device, said = DeviceId(fact.issuer), fact.body
        if not isinstance(said, Position) or said.group_id != conversation.group_id or device not in permitted:
            continue
        if device in here:
            continue
        ours = log.get(said.epoch)
        if ours == said.epoch_id:
            here.add(device)
        elif ours is not None or other.get(said.epoch) == said.epoch_id:
            elsewhere.add(device)
    return here, elsewhere


def _first(ctx: Context, conversation: Conversation, devices: Collection[DeviceId]) -> Seniority:
    return min(seniority(ctx, conversation, device) for device in devices)
