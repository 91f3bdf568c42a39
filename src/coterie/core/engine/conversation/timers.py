"""Timers of the conversation side: by the beginning of their name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from coterie.core.engine.conversation import branches, follow, left_behind, mend, position, refound, sync, uninvited
from coterie.core.engine.conversation.send import may_encrypt
from coterie.core.engine.delivery import expiry, passing_on, reports
from coterie.core.engine.delivery.outgoing import Outgoing, send
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.membership import people
from coterie.core.kernel.ids import ConversationId, from_base32
from coterie.core.wire.authenticated_data import Kind


def timer(ctx: Context, name: str) -> None:
    """One timer that fell due. One whose conversation is gone, or in whose circle we have to be silent, does nothing."""
    if name == expiry.TIMER:
        expiry.sweep(ctx)
        return
    prefix, _, tail = name.rpartition("/")
    handler = HANDLERS.get(prefix + "/")
    conversation = ctx.store.conversations.get(ConversationId(from_base32(tail))) if handler is not None else None
    if handler is None or conversation is None:
        return
    if circle_of(ctx, conversation.circle_id).state == "active":
        handler(ctx, conversation)


def resume(ctx: Context) -> None:
    """After a start: what we owe, what waits, what is too old."""
    reports.resume(ctx)
    expiry.plan(ctx)
    for circle in ctx.store.circles.all():
        for conversation in ctx.store.conversations.all(circle.circle_id):
            follow.look_after(ctx, conversation.conversation_id)
            branches.follow(ctx, conversation.conversation_id)
            if conversation.group_id and not position.is_told(ctx, conversation):
                position.plan(ctx, conversation.conversation_id)


def _report(ctx: Context, conversation: Conversation) -> None:
    """The report that we owe. If nothing can be encrypted now, it is tried again; with nobody left it is owed to nobody."""
    if len(people(ctx, conversation)) < 2:
        ctx.store.messages.clear_reports(conversation.conversation_id)
        return
    if not may_encrypt(ctx, conversation):
        reports.later(ctx, conversation)
        return
    plaintext = reports.take_due(ctx, conversation)
    if plaintext is not None:
        send(ctx, conversation, Outgoing(Kind.STATUS, plaintext))


def _branches(ctx: Context, conversation: Conversation) -> None:
    branches.follow(ctx, conversation.conversation_id)


def _mend(ctx: Context, conversation: Conversation) -> None:
    follow.look_after(ctx, conversation.conversation_id)


HANDLERS: Mapping[str, Callable[[Context, Conversation], None]] = MappingProxyType(
    {
        reports.TIMER: _report,
        mend.TIMER: _mend,
        branches.TIMER: _branches,
        position.TIMER: position.tell,
        left_behind.TIMER: left_behind.due,
        refound.TIMER: refound.due,
        uninvited.TIMER: uninvited.due,
        passing_on.DIGESTS.timer: sync.say_digests,
    }
)
