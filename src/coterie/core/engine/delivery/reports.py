"""Status reports: what we owe others about their messages, and what they say of ours (PROTOCOL 7).

Reports are coalesced: 1 s between two people, up to 30 s in groups, and there are none about status reports.
"""

from coterie.core.content import extensions
from coterie.core.content.extensions import Mandatory
from coterie.core.content.history import HistoryClock
from coterie.core.content.mimi import encode_content, parse_content
from coterie.core.content.status import MessageStatus, Reported, report_content, report_of
from coterie.core.engine.delivery import receipts
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.ports.messages import Message
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import PersonId, to_base32
from coterie.core.kernel.world import SECOND, Instant

TIMER = "delivery/reports/"
STATES = {MessageStatus.DELIVERED: "delivered", MessageStatus.READ: "read"}
PAUSE_TWO = 1 * SECOND
PAUSE_GROUP = 30 * SECOND
IN_ONE_REPORT = 256
"""Messages in one report; what is left goes into the next."""


def owe_read(ctx: Context, conversation: Conversation, message: Message) -> None:
    """We read this message of another."""
    _owe(ctx, conversation, message, MessageStatus.READ)


def owe_delivered(ctx: Context, conversation: Conversation, message: Message) -> None:
    """We have this message, and its author's own link did not bring it: only a report can tell them."""
    _owe(ctx, conversation, message, MessageStatus.DELIVERED)


def _owe(ctx: Context, conversation: Conversation, message: Message, status: int) -> None:
    pause = PAUSE_TWO
    if conversation.kind == "group":
        pause = PAUSE_TWO + (int.from_bytes(ctx.entropy.random(2), "big") * (PAUSE_GROUP - PAUSE_TWO) >> 16)
    due = Instant(ctx.now + pause)
    owed = ctx.store.messages.reports(conversation.conversation_id)
    ctx.store.messages.put_report(conversation.conversation_id, message.message_id, status, due)
    if not owed:
        ctx.emit(SetTimer(TIMER + to_base32(conversation.conversation_id), due))


def resume(ctx: Context) -> None:
    """After a start: the timers of what we still owe."""
    for conversation_id, due in ctx.store.messages.reports_due():
        ctx.emit(SetTimer(TIMER + to_base32(conversation_id), due))


def take_due(ctx: Context, conversation: Conversation) -> bytes | None:
    """The report that we owe a conversation, as content to encrypt; None when we owe nothing."""
    conversation_id = conversation.conversation_id
    owed = ctx.store.messages.reports(conversation_id)
    if not owed:
        return None
    batch = owed[:IN_ONE_REPORT]
    ctx.store.messages.clear_reports(conversation_id)
    for message_id, status, due in owed[IN_ONE_REPORT:]:
        ctx.store.messages.put_report(conversation_id, message_id, status, due)
        ctx.emit(SetTimer(TIMER + to_base32(conversation_id), Instant(ctx.now + PAUSE_TWO)))
    own = circle_of(ctx, conversation.circle_id).person_id
    order = HistoryClock.from_bytes(conversation.clock).next_order(ctx.now)
    claims = extensions.build(Mandatory(own, conversation_id, ctx.now, order))
    lines = [Reported(message_id, status) for message_id, status, _ in batch]
    return encode_content(report_content(lines, claims, ctx.entropy.random(16)))


def later(ctx: Context, conversation: Conversation) -> None:
    """Nothing can be encrypted now: what we owe is tried again."""
    if conversation.state == "active":
        due = Instant(ctx.now + PAUSE_GROUP)
        ctx.emit(SetTimer(TIMER + to_base32(conversation.conversation_id), due))


def heard(ctx: Context, conversation: Conversation, reader: PersonId, plaintext: bytes) -> None:
    """A report of another person about messages; what it says of ours is believed of that person only."""
    own = circle_of(ctx, conversation.circle_id).person_id
    content = parse_content(plaintext)
    extensions.check_authenticated(extensions.read(content), reader, conversation.conversation_id)
    for line in report_of(content) or ():
        state = STATES.get(MessageStatus(line.status)) if line.status in STATES else None
        message = ctx.store.messages.get(line.message_id, own)
        if state is not None and message is not None and message.conversation_id == conversation.conversation_id:
            receipts.came(ctx, line.message_id, own, reader, state)
