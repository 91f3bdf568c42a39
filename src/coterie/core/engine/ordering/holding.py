"""What cannot be read yet is held, bounded: of a later epoch, not backed by decisions, or of a group not known."""

from coterie.core.engine.ports.conversations import Held
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId, EnvelopeId, to_base32
from coterie.core.kernel.limits import HELD_ENVELOPES

FUTURE, UNBACKED, UNKNOWN_GROUP = "future", "unbacked", "unknown-group"


class NotYet(Exception):
    """Not a fault: the envelope waits for something named by `reason`. Nothing has changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def hold(ctx: Context, held: Held) -> None:
    """Keeps it; when the conversation holds as many as it may, `too-many-held`: it stays with its sender."""
    waiting = ctx.store.conversations.held(held.conversation_id)
    if any(other.envelope_id == held.envelope_id for other in waiting):
        return
    if len(waiting) >= HELD_ENVELOPES:
        raise PeerError("too-many-held", "too many envelopes wait in this conversation")
    ctx.store.conversations.hold(held)


def release(ctx: Context, envelope_id: EnvelopeId) -> None:
    """It was read, or refused for good."""
    ctx.store.conversations.delete_held(envelope_id)


def held_for(ctx: Context, conversation_id: ConversationId) -> list[Held]:
    """All that waits in a conversation, by epoch, commits and content as they came."""
    return ctx.store.conversations.held(conversation_id)


def refuse(ctx: Context, conversation_id: ConversationId, device: DeviceId, code: str) -> None:
    """Shown, without content: what this device sent was refused."""
    ctx.note("envelope-refused", conversation=to_base32(conversation_id), device=to_base32(device), code=code)
