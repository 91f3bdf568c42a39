"""Sending again: content that a device says it can never read goes out anew, under another number (PROTOCOL 6).

Once per epoch and three times in all, under the same message id; the old number is declared void.
"""

from dataclasses import replace

from coterie.core.engine.conversation.send import PEOPLE_CHANGED, encrypt
from coterie.core.engine.delivery import numbers as arithmetic
from coterie.core.engine.delivery import receipts
from coterie.core.engine.delivery.control import void_item
from coterie.core.engine.delivery.outgoing import Outgoing, send
from coterie.core.engine.delivery.vectors import as_numbers
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.messages import Message
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.membership import allowed
from coterie.core.kernel.ids import DeviceId, EnvelopeId, PersonId
from coterie.core.kernel.limits import NUMBER_JUMP, SEND_AGAIN_TIMES
from coterie.core.wire.authenticated_data import Kind
from coterie.core.wire.peer_frames import Have


def send_again(ctx: Context, conversation: Conversation, device: DeviceId, have: Have) -> None:
    """Answers a vector in which numbers of ours are unreadable, or missing without any ciphertext left for them."""
    own = circle_of(ctx, conversation.circle_id).device_id
    if not conversation.group_id or not _is_in(ctx, conversation, device):
        return
    theirs = as_numbers(have).get(own)
    waiting = ctx.store.envelopes.pending_numbers(conversation.conversation_id, device, own)
    unreadable: set[int] = set()
    person = groups.load(ctx, conversation.group_id)[1].people[device]
    missing = _undelivered(ctx, conversation, person)
    if theirs is not None:
        unreadable = {number for number in theirs.unreadable if 0 < number < conversation.first}
        missing += arithmetic.missing(theirs, conversation.next_number - 1)
    lost = sorted(unreadable.union(number for number in missing if number not in waiting))
    if not lost:
        return
    carriers = {e.number: e.envelope_id for e in ctx.store.envelopes.of_sender(conversation.conversation_id, own)}
    gone: list[int] = []
    for number in lost[:NUMBER_JUMP]:
        message = ctx.store.messages.by_number(conversation.conversation_id, own, number)
        if message is None or message.state == "expired":
            gone.append(number)
        elif not _may_go_again(conversation, message):
            continue
        elif not _send_one(ctx, conversation, message):
            if ctx.store.messages.receipt_state(message.message_id, person) != "queued":
                continue
            receipts.lose(ctx, message, person, PEOPLE_CHANGED)
        _not_this_one(ctx, carriers, number, device)
    _declare_void(ctx, conversation, device, [number for number in gone if number not in carriers])


def _undelivered(ctx: Context, conversation: Conversation, person: PersonId) -> list[int]:
    """Numbers of what this person does not have, as far as we know. Its vector may say nothing of us, or that it
    has a number whose acknowledgement came when we had given that ciphertext up: only another one proves it."""
    undelivered = ctx.store.messages.undelivered(conversation.conversation_id, person)
    return [message.number for message in undelivered if message.number]


def _not_this_one(ctx: Context, carriers: dict[int, EnvelopeId], number: int, device: DeviceId) -> None:
    """The envelope that had the number is of no use to this device; with its last target it is gone."""
    if number in carriers:
        ctx.store.envelopes.acknowledge(carriers[number], device)
        if ctx.store.envelopes.get(carriers[number]) is None:
            del carriers[number]


def _declare_void(ctx: Context, conversation: Conversation, device: DeviceId, gone: list[int]) -> None:
    """Numbers without content, or whose content is over, and on their way to nobody.

    Told once on each link and epoch, so that who only claims to lack numbers makes us send next to nothing.
    """
    link = ctx.links.to(conversation.circle_id, device)
    if gone and link is not None and link.voided.get(conversation.conversation_id) != conversation.first:
        send(ctx, conversation, Outgoing(Kind.CONTROL, b"", items=(void_item(gone),)))
        link.voided[conversation.conversation_id] = conversation.first


def _is_in(ctx: Context, conversation: Conversation, device: DeviceId) -> bool:
    _, roster = groups.load(ctx, conversation.group_id)
    permitted = allowed(ctx, conversation)
    return device in roster.leaves and all(leaf in permitted for leaf in roster.leaves)


def _may_go_again(conversation: Conversation, message: Message) -> bool:
    in_this_epoch = message.number >= conversation.first
    return message.attempts < SEND_AGAIN_TIMES and not in_this_epoch and message.state not in ("expired", "failed")


def _send_one(ctx: Context, conversation: Conversation, message: Message) -> bool:
    """To people that it was first meant for; if others have come in meanwhile, its author has to say it again."""
    meant = {receipt.person_id for receipt in ctx.store.messages.receipts(message.message_id)}
    _, roster = groups.load(ctx, conversation.group_id)
    now = frozenset(roster.people.values()) - {message.person_id}
    if not now <= meant:
        return False
    encrypt(ctx, conversation, replace(message, attempts=message.attempts + 1), now, void=(message.number,))
    return True
