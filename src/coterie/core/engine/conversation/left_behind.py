"""Who stays behind asks to be added anew: the commits that it lacks are with nobody who could still bring them.

That happens when the steward leaves before everybody has its last commits. A signed position says that somebody is further on.
"""

from coterie.core.engine.conversation import rejoin
from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.circle_states import known
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.engine.state.membership import allowed
from coterie.core.kernel.ids import DeviceId, to_base32
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.trust.facts import Position

TIMER = "conversation/left-behind/"
PATIENCE = 60 * SECOND
"""How long the missing commits may take: digests go round several times in it."""
REASON = "left-behind"


def look(ctx: Context, conversation: Conversation) -> None:
    """Notes that somebody is further on, and looks again after a while."""
    key = ("left-behind", conversation.conversation_id)
    record = ctx.store.conversations.group(conversation.group_id) if conversation.group_id else None
    if record is None or key in ctx.memory.caches or not _further_on(ctx, conversation, record):
        return
    ctx.memory.caches[key] = (record.group_id, record.epoch)
    ctx.emit(SetTimer(TIMER + to_base32(conversation.conversation_id), Instant(ctx.now + PATIENCE)))


def due(ctx: Context, conversation: Conversation) -> None:
    """Nothing came in all that time, though a device that is further on is linked."""
    before = ctx.memory.caches.pop(("left-behind", conversation.conversation_id), None)
    record = ctx.store.conversations.group(conversation.group_id) if conversation.group_id else None
    if record is None or conversation.state != "active":
        return
    linked = [each for each in _further_on(ctx, conversation, record) if ctx.links.to(conversation.circle_id, each)]
    if before == (record.group_id, record.epoch) and linked:
        rejoin.ask_once(ctx, conversation, record, REASON)
    look(ctx, conversation)


def _further_on(ctx: Context, conversation: Conversation, record: GroupRecord) -> list[DeviceId]:
    """The devices of the conversation that say they are in a later epoch of this group."""
    own, permitted = own_device(ctx, conversation.circle_id), allowed(ctx, conversation)
    found = []
    for fact in known(ctx, conversation.circle_id, conversation.conversation_id).facts.values():
        device, said = DeviceId(fact.issuer), fact.body
        if device == own or device not in permitted or not isinstance(said, Position):
            continue
        if said.group_id == record.group_id and said.epoch > record.epoch:
            found.append(device)
    return found
