"""The names of conversations: shown, and understood wherever a command takes TO or CONVERSATION."""

from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state import names
from coterie.core.engine.state.circle_states import conversation_state
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import CircleId, ConversationId, PersonId, to_base32
from coterie.core.kernel.names import composed, neutralise


def person_name(ctx: Context, circle_id: CircleId, person: PersonId) -> str:
    """How a person of a circle is shown."""
    return names.display(ctx, circle_id, person) or to_base32(person)[: names.ID_BEGINNING]


def conversation_name(ctx: Context, conversation: Conversation) -> str:
    """The shortest name that means this conversation alone; forgotten whenever objects change."""
    key = ("conversation-name", conversation.conversation_id)
    cached = ctx.memory.caches.get(key)
    if isinstance(cached, str):
        return cached
    short = plain_name(ctx, conversation)
    circle = names.circle_name(ctx, conversation.circle_id)
    found = to_base32(conversation.conversation_id)
    for form in (short, f"{circle}/{short}", _tagged(short, conversation)):
        if _means_only(ctx, form, conversation):
            found = form
            break
    ctx.memory.caches[key] = found
    return found


def name_of(ctx: Context, conversation_id: ConversationId) -> str:
    """The same by id, empty for a conversation that is not there (any more)."""
    cached = ctx.memory.caches.get(("conversation-name", conversation_id))
    if isinstance(cached, str):
        return cached
    conversation = ctx.store.conversations.get(conversation_id)
    return "" if conversation is None else conversation_name(ctx, conversation)


def plain_name(ctx: Context, conversation: Conversation) -> str:
    """A group's title, or the other person's name."""
    if conversation.kind == "two":
        return person_name(ctx, conversation.circle_id, PersonId(conversation.partner))
    state = conversation_state(ctx, conversation.circle_id, conversation.conversation_id)
    return neutralise(state.title) if state is not None else to_base32(conversation.conversation_id)[:8]


def forget_names(ctx: Context) -> None:
    """Objects changed: names may mean others now."""
    for key in [key for key in ctx.memory.caches if key[0] in ("conversation-name", "target")]:
        del ctx.memory.caches[key]


def groups_named(ctx: Context, text: str) -> list[Conversation]:
    """Every group conversation that this text may mean: by title, `CIRCLE/TITLE`, or id."""
    text = composed(text)
    found = []
    for circle in ctx.store.circles.all():
        circle_name = names.circle_name(ctx, circle.circle_id)
        for conversation in ctx.store.conversations.all(circle.circle_id):
            if conversation.kind == "group":
                title = plain_name(ctx, conversation)
                forms = (title, f"{circle_name}/{title}", _tagged(title, conversation))
                if text in forms or text == to_base32(conversation.conversation_id):
                    found.append(conversation)
    active = [conversation for conversation in found if conversation.state == "active"]
    return active or found


def _tagged(title: str, conversation: Conversation) -> str:
    """Two groups of one title are told apart by the first characters of their ids, as people are."""
    return f"{title}~{to_base32(conversation.conversation_id)[: names.TAG_SIZE]}"


def _means_only(ctx: Context, form: str, conversation: Conversation) -> bool:
    groups = groups_named(ctx, form)
    try:
        person: PersonId | None = names.person_named(ctx, form).person_id
    except UserError as error:
        if error.code == "ambiguous-name":
            return False
        person = None
    if conversation.kind == "two":
        return person == conversation.partner and not groups
    return person is None and [group.conversation_id for group in groups] == [conversation.conversation_id]
