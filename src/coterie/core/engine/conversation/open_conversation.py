"""Conversations come to be: of two people by sending or by a Welcome, of more by the objects that start them."""

from coterie.core.engine.conversation.content import new_clock
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.membership import allowed, seniority, two_person_id
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, ConversationId, PersonId


def prospect(
    ctx: Context, circle_id: CircleId, conversation_id: ConversationId, people: frozenset[PersonId]
) -> Conversation:
    """The conversation whose group has just these people; if it is new, as it would be: `keep` stores it.

    For two people the id follows from them; what is no such id is a group conversation, whose objects name its people.
    """
    known = ctx.store.conversations.get(conversation_id)
    if known is not None:
        if known.circle_id != circle_id:
            raise PeerError("wrong-conversation", "a conversation belongs to another circle")
        return known
    own = circle_of(ctx, circle_id).person_id
    if own not in people:
        raise PeerError("not-permitted", "a group without us")
    others = people - {own}
    if len(others) == 1 and conversation_id == two_person_id(circle_id, own, next(iter(others))):
        return new(ctx, circle_id, conversation_id, "two", next(iter(others)))
    return new(ctx, circle_id, conversation_id, "group")


def open_two(ctx: Context, circle_id: CircleId, other: PersonId) -> Conversation:
    """The conversation with one other person."""
    own = circle_of(ctx, circle_id).person_id
    conversation_id = two_person_id(circle_id, own, other)
    known = ctx.store.conversations.get(conversation_id)
    return known or keep(ctx, new(ctx, circle_id, conversation_id, "two", other))


def new(
    ctx: Context, circle_id: CircleId, conversation_id: ConversationId, kind: str, partner: bytes = b""
) -> Conversation:
    """A conversation in which nothing has happened; nothing is stored."""
    return Conversation(
        conversation_id=conversation_id,
        circle_id=circle_id,
        kind=kind,
        partner=partner,
        group_id=b"",
        state="active",
        clock=new_clock(),
        next_number=1,
        first=1,
        created_at=ctx.now,
    )


def keep(ctx: Context, conversation: Conversation) -> Conversation:
    """Stores a conversation if it is not here yet."""
    if ctx.store.conversations.get(conversation.conversation_id) is None:
        ctx.store.conversations.add(conversation)
    return conversation


def prefer_group(ctx: Context, conversation: Conversation) -> None:
    """Of several groups of one conversation we send on the one whose founder is the most senior (PROTOCOL 6)."""
    present = allowed(ctx, conversation)
    groups = ctx.store.conversations.groups(conversation.conversation_id)
    if not groups:
        return
    best = min(
        groups,
        key=lambda group: (group.founder not in present, seniority(ctx, conversation, group.founder), group.group_id),
    )
    current = ctx.store.conversations.get(conversation.conversation_id)
    if current is not None and current.group_id != best.group_id:
        ctx.store.conversations.send_on(conversation.conversation_id, best.group_id)
