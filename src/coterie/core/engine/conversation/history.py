"""History as people see it: the view of a message, and its event."""

from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.messages import Message, Receipt
from coterie.core.engine.ports.views import MessageView, ReceiptView
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.conversation_names import conversation_name, person_name
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import to_base32


def tell(ctx: Context, conversation: Conversation, message: Message) -> None:
    """The event `message`: the same fields as a line of the log."""
    seen = view(ctx, conversation, message, [])
    ctx.note(
        "message",
        subject=seen.id,
        conversation=seen.conversation,
        entry=seen.kind,
        from_=seen.from_,
        text=seen.text,
        state=seen.state,
        sent_at=seen.sent_at,
        received_at=seen.received_at,
        mine=message.device_id == circle_of(ctx, conversation.circle_id).device_id,
    )


def view(ctx: Context, conversation: Conversation, message: Message, receipts: list[Receipt]) -> MessageView:
    """One line of the log."""
    circle_id = conversation.circle_id
    return MessageView(
        id=to_base32(message.message_id),
        kind=message.kind,
        conversation=conversation_name(ctx, conversation),
        from_=person_name(ctx, circle_id, message.person_id),
        text=message.text,
        state=message.state,
        sent_at=message.sent_at,
        received_at=message.received_at,
        reason=message.reason,
        receipts=tuple(ReceiptView(person_name(ctx, circle_id, r.person_id), r.state, r.at) for r in receipts),
    )
