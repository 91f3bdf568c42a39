"""Envelope frames: content, status and control of the conversations that we share with a peer."""

from coterie.core.engine.circle import membership
from coterie.core.engine.conversation import history
from coterie.core.engine.conversation.arrival import Announced, Opened, announced, numbers_of, open_application
from coterie.core.engine.conversation.content import hear
from coterie.core.engine.delivery import control, reports
from coterie.core.engine.delivery import numbers as arithmetic
from coterie.core.engine.delivery.outgoing import KEEP, envelope_id_of
from coterie.core.engine.delivery.passing_on import DIGESTS, keep_for_others
from coterie.core.engine.ordering import holding
from coterie.core.engine.ordering.holding import NotYet
from coterie.core.engine.ports.conversations import Conversation, Held
from coterie.core.engine.ports.effects import Acknowledge
from coterie.core.engine.ports.envelopes import Envelope
from coterie.core.engine.ports.messages import Message
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.engine.state.membership import shares, was_put_out
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, EnvelopeId
from coterie.core.kernel.world import Instant
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import Kind

UNREADABLE = frozenset({"fork-detected", "message-key-used", "past-epoch", "too-far-ahead"})
"""Codes of messages that exist and that we cannot open (any more, or yet)."""

FOR_NOW = frozenset({"not-a-member", "too-many-held"})
"""Codes of what may be taken later: once we know that its sender is in, once there is room."""


def envelope_frame(ctx: Context, link: Link, frame: peer_frames.Envelope) -> None:
    """One envelope from a peer. A fault of the envelope is shown and ends it; the link stays up (T004)."""
    conversation = ctx.store.conversations.get(frame.conversation_id)
    envelope_id = envelope_id_of(frame.message)
    try:
        envelope = announced(frame.message, frame.conversation_id)
        if conversation is not None and not shares(ctx, conversation, link.device_id):
            raise PeerError("not-a-member", "the peer is not in this conversation")
        try:
            if conversation is None:
                raise NotYet(holding.UNKNOWN_GROUP)
            if not take(ctx, conversation, envelope, envelope_id, link.device_id):
                return
        except NotYet as wait:
            _hold(ctx, link, envelope, envelope_id, peer_frames.ENVELOPE, frame.encode(), wait.reason)
            return
    except PeerError as error:
        if conversation is not None and error.code in FOR_NOW:
            link.passed_over.add(frame.conversation_id)
        refuse(ctx, link.circle_id, frame.conversation_id, link.device_id, error.code)
        return
    ctx.emit(Acknowledge(link.conn, envelope_id))


def refuse(
    ctx: Context, circle_id: CircleId, conversation_id: ConversationId, from_device: DeviceId, code: str
) -> None:
    """Shown; and what our own ratchet opened, signed by us and unknown to us, proves that our vault is an old copy."""
    holding.refuse(ctx, conversation_id, from_device, code)
    if code == membership.RESTORED:
        membership.stop_restored(ctx, circle_id)


def take(
    ctx: Context, conversation: Conversation, envelope: Announced, envelope_id: EnvelopeId, from_device: DeviceId
) -> bool:
    """Opens and stores one envelope in this transaction, unless its number is had. Raises NotYet or PeerError with
    nothing changed.

    False for one that we cannot read: it is not acknowledged, and our vector asks its author for the content.
    """
    header = envelope.header
    known = numbers_of(ctx, header)
    if arithmetic.has(known, header.number):
        return True
    arithmetic.check_jump(known, header.number)
    try:
        opened = open_application(ctx, conversation, envelope)
    except PeerError as error:
        if error.code not in UNREADABLE:
            raise
        _cannot_read(ctx, conversation, envelope, from_device, error.code)
        return False
    groups.write(ctx, opened.group.group_id, opened.delta)
    ctx.store.envelopes.put_numbers(control.had_and_void(known, header))
    keep_for_others(ctx, conversation, _carried(envelope, envelope_id, ctx.now), opened.group.group_id, from_device)
    try:
        _believe(ctx, conversation, opened, from_device)
    except PeerError as error:
        # Its key is spent and its number had, so it is not asked for again; it is shown as refused.
        holding.refuse(ctx, conversation.conversation_id, header.sender_device, error.code)
    return True


def _cannot_read(
    ctx: Context, conversation: Conversation, envelope: Announced, from_device: DeviceId, code: str
) -> None:
    """Nothing proves what such an envelope says of itself, so only its author's own link makes us ask for it."""
    known = numbers_of(ctx, envelope.header)
    now = arithmetic.cannot_read(known, envelope.header.number)
    if from_device == envelope.header.sender_device and now != known:
        ctx.store.envelopes.put_numbers(now)
        DIGESTS.plan(ctx, conversation.conversation_id)
        holding.refuse(ctx, conversation.conversation_id, from_device, code)


def _believe(ctx: Context, conversation: Conversation, opened: Opened, from_device: DeviceId) -> None:
    if was_put_out(ctx, conversation.circle_id, opened.person_id):
        raise PeerError("not-a-member", "the sender was removed from the circle")
    kind = opened.header.kind
    if kind == Kind.CONTENT:
        _store_content(ctx, conversation, opened, from_device)
    elif kind == Kind.STATUS:
        reports.heard(ctx, conversation, opened.person_id, opened.plaintext)
    elif kind == Kind.CONTROL:
        control.heard(ctx, conversation, opened.person_id, opened.plaintext)
    else:
        control.not_understood(ctx, conversation, opened.person_id, f"kind {kind}")


def _store_content(ctx: Context, conversation: Conversation, opened: Opened, from_device: DeviceId) -> None:
    said = hear(ctx, opened.plaintext, conversation, opened.person_id)
    message = Message(
        message_id=said.message_id,
        conversation_id=conversation.conversation_id,
        person_id=opened.person_id,
        device_id=opened.header.sender_device,
        kind="message",
        order=said.order,
        content=said.encoded,
        text=said.text,
        state="received",
        number=opened.header.number,
        client_id="",
        sent_at=said.sent_at,
        received_at=ctx.now,
    )
    if not ctx.store.messages.add(message):
        return
    ctx.store.conversations.set_clock(conversation.conversation_id, said.clock)
    history.tell(ctx, conversation, message)
    if from_device != opened.header.sender_device:
        reports.owe_delivered(ctx, conversation, message)


def _carried(envelope: Announced, envelope_id: EnvelopeId, now: Instant) -> Envelope:
    header = envelope.header
    return Envelope(
        envelope_id=envelope_id,
        conversation_id=header.conversation_id,
        sender_device=header.sender_device,
        number=header.number,
        kind=header.kind,
        group_id=envelope.peek.group_id,
        epoch=envelope.peek.epoch,
        data=peer_frames.Envelope(header.conversation_id, envelope.message).encode(),
        message_id=b"",
        keep_until=Instant(now + KEEP),
        created_at=now,
    )


def _hold(
    ctx: Context, link: Link, envelope: Announced, envelope_id: EnvelopeId, frame: int, body: bytes, reason: str
) -> None:
    holding.hold(
        ctx,
        Held(
            envelope_id=envelope_id,
            conversation_id=envelope.header.conversation_id,
            group_id=envelope.peek.group_id,
            epoch=envelope.peek.epoch,
            from_device=link.device_id,
            reason=reason,
            data=bytes([frame]) + body,
            received_at=ctx.now,
        ),
    )
