"""Frames about conversations, each to its handler."""

from coterie.core.engine.conversation import acknowledged, follow, parcel, position, receive, rejoin, sync
from coterie.core.engine.delivery.outgoing import envelope_id_of
from coterie.core.engine.ordering import backing, holding
from coterie.core.engine.ordering.holding import NotYet
from coterie.core.engine.ports.conversations import Held
from coterie.core.engine.ports.effects import Acknowledge
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.peek import peek
from coterie.core.wire import peer_frames

Frame = peer_frames.Envelope | peer_frames.Parcel | peer_frames.Ack | peer_frames.ConversationDigest | peer_frames.Have


def frame(ctx: Context, link: Link, received: Frame) -> None:
    """One frame of an established link."""
    if isinstance(received, peer_frames.Envelope):
        receive.envelope_frame(ctx, link, received)
    elif isinstance(received, peer_frames.Ack):
        acknowledged.ack_frame(ctx, link, received)
    elif isinstance(received, peer_frames.Parcel):
        parcel_frame(ctx, link, received)
    elif isinstance(received, peer_frames.ConversationDigest):
        sync.digest_frame(ctx, link, received)
    else:
        sync.have_frame(ctx, link, received)


def parcel_frame(ctx: Context, link: Link, received: peer_frames.Parcel) -> None:
    """A commit and its Welcome; what it makes possible is done at once."""
    envelope_id = envelope_id_of(received.commit)
    backing.doubt(ctx, link.circle_id, received.conversation_id)
    try:
        taken = parcel.take(ctx, link.circle_id, received, link.device_id)
    except NotYet as wait:
        _hold(ctx, link, received, wait.reason)
        follow.ask_author(ctx, link.circle_id, received.conversation_id, wait)
        return
    except PeerError as error:
        holding.refuse(ctx, received.conversation_id, link.device_id, error.code)
        follow.heal(ctx, link.circle_id, received, error.code)
        return
    if taken:
        ctx.emit(Acknowledge(link.conn, envelope_id))
        conversation = ctx.store.conversations.get(received.conversation_id)
        if conversation is not None:
            position.plan(ctx, received.conversation_id)
            if received.welcome:
                rejoin.answered(ctx, conversation)
        follow.look_after(ctx, received.conversation_id)


def _hold(ctx: Context, link: Link, received: peer_frames.Parcel, reason: str) -> None:
    seen = peek(received.commit)
    held = Held(
        envelope_id=envelope_id_of(received.commit),
        conversation_id=received.conversation_id,
        group_id=seen.group_id,
        epoch=seen.epoch,
        from_device=link.device_id,
        reason=reason,
        data=bytes([peer_frames.PARCEL]) + received.encode(),
        received_at=ctx.now,
    )
    try:
        holding.hold(ctx, held)
    except PeerError as error:
        holding.refuse(ctx, received.conversation_id, link.device_id, error.code)
