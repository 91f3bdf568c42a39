"""When two devices meet: digests of what they share, vectors where those differ, then what is missing (PROTOCOL 4, 7)."""

from coterie.core.engine.conversation.again import send_again
from coterie.core.engine.delivery import vectors
from coterie.core.engine.delivery.outgoing import transmit_pending
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.engine.state.membership import shares
from coterie.core.kernel.ids import ConversationId
from coterie.core.wire import peer_frames


def start(ctx: Context, link: Link) -> None:
    """A link stands: our digest of every conversation that its device shares with us."""
    for conversation in ctx.store.conversations.all(link.circle_id):
        if shares(ctx, conversation, link.device_id):
            say_digest(ctx, conversation, link)


def say_digest(ctx: Context, conversation: Conversation, link: Link) -> None:
    """One digest."""
    digest = vectors.have_of(ctx, conversation).digest()
    frame = peer_frames.ConversationDigest(conversation.conversation_id, digest)
    ctx.emit(Transmit(link.conn, peer_frames.CONVERSATION_DIGEST, frame.encode()))


def digest_frame(ctx: Context, link: Link, frame: peer_frames.ConversationDigest) -> None:
    """Equal: nothing is missing on either side. Different: our vector, so that the other can send."""
    conversation = _shared(ctx, link, frame.conversation_id)
    if conversation is None:
        if ctx.store.conversations.get(frame.conversation_id) is None:
            _say_have(ctx, link, vectors.nothing_of(frame.conversation_id))
        return
    ours = vectors.have_of(ctx, conversation)
    if ours.digest() == frame.digest:
        vectors.forget_what_it_has(ctx, conversation, link.device_id, ours)
        transmit_pending(ctx, conversation.conversation_id, link.device_id, link.conn)
    else:
        _say_have(ctx, link, ours)


def have_frame(ctx: Context, link: Link, frame: peer_frames.Have) -> None:
    """A peer's vector: what it has is forgotten, what it lacks is sent, what is lost to it goes out anew."""
    conversation = _shared(ctx, link, frame.conversation_id)
    if conversation is None:
        return
    vectors.forget_what_it_has(ctx, conversation, link.device_id, frame)
    transmit_pending(ctx, conversation.conversation_id, link.device_id, link.conn)
    send_again(ctx, conversation, link.device_id, frame)


def say_digests(ctx: Context, conversation: Conversation) -> None:
    """To every linked device for which we still carry something of this conversation."""
    ctx.memory.caches.pop(("digest-planned", conversation.conversation_id), None)
    for link in ctx.links.of_circle(conversation.circle_id):
        if ctx.store.envelopes.pending_in(conversation.conversation_id, link.device_id):
            say_digest(ctx, conversation, link)


def _shared(ctx: Context, link: Link, conversation_id: ConversationId) -> Conversation | None:
    conversation = ctx.store.conversations.get(conversation_id)
    if conversation is None or not shares(ctx, conversation, link.device_id):
        return None
    return conversation


def _say_have(ctx: Context, link: Link, have: peer_frames.Have) -> None:
    ctx.emit(Transmit(link.conn, peer_frames.HAVE, have.encode()))
