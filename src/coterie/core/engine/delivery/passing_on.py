"""Any device of a conversation may hand an envelope to any other: in groups we keep ciphertext for those who lack it.

What we keep for others is handed on only to who says, by its have-vector, that it lacks it; a short while after
such envelopes came, digests tell who has them already (PROTOCOL 7).
"""

from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.envelopes import Envelope
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.engine.state.links import Link
from coterie.core.engine.state.quiet import Quiet
from coterie.core.kernel.ids import DeviceId
from coterie.core.kernel.world import SECOND

DIGESTS = Quiet("delivery/digest/", 3 * SECOND, 15 * SECOND)
"""When the digests of a conversation go round, after envelopes of a group came."""


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
        DIGESTS.plan(ctx, conversation.conversation_id)


def is_on_its_way(ctx: Context, envelope: Envelope, link: Link) -> bool:
    """Whether its sender is only now bringing an envelope that we carry for a device: it came a moment ago, and the
    device was there already."""
    if ctx.now >= envelope.created_at + DIGESTS.pause or link.since >= envelope.created_at:
        return False
    return envelope.sender_device != own_device(ctx, link.circle_id)
