"""Have-vectors: what we have of a conversation, as others see it, and what theirs lets us forget (PROTOCOL 7)."""

from collections.abc import Mapping

from coterie.core.engine.delivery import numbers as arithmetic
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.envelopes import Carried, Envelope, Numbers
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device
from coterie.core.kernel.ids import ZERO_ID, ConversationId, DeviceId, EpochId
from coterie.core.wire.authenticated_data import Kind
from coterie.core.wire.peer_frames import GROUP_ID_SIZE, Had, Have


def have_of(ctx: Context, conversation: Conversation) -> Have:
    """Our vector, our own numbers included, and where we stand. Of whom nothing is had or asked for, it says nothing:
    so two devices that have the same say the same."""
    own = own_device(ctx, conversation.circle_id)
    known = ctx.store.envelopes.all_numbers(conversation.conversation_id)
    vector = [
        Had(each.sender_device, each.contiguous, each.ranges)
        for each in known
        if each.contiguous or each.ranges or each.unreadable
    ]
    if conversation.next_number > 1:
        vector.append(Had(own, conversation.next_number - 1))
    record = ctx.store.conversations.group(conversation.group_id) if conversation.group_id else None
    return Have(
        conversation_id=conversation.conversation_id,
        group_id=record.group_id if record is not None else bytes(GROUP_ID_SIZE),
        epoch=record.epoch if record is not None else 0,
        epoch_id=record.epoch_id if record is not None else EpochId(ZERO_ID),
        vector=tuple(vector),
        unreadable=tuple((numbers.sender_device, number) for numbers in known for number in numbers.unreadable),
    )


def nothing_of(conversation_id: ConversationId) -> Have:
    """The vector of a conversation that we do not know (yet)."""
    return Have(conversation_id, bytes(GROUP_ID_SIZE), 0, EpochId(ZERO_ID), ())


def as_numbers(have: Have) -> dict[DeviceId, Numbers]:
    """A peer's vector, for the same arithmetic as ours."""
    unreadable: dict[DeviceId, list[int]] = {}
    for device, number in have.unreadable:
        unreadable.setdefault(device, []).append(number)
    return {
        had.sender_device: Numbers(
            have.conversation_id,
            had.sender_device,
            1,
            had.contiguous,
            had.ranges,
            tuple(unreadable.get(had.sender_device, ())),
        )
        for had in have.vector
    }


def forget_what_it_has(ctx: Context, conversation: Conversation, device: DeviceId, have: Have) -> None:
    """Envelopes that this device's vector says it has need not be handed to it any more.

    Only ciphertext that we carry for others: *delivered* of our own is an acknowledgement, never a vector.
    """
    theirs = as_numbers(have)
    own = own_device(ctx, conversation.circle_id)
    for envelope in ctx.store.envelopes.carried(conversation.conversation_id, device, own):
        if is_had(envelope, theirs, have):
            ctx.store.envelopes.acknowledge(envelope.envelope_id, device)


def is_had(envelope: Envelope | Carried, numbers: Mapping[DeviceId, Numbers], have: Have) -> bool:
    """Whether a peer's vector, given also as numbers, says that it has this envelope."""
    if envelope.kind == Kind.COMMIT:
        return envelope.group_id == have.group_id and envelope.epoch < have.epoch
    known = numbers.get(envelope.sender_device)
    return known is not None and arithmetic.has(known, envelope.number)
