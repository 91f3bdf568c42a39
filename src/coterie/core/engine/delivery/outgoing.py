"""From plaintext to stored ciphertext to frames: numbers are taken where ratchets move (PROTOCOL 7)."""

import hashlib
from dataclasses import dataclass

from coterie.core.codec.items import Item
from coterie.core.crypto.signing import complete
from coterie.core.engine.delivery.passing_on import DIGESTS, is_on_its_way
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.ports.envelopes import Envelope
from coterie.core.engine.state import groups
from coterie.core.engine.state.circle_states import may_have
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device, signer
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import ConversationId, DeviceId, EnvelopeId
from coterie.core.kernel.limits import CARRYING_WINDOW_DAYS
from coterie.core.kernel.world import DAY, HOUR, Instant
from coterie.core.mls.protect import protect
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import AuthenticatedData, Kind, padded_size

KEEP = CARRYING_WINDOW_DAYS * DAY

WINDOW = 256
"""Envelopes that one link may owe an acknowledgement for: enough for any round trip, little enough for one step."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What to encrypt: `message_id` names our content in it, empty for status and control.

    `clock` is the conversation's history clock after it, empty when that does not move (or has moved already).
    """

    kind: Kind
    plaintext: bytes
    message_id: bytes = b""
    items: tuple[Item, ...] = ()
    clock: bytes = b""


def envelope_id_of(message: bytes) -> EnvelopeId:
    """envelope_id = SHA-256(MLSMessage)."""
    return EnvelopeId(hashlib.sha256(message).digest())


def send(ctx: Context, conversation: Conversation, outgoing: Outgoing) -> int:
    """Encrypts in the present epoch, stores the ciphertext with its targets, and hands it to the links that stand.

    The caller has compared leaves and objects before. Returns the envelope's number.
    """
    group, roster = groups.load(ctx, conversation.group_id)
    own = own_device(ctx, conversation.circle_id)
    number = ctx.store.conversations.take_number(conversation.conversation_id, outgoing.clock)
    header = AuthenticatedData(
        kind=outgoing.kind,
        conversation_id=conversation.conversation_id,
        sender_device=own,
        number=number,
        first=conversation.first,
        epoch_id=groups.epoch_id(group)[:8],
        keep_until=0,
        items=outgoing.items,
    )
    suite = group.suite
    protected = complete(
        protect(
            group,
            ctx.store.conversations.rows(group.group_id),
            outgoing.plaintext,
            authenticated_data=header.encode(),
            padded_size=lambda size: padded_size(suite, size),
            entropy=ctx.entropy,
        ),
        signer(ctx, conversation.circle_id),
    )
    groups.write(ctx, group.group_id, protected.delta)
    envelope = Envelope(
        envelope_id=envelope_id_of(protected.message),
        conversation_id=conversation.conversation_id,
        sender_device=own,
        number=number,
        kind=outgoing.kind,
        group_id=group.group_id,
        epoch=group.epoch,
        data=peer_frames.Envelope(conversation.conversation_id, protected.message).encode(),
        message_id=outgoing.message_id,
        keep_until=Instant(ctx.now + KEEP),
        created_at=ctx.now,
    )
    hand_out(ctx, conversation, envelope, roster.others(own))
    return number


def hand_out(ctx: Context, conversation: Conversation, envelope: Envelope, targets: tuple[DeviceId, ...]) -> None:
    """Stores a new envelope for its targets, and transmits it to those that are linked."""
    if not targets:
        return
    ctx.store.envelopes.add(envelope, targets)
    for device in targets:
        link = ctx.links.to(conversation.circle_id, device)
        if link is not None:
            transmit(ctx, link, envelope)
        else:
            ctx.missed.add((conversation.circle_id, device))


def transmit(ctx: Context, link: Link, envelope: Envelope) -> None:
    """One stored envelope for one link, once."""
    if envelope.envelope_id in link.sent:
        return
    if len(link.sent) >= WINDOW or envelope.conversation_id in link.backlog:
        link.backlog.add(envelope.conversation_id)
        return
    link.sent.add(envelope.envelope_id)
    frame = peer_frames.PARCEL if envelope.kind == Kind.COMMIT else peer_frames.ENVELOPE
    ctx.emit(Transmit(link.conn, frame, envelope.data))


def hours(at: Instant) -> int:
    """keep_until as authenticated_data has it: whole hours since 1970, rounded up."""
    return -(-at // HOUR)


def transmit_pending(ctx: Context, conversation_id: ConversationId, link: Link) -> None:
    """What the device at the other end has not acknowledged of a conversation, oldest first, as far as the window goes."""
    link.backlog.discard(conversation_id)
    if not may_have(ctx, link.circle_id, conversation_id, link.device_id):
        return
    waiting = ctx.store.envelopes.pending_in(conversation_id, link.device_id, len(link.sent) + WINDOW + 1)
    for envelope in waiting:
        if is_on_its_way(ctx, envelope, link):
            DIGESTS.plan(ctx, conversation_id)
        else:
            transmit(ctx, link, envelope)


def continue_backlog(ctx: Context, link: Link) -> None:
    """Acknowledgements have made room: what had to wait for it goes on, oldest first."""
    if link.backlog and len(link.sent) <= WINDOW // 2:
        for conversation_id in sorted(link.backlog):
            transmit_pending(ctx, conversation_id, link)
