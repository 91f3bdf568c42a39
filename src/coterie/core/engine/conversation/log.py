"""Reading a conversation: its history, and that somebody has read it (PROTOCOL 5 and 7)."""

from dataclasses import replace

from coterie.core.engine.conversation import history
from coterie.core.engine.conversation.targets import existing_conversation
from coterie.core.engine.delivery import reports
from coterie.core.engine.ports.commands import ReadLog
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.views import MessageView
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import from_base32


def read_log(ctx: Context, command: ReadLog) -> tuple[MessageView, ...]:
    """The whole history or the part after `since`, oldest first; `limit` takes the newest ones of it."""
    conversation = existing_conversation(ctx, command.conversation)
    if conversation is None:
        return ()
    after = _place(ctx, conversation, command.since) if command.since else None
    if command.mark_read:
        mark_read(ctx, conversation)
    return tuple(
        history.view(ctx, conversation, message, ctx.store.messages.receipts(message.message_id))
        for message in ctx.store.messages.history(conversation.conversation_id, after, command.limit)
    )


def mark_read(ctx: Context, conversation: Conversation) -> None:
    """A person has everything of this conversation before their eyes: its authors are told."""
    for message in ctx.store.messages.unread(conversation.conversation_id):
        ctx.store.messages.update(replace(message, state="read"))
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
