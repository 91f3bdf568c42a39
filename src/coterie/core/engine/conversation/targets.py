"""From what somebody typed to a conversation: TO is a person or a group (the command line's contract)."""

from coterie.core.engine.conversation.open_conversation import open_two
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state import names
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.conversation_names import conversation_name, groups_named
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.membership import two_person_id
from coterie.core.engine.state.names import Named
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import CircleId, ConversationId, PersonId, to_base32


def conversation_for(ctx: Context, to: str) -> Conversation:
    """The conversation to send to; the one with a person is opened if it is new."""
    cached = ctx.memory.caches.get(("target", to.encode()))
    if isinstance(cached, bytes):
        known = ctx.store.conversations.get(ConversationId(cached))
        if known is not None:
            return known
    found = _find(ctx, to)
    if isinstance(found, Named):
        if found.person_id == circle_of(ctx, found.circle_id).person_id:
            raise UserError("own-name", "this is yourself", "name somebody else; `coterie person list` shows everybody")
        found = open_two(ctx, found.circle_id, found.person_id)
    ctx.memory.caches["target", to.encode()] = bytes(found.conversation_id)
    return found


def existing_conversation(ctx: Context, name: str) -> Conversation | None:
    """The conversation to read; None for a person with whom nothing was said yet."""
    found = _find(ctx, name)
    if not isinstance(found, Named):
        return found
    own = circle_of(ctx, found.circle_id).person_id
    if found.person_id == own:
        return None
    return ctx.store.conversations.get(two_person_id(found.circle_id, own, found.person_id))


def one_group(ctx: Context, name: str) -> Conversation:
    """A group conversation; UserError `unknown-group` or `ambiguous-name`."""
    groups = groups_named(ctx, name)
    if len(groups) > 1:
        raise _ambiguous(ctx, groups, None)
    if not groups:
        raise UserError("unknown-group", "no group has this title", "`coterie group list` shows them")
    return groups[0]


def persons_of_one_circle(
    ctx: Context, texts: tuple[str, ...], circle_id: CircleId | None = None
) -> tuple[CircleId, tuple[PersonId, ...]]:
    """People who are all in one circle, which the first one decides unless it is given."""
    found: list[PersonId] = []
    for text in texts:
        named = names.person_named(ctx, text, circle_id)
        circle_id = named.circle_id
        found.append(named.person_id)
    if circle_id is None:
        raise UserError("usage", "name at least one person", "`coterie person list` shows everybody")
    return circle_id, tuple(found)


def _find(ctx: Context, text: str) -> Named | Conversation:
    groups = groups_named(ctx, text)
    try:
        person: Named | None = names.person_named(ctx, text)
    except UserError as error:
        if error.code != "unknown-contact" or not groups:
            raise
        person = None
    if person is not None and not groups:
        return person
    if person is None and len(groups) == 1:
        return groups[0]
    raise _ambiguous(ctx, groups, person)


def _ambiguous(ctx: Context, groups: list[Conversation], person: Named | None) -> UserError:
    forms = [conversation_name(ctx, group) for group in groups]
    if person is not None:
        forms.append(to_base32(person.person_id))
    return UserError("ambiguous-name", "this name fits several", "say one of: " + ", ".join(forms))
