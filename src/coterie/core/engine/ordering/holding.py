"""What cannot be read yet is held, bounded: of a later epoch, not backed by decisions, or of a group not known."""

from collections import Counter

from coterie.core.engine.ports.conversations import Held
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId, EnvelopeId, to_base32
from coterie.core.kernel.limits import HELD_ENVELOPES, HELD_FROM_PEER

FUTURE, UNBACKED, UNKNOWN_GROUP = "future", "unbacked", "unknown-group"


class NotYet(Exception):
    """Not a fault: the envelope waits for something named by `reason`. Nothing has changed.

    `author` made a commit that nothing backs yet: what it knows decides.
    """

    def __init__(self, reason: str, author: DeviceId | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.author = author


def hold(ctx: Context, held: Held) -> None:
    """Keeps it; beyond what this peer may make us hold, or the conversation, `too-many-held`: it stays with its sender."""
    waiting = ctx.store.conversations.held(held.conversation_id)
    if any(other.envelope_id == held.envelope_id for other in waiting):
        return
    if ctx.store.conversations.held_from(held.from_device) >= HELD_FROM_PEER:
        raise PeerError("too-many-held", "too many envelopes of this peer wait")
    if len(waiting) >= HELD_ENVELOPES:
        _make_room(ctx, waiting, held.from_device)
    ctx.store.conversations.hold(held)


def _make_room(ctx: Context, waiting: list[Held], device: DeviceId) -> None:
    """Nobody fills a conversation alone: who has most waiting in it gives a place to who has less."""
    counts = Counter(other.from_device for other in waiting)
    most = max(counts, key=lambda each: (counts[each], each))
    if counts[most] <= counts[device] + 1:
        raise PeerError("too-many-held", "too many envelopes wait in this conversation")
    newest = max((other for other in waiting if other.from_device == most), key=lambda other: other.received_at)
    ctx.store.conversations.delete_held(newest.envelope_id)


def release(ctx: Context, envelope_id: EnvelopeId) -> None:
    """It was read, or refused for good."""
    ctx.store.conversations.delete_held(envelope_id)


def held_for(ctx: Context, conversation_id: ConversationId) -> list[Held]:
    """All that waits in a conversation, by epoch, commits and content as they came."""
    return ctx.store.conversations.held(conversation_id)


def refuse(ctx: Context, conversation_id: ConversationId, device: DeviceId, code: str) -> None:
    """Shown, without content: what this device sent was refused."""
    ctx.note("envelope-refused", conversation=to_base32(conversation_id), device=to_base32(device), code=code)
