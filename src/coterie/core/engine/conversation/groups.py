"""Group conversations: created, their people added and removed, left, listed. All of it is decisions (PROTOCOL 2)."""

from coterie.core.engine.circle import issuing
from coterie.core.engine.conversation.follow import look_after
from coterie.core.engine.conversation.found import found_group
from coterie.core.engine.conversation.open_conversation import keep, new
from coterie.core.engine.conversation.targets import one_group, persons_of_one_circle
from coterie.core.engine.ports.commands import AddToGroup, CreateGroup, LeaveGroup, ListGroups, RemoveFromGroup
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.views import GroupView
from coterie.core.engine.state.circle_states import circle_state, conversation_state
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.conversation_names import person_name, plain_name
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.membership import people
from coterie.core.engine.state.names import circle_name
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.names import check_name
from coterie.core.trust import conversation_acts
from coterie.core.trust.conversation_bodies import NONCE_SIZE, Start, group_conversation_id
from coterie.core.trust.conversation_state import ConversationState
from coterie.core.trust.roles import Role


def create_group(ctx: Context, command: CreateGroup) -> GroupView:
    """A conversation of ours with these people of one circle. Nobody has to be online."""
    title = check_name(command.title)
    circle_id, persons = persons_of_one_circle(ctx, command.persons)
    own = circle_of(ctx, circle_id)
    members = tuple(sorted(set(persons) - {own.person_id}))
    if not members:
        raise UserError("empty-group", "a group needs somebody besides you", "`coterie person list` shows everybody")
    known = circle_state(ctx, circle_id).people
    if any(known[person].removed for person in members):
        raise UserError("unknown-person", "somebody of these is not in the circle any more", "coterie circle show")
    nonce = ctx.entropy.random(NONCE_SIZE)
    conversation_id = group_conversation_id(circle_id, own.device_id, nonce)
    conversation = keep(ctx, new(ctx, circle_id, conversation_id, "group"))
    issuing.decide(ctx, circle_id, conversation_id, Start(nonce, title, own.person_id, members))
    found_group(ctx, conversation)
    return _view(ctx, conversation)


def add_to_group(ctx: Context, command: AddToGroup) -> GroupView:
    """Adds people; only an admin of the conversation may."""
    return _change(ctx, command.group, command.persons, added=True)


def remove_from_group(ctx: Context, command: RemoveFromGroup) -> GroupView:
    """Removes people; only an admin may."""
    return _change(ctx, command.group, command.persons, added=False)


def _change(ctx: Context, group: str, names: tuple[str, ...], *, added: bool) -> GroupView:
    conversation = one_group(ctx, group)
    _, persons = persons_of_one_circle(ctx, names, conversation.circle_id)
    own = circle_of(ctx, conversation.circle_id).device_id
    for person in persons:
        body = conversation_acts.member_change(_state(ctx, conversation), own, person, added)
        issuing.decide(ctx, conversation.circle_id, conversation.conversation_id, body)
    look_after(ctx, conversation.conversation_id)
    return _view(ctx, conversation)


def leave_group(ctx: Context, command: LeaveGroup) -> GroupView:
    """Everybody may leave; the history stays here."""
    conversation = one_group(ctx, command.group)
    body = conversation_acts.leave(_state(ctx, conversation), circle_of(ctx, conversation.circle_id).device_id)
    issuing.decide(ctx, conversation.circle_id, conversation.conversation_id, body)
    look_after(ctx, conversation.conversation_id)
    return _view(ctx, conversation)


def list_groups(ctx: Context, command: ListGroups) -> tuple[GroupView, ...]:  # noqa: ARG001 - every command has this shape
    """Every group conversation of every circle, left ones too."""
    return tuple(
        _view(ctx, conversation)
        for circle in ctx.store.circles.all()
        for conversation in ctx.store.conversations.all(circle.circle_id)
        if conversation.kind == "group"
    )


def _state(ctx: Context, conversation: Conversation) -> ConversationState:
    state = conversation_state(ctx, conversation.circle_id, conversation.conversation_id)
    if state is None:
        raise UserError("not-a-member", "you are not in this group", "`coterie group list` shows yours")
    return state


def _is_admin(ctx: Context, conversation: Conversation) -> bool:
    state = conversation_state(ctx, conversation.circle_id, conversation.conversation_id)
    own = state.people.get(circle_of(ctx, conversation.circle_id).person_id) if state is not None else None
    return own is not None and own.active and own.role is Role.ADMIN


def _view(ctx: Context, conversation: Conversation) -> GroupView:
    present = ctx.store.conversations.get(conversation.conversation_id) or conversation
    inside = sorted(person_name(ctx, present.circle_id, person) for person in people(ctx, present))
    return GroupView(
        id=to_base32(present.conversation_id),
        title=plain_name(ctx, present),
        circle=circle_name(ctx, present.circle_id),
        admin=_is_admin(ctx, present),
        people=tuple(inside),
        state=present.state,
        created_at=present.created_at,
    )
