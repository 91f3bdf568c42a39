"""Sending again: content that a device says it can never read goes out anew, under another number (PROTOCOL 6).

Once per epoch and three times in all, under the same message id; the old number is declared void.
"""

from dataclasses import replace

from coterie.core.engine.conversation.send import encrypt
from coterie.core.engine.delivery import numbers as arithmetic
from coterie.core.engine.delivery.control import MOST_VOID, void_item
from coterie.core.engine.delivery.outgoing import Outgoing, send
from coterie.core.engine.delivery.vectors import as_numbers
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.messages import Message
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.membership import allowed
from coterie.core.kernel.ids import DeviceId
from coterie.core.kernel.limits import SEND_AGAIN_TIMES
from coterie.core.wire.authenticated_data import Kind
from coterie.core.wire.peer_frames import Have


def send_again(ctx: Context, conversation: Conversation, device: DeviceId, have: Have) -> None:
    """Answers a vector in which numbers of ours are unreadable, or missing without any ciphertext left for them."""
    own = circle_of(ctx, conversation.circle_id).device_id
    theirs = as_numbers(have).get(own)
    if theirs is None or not conversation.group_id or not _is_in(ctx, conversation, device):
        return
    waiting = ctx.store.envelopes.pending_numbers(conversation.conversation_id, device, own)
    lost = set(theirs.unreadable)
    lost.update(number for number in arithmetic.missing(theirs, conversation.next_number - 1) if number not in waiting)
    gone: list[int] = []
    for number in sorted(lost)[:MOST_VOID]:
        message = ctx.store.messages.by_number(conversation.conversation_id, own, number)
        if message is None:
            gone.append(number)
        elif _may_go_again(conversation, message):
            _send_one(ctx, conversation, message)
    if gone:
        send(ctx, conversation, Outgoing(Kind.CONTROL, b"", items=(void_item(gone),)))


def _is_in(ctx: Context, conversation: Conversation, device: DeviceId) -> bool:
    _, roster = groups.load(ctx, conversation.group_id)
    permitted = allowed(ctx, conversation)
    return device in roster.leaves and all(leaf in permitted for leaf in roster.leaves)


def _may_go_again(conversation: Conversation, message: Message) -> bool:
    in_this_epoch = message.number >= conversation.first
    return message.attempts < SEND_AGAIN_TIMES and not in_this_epoch and message.state not in ("expired", "failed")


def _send_one(ctx: Context, conversation: Conversation, message: Message) -> None:
    """To people that it was first meant for; if others have come in meanwhile, it stays with its author."""
    meant = {receipt.person_id for receipt in ctx.store.messages.receipts(message.message_id)}
    _, roster = groups.load(ctx, conversation.group_id)
    now = frozenset(roster.people.values()) - {message.person_id}
    if now <= meant:
        encrypt(ctx, conversation, replace(message, attempts=message.attempts + 1), now, void=(message.number,))
