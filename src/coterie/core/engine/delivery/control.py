"""Envelopes of kind control, and the `void` item: numbers whose content went out again under another number."""

from coterie.core.codec.items import Item
from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.engine.delivery import numbers as arithmetic
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.envelopes import Numbers
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import PersonId, to_base32
from coterie.core.wire.authenticated_data import AuthenticatedData

ITEM_VOID = 1
KNOWN_ITEMS = frozenset({ITEM_VOID})
"""Items of authenticated_data that this version understands."""

MOST_VOID = 256
"""Numbers in one void item."""


def void_item(numbers: list[int]) -> Item:
    """struct { u64 numbers<V>; }: these numbers of the sender will never come; count them as had."""
    inner = Writer()
    for number in numbers[:MOST_VOID]:
        inner.u64(number)
    return Item(ITEM_VOID, True, Writer().opaque(inner.bytes()).bytes())


def void_numbers(header: AuthenticatedData) -> list[int]:
    """The numbers that a header declares void; only those below its own count."""
    for item in header.items:
        if item.type == ITEM_VOID:
            numbers = parse(lambda reader: reader.vector(Reader.u64, MOST_VOID), item.data)
            return [number for number in numbers if 0 < number < header.number]
    return []


def had_and_void(known: Numbers, header: AuthenticatedData) -> Numbers:
    """The vector with this envelope's number, and with what it declares void."""
    for number in void_numbers(header):
        known = arithmetic.gone(known, number)
    return arithmetic.had(known, header.number)


def heard(ctx: Context, conversation: Conversation, sender: PersonId, plaintext: bytes) -> None:
    """Control content: none is defined in this version beyond the header's items; an unknown one is counted."""
    if plaintext:
        not_understood(ctx, conversation, sender, "control")


def not_understood(ctx: Context, conversation: Conversation, sender: PersonId, what: str) -> None:
    """Somebody said what only a later version understands: counted by its event, and not shown as a message."""
    ctx.note(
        "needs-newer-version",
        conversation=to_base32(conversation.conversation_id),
        person=to_base32(sender),
        what=what,
    )
