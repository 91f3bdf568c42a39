"""Sending: stored as said, encrypted as soon as the group is what the objects say (PROTOCOL 5)."""

from dataclasses import replace

from coterie.core.engine.conversation import history
from coterie.core.engine.conversation.content import say
from coterie.core.engine.conversation.found import found_group, may_found
from coterie.core.engine.conversation.targets import conversation_for
from coterie.core.engine.delivery import receipts
from coterie.core.engine.delivery.control import void_item
from coterie.core.engine.delivery.outgoing import Outgoing, send
from coterie.core.engine.ports.commands import GetMessage, SendMessage
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.messages import Message
from coterie.core.engine.ports.views import MessageView
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, require_active
from coterie.core.engine.state.membership import allowed, people
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import ConversationId, PersonId, from_base32
from coterie.core.kernel.world import NEVER
from coterie.core.wire.authenticated_data import Kind

NO_DEVICE = "no-device"
WAITS_FOR_COMMIT = "waits-for-commit"
PEOPLE_CHANGED = "people-changed"
"""Others have come in while it waited: it was not written for them, so its author has to say it again."""


def send_message(ctx: Context, command: SendMessage) -> MessageView:
    """Durably queued when this returns. The same `client_id` never sends twice."""
    conversation = conversation_for(ctx, command.to)
    earlier = ctx.store.messages.by_client_id(command.client_id) if command.client_id else None
    if earlier is not None and earlier.conversation_id != conversation.conversation_id:
        raise UserError(
            "client-id-used", "this client id sent a message to another conversation", "use one for each message"
        )
    if earlier is not None:
        return history.view(ctx, conversation, earlier, ctx.store.messages.receipts(earlier.message_id))
    require_active(ctx, conversation.circle_id)
    if conversation.state != "active":
        raise UserError("not-a-member", "you are no longer in this conversation", "coterie group list")
    if conversation.kind == "two" and PersonId(conversation.partner) not in people(ctx, conversation):
        raise UserError("not-a-member", "this person is no longer in the circle", "`coterie person list` shows who is")
    if conversation.kind == "group" and len(people(ctx, conversation)) < 2:
        raise UserError("empty-group", "nobody else is in this group", "coterie group add GROUP PERSON")
    return history.view(ctx, conversation, _send(ctx, conversation, command), [])


def get_message(ctx: Context, command: GetMessage) -> MessageView:
    """One message of ours with its receipts."""
    try:
        message = ctx.store.messages.find(from_base32(command.id))
    except ValueError:
        message = None
    conversation = ctx.store.conversations.get(message.conversation_id) if message is not None else None
    if message is None or conversation is None:
        raise UserError("unknown-message", "there is no message with this id", "coterie log CONVERSATION --json")
    return history.view(ctx, conversation, message, ctx.store.messages.receipts(message.message_id))


def _send(ctx: Context, conversation: Conversation, command: SendMessage) -> Message:
    """Encrypted at once when nothing stands in the way, which is nearly always; else stored, to go when it can."""
    conversation_id = conversation.conversation_id
    own = circle_of(ctx, conversation.circle_id)
    said = say(ctx, conversation, own.person_id, command.text)
    recipients, obstacle = _recipients(ctx, conversation)
    waits = bool(obstacle) or ctx.store.messages.is_anything_unsent(conversation_id)
    outgoing = Outgoing(Kind.CONTENT, said.encoded, said.message_id, clock=said.clock)
    message = Message(
        message_id=said.message_id,
        conversation_id=conversation_id,
        person_id=own.person_id,
        device_id=own.device_id,
        kind="message",
        order=said.order,
        content=said.encoded,
        text=said.text,
        state="queued",
        number=0 if waits else send(ctx, conversation, outgoing),
        client_id=command.client_id or "",
        sent_at=said.sent_at,
        received_at=NEVER,
    )
    ctx.store.messages.add(message)
    history.tell(ctx, conversation, message)
    if not waits:
        receipts.expect(ctx, message, recipients)
        return message
    receipts.expect(ctx, message, people(ctx, conversation) - {own.person_id})
    ctx.store.conversations.set_clock(conversation_id, said.clock)
    flush(ctx, conversation_id)
    return ctx.store.messages.get(message.message_id, message.person_id) or message


def flush(ctx: Context, conversation_id: ConversationId) -> None:
    """Encrypts what waits, if leaves and objects agree; what cannot go yet stays queued with its reason."""
    waiting = ctx.store.messages.unsent(conversation_id)
    conversation = ctx.store.conversations.get(conversation_id)
    if not waiting or conversation is None:
        return
    if not conversation.group_id and may_found(ctx, conversation) and found_group(ctx, conversation):
        conversation = ctx.store.conversations.get(conversation_id)
    if conversation is None:
        return
    recipients, obstacle = _recipients(ctx, conversation)
    for message in waiting:
        if obstacle:
            if message.reason != obstacle:
                ctx.store.messages.update(replace(message, reason=obstacle))
            continue
        if _goes_to_others(ctx, message, recipients):
            receipts.end(ctx, message, "failed", PEOPLE_CHANGED)
            continue
        encrypt(ctx, conversation, message, recipients)
        conversation = ctx.store.conversations.get(conversation_id) or conversation


def _goes_to_others(ctx: Context, message: Message, recipients: frozenset[PersonId]) -> bool:
    """Whether somebody would read it now who was not there when it was written. Those of the first who cannot be
    reached any more are not waited for."""
    meant = {receipt.person_id for receipt in ctx.store.messages.receipts(message.message_id)}
    if not recipients <= meant:
        return True
    for person in meant - recipients:
        receipts.miss(ctx, message, person)
    return False


def encrypt(
    ctx: Context,
    conversation: Conversation,
    message: Message,
    recipients: frozenset[PersonId],
    void: tuple[int, ...] = (),
) -> None:
    """One content in one envelope; with `void`, the numbers that carried it before."""
    items = (void_item(list(void)),) if void else ()
    number = send(ctx, conversation, Outgoing(Kind.CONTENT, message.content, message.message_id, items))
    receipts.expect(ctx, message, recipients)
    ctx.store.messages.update(replace(message, number=number, reason=""))


def may_encrypt(ctx: Context, conversation: Conversation) -> bool:
    """Whether something could go out now: the group is what the objects say, and somebody else is in it."""
    return not _recipients(ctx, conversation)[1]


def _recipients(ctx: Context, conversation: Conversation) -> tuple[frozenset[PersonId], str]:
    """Who a message of now is for, or why it has to wait: before it encrypts, a device compares (PROTOCOL 5)."""
    if not conversation.group_id:
        return frozenset(), NO_DEVICE
    _, roster = groups.load(ctx, conversation.group_id)
    permitted = allowed(ctx, conversation)
    own = circle_of(ctx, conversation.circle_id)
    if own.device_id not in permitted or any(device not in permitted for device in roster.leaves):
        return frozenset(), WAITS_FOR_COMMIT
    people = frozenset(roster.people.values()) - {own.person_id}
    return people, "" if people else NO_DEVICE
