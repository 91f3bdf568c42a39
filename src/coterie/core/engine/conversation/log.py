"""Reading a conversation: its history, and that somebody has read it (PROTOCOL 5 and 7)."""

from coterie.core.engine.conversation import history
from coterie.core.engine.conversation.targets import existing_conversation
from coterie.core.engine.delivery import reports
from coterie.core.engine.ports.commands import MarkRead, ReadLog
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.messages import Message
from coterie.core.engine.ports.views import LogView
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.conversation_names import conversation_name
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import from_base32


def read_log(ctx: Context, command: ReadLog) -> LogView:
    """One page of the history, oldest first."""
    conversation = existing_conversation(ctx, command.conversation)
    if conversation is None:
        return LogView(command.conversation, (), False)
    after = _place(ctx, conversation, command.since) if command.since else None
    if command.newest:
        before = ctx.store.messages.place_from_end(conversation.conversation_id, command.limit)
        after = max((place for place in (after, before) if place is not None), default=None)
    size = min(command.limit, command.page)
    found = ctx.store.messages.history(conversation.conversation_id, after, size + 1)
    page = found[:size]
    if command.mark_read:
        for message in page:
            _mark(ctx, conversation, message)
    entries = tuple(
        history.view(ctx, conversation, message, ctx.store.messages.receipts(message.message_id)) for message in page
    )
    return LogView(conversation_name(ctx, conversation), entries, more=len(found) > size)


def mark_read(ctx: Context, command: MarkRead) -> None:
    """One entry was read; an unknown one is no error."""
    try:
        message = ctx.store.messages.find(from_base32(command.id))
    except ValueError:
        return
    conversation = ctx.store.conversations.get(message.conversation_id) if message is not None else None
    if message is not None and conversation is not None:
        _mark(ctx, conversation, message)


def _mark(ctx: Context, conversation: Conversation, message: Message) -> None:
    """An entry of another is before somebody's eyes for the first time: its author is told."""
    if not ctx.store.messages.move(message.message_id, message.person_id, "received", "read"):
        return
    if conversation.state == "active":
        reports.owe_read(ctx, conversation, message)


def _place(ctx: Context, conversation: Conversation, since: str) -> tuple[int, bytes]:
    try:
        message = ctx.store.messages.find(from_base32(since))
    except ValueError:
        message = None
    if message is None or message.conversation_id != conversation.conversation_id:
        raise UserError("unknown-message", "there is no message with this id here", "coterie log CONVERSATION --json")
    return message.order, message.message_id
