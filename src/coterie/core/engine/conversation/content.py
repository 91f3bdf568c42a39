"""What goes into an envelope of kind content, and the checks on what came out of one (PROTOCOL 5)."""

from dataclasses import dataclass

from coterie.core.content import extensions
from coterie.core.content.extensions import Mandatory
from coterie.core.content.history import HistoryClock
from coterie.core.content.message_id import message_id
from coterie.core.content.mimi import encode_content, parse_content
from coterie.core.content.text import display, plain_text
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import PersonId
from coterie.core.kernel.world import Instant

SALT_SIZE = 16


@dataclass(frozen=True, slots=True)
class Said:
    """A content and what follows from it. `clock` is the conversation's after it, as the row keeps it."""

    message_id: bytes
    order: int
    sent_at: Instant
    encoded: bytes
    text: str
    clock: bytes


def new_clock() -> bytes:
    """Of a conversation in which nothing was said yet."""
    return HistoryClock().to_bytes()


def say(ctx: Context, conversation: Conversation, own: PersonId, text: str) -> Said:
    """A new plain text of ours, at the end of the history that we know."""
    clock = HistoryClock.from_bytes(conversation.clock)
    order = clock.next_order(ctx.now)
    mandatory = Mandatory(own, conversation.conversation_id, ctx.now, order)
    content = plain_text(text, extensions.build(mandatory), ctx.entropy.random(SALT_SIZE))
    encoded = encode_content(content)
    after = clock.observe(own, order, ctx.now, group=False)  # our own word is never doubted, however slow our clock is
    return Said(message_id(content, encoded), order, ctx.now, encoded, text, after.to_bytes())


def hear(ctx: Context, encoded: bytes, conversation: Conversation, sender: PersonId) -> Said:
    """A received content whose sender MLS authenticated; what it claims must be equal (`sender-mismatch`)."""
    content = parse_content(encoded)
    mandatory = extensions.read(content)
    extensions.check_authenticated(mandatory, sender, conversation.conversation_id)
    clock = HistoryClock.from_bytes(conversation.clock)
    after = clock.observe(sender, mandatory.order, ctx.now, group=conversation.kind == "group")
    return Said(
        message_id(content, encoded),
        mandatory.order,
        mandatory.sent_at,
        encoded,
        display(content).text,
        after.to_bytes(),
    )
