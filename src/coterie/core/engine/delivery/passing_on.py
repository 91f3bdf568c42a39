"""Any device of a conversation may hand an envelope to any other: in groups we keep ciphertext for those who lack it.

What we keep for others is handed on only to who says, by its have-vector, that it lacks it; a short while after
such envelopes came, digests tell who has them already (PROTOCOL 7).
"""

from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.ports.envelopes import Envelope
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.kernel.ids import ConversationId, DeviceId, to_base32
from coterie.core.kernel.world import SECOND, Instant

DIGEST_TIMER = "delivery/digest/"
QUIET = 3 * SECOND
"""How long after an envelope of a group its digests go round, plus up to as much again at random."""


def keep_for_others(
    ctx: Context, conversation: Conversation, envelope: Envelope, group_id: bytes, from_device: DeviceId
) -> None:
    """Keeps a received envelope for the devices that may lack it: all but its sender, who brought it, and us."""
    _, roster = groups.load(ctx, group_id)
    if len(roster.leaves) < 3:
        return
    having = {own_device(ctx, conversation.circle_id), envelope.sender_device, from_device}
    targets = tuple(device for device in roster.leaves if device not in having)
    if targets:
        ctx.store.envelopes.add(envelope, targets)
        plan_digests(ctx, conversation.conversation_id)


def plan_digests(ctx: Context, conversation_id: ConversationId) -> None:
    """Digests of this conversation go to the links that stand, once, a little later."""
    key = ("digest-planned", conversation_id)
    if key not in ctx.memory.caches:
        ctx.memory.caches[key] = True
        jitter = int.from_bytes(ctx.entropy.random(2), "big") * QUIET >> 16
        ctx.emit(SetTimer(DIGEST_TIMER + to_base32(conversation_id), Instant(ctx.now + QUIET + jitter)))
