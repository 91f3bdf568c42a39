"""How far our messages came: per recipient, and the least of all of them (PROTOCOL 7). Never better than proven."""

from collections.abc import Collection
from dataclasses import replace

from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.messages import Message, Receipt
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.conversation_names import name_of
from coterie.core.kernel.ids import PersonId, to_base32

STEPS = ("queued", "dispatched", "delivered", "read")
"""In rising order; *dispatched* is an overall state: some device of somebody has it, for itself and to hand on.

`expired` and `failed` end a message and are not steps.
"""

ENDED = ("expired", "failed")


def came(ctx: Context, message_id: bytes, own: PersonId, recipient: PersonId, state: str) -> None:
    """A recipient has the message durably (`delivered`) or says that they read it (`read`)."""
    message = ctx.store.messages.get(message_id, own)
    if message is None or message.state in ENDED:
        return
    known = ctx.store.messages.receipt_state(message_id, recipient)
    if known not in STEPS or STEPS.index(known) >= STEPS.index(state):
        return
    ctx.store.messages.put_receipt(Receipt(message_id, recipient, state, ctx.now))
    tell(ctx, message, _settle(ctx, message, ctx.store.messages.receipt_states(message_id)), recipient, state)


def gone(ctx: Context, conversation: Conversation, recipient: PersonId) -> None:
    """A recipient is out of the conversation: what they do not have yet is not waited for any more.

    A message that was for nobody else has `failed`.
    """
    for message in ctx.store.messages.undelivered(conversation.conversation_id, recipient):
        lose(ctx, message, recipient, "removed")


def lose(ctx: Context, message: Message, recipient: PersonId, reason: str) -> None:
    """One recipient will not have it. A message that nobody has and nobody is waited for has `failed`."""
    miss(ctx, message, recipient)
    left = ctx.store.messages.receipt_states(message.message_id)
    if left <= {"failed"}:
        end(ctx, message, "failed", reason)
    elif message.number:
        tell(ctx, message, _settle(ctx, message, left), recipient, "failed")


def miss(ctx: Context, message: Message, recipient: PersonId) -> None:
    """This recipient does not get the message any more."""
    ctx.store.messages.put_receipt(Receipt(message.message_id, recipient, "failed", ctx.now))


def _settle(ctx: Context, message: Message, states: Collection[str]) -> str:
    """The least of all recipients who are still waited for, stored as the message's own state."""
    steps = [state for state in states if state in STEPS]
    least = min(steps, key=STEPS.index)
    if least == "queued" and any(step != "queued" for step in steps):
        least = "dispatched"
    overall = max(message.state, least, key=STEPS.index)
    if overall != message.state:
        ctx.store.messages.move(message.message_id, message.person_id, message.state, overall)
    return overall


def expect(ctx: Context, message: Message, recipients: Collection[PersonId]) -> None:
    """Who the message is for, noted when it is encrypted: one receipt each, not yet more than queued."""
    known = (
        {receipt.person_id for receipt in ctx.store.messages.receipts(message.message_id)} if message.attempts else ()
    )
    for person in sorted(recipients):
        if person not in known:
            ctx.store.messages.put_receipt(Receipt(message.message_id, person, "queued", ctx.now))


def end(ctx: Context, message: Message, state: str, reason: str) -> None:
    """The message ends as `expired` or `failed`, with the reason."""
    ctx.store.messages.update(replace(message, state=state, reason=reason))
    tell(ctx, message, state)


def tell(ctx: Context, message: Message, state: str, person: PersonId | None = None, person_state: str = "") -> None:
    """The event that programs wait for: the message's overall state, and whose receipt changed it."""
    ctx.note(
        "message-state",
        subject=to_base32(message.message_id),
        conversation=name_of(ctx, message.conversation_id),
        state=state,
        person="" if person is None else to_base32(person),
        person_state=person_state,
    )
