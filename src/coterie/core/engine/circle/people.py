"""People of a circle: listing, removing, roles."""

from coterie.core.engine.circle import issuing, person_views
from coterie.core.engine.ports.commands import ListPersons, RemovePerson, SetRole
from coterie.core.engine.ports.views import PersonView
from coterie.core.engine.state import circle_states, names
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, require_active
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import CircleId, PersonId
from coterie.core.trust import circle_acts
from coterie.core.trust.circle_state import CircleState
from coterie.core.trust.roles import Role

ROLES = {"owner": Role.OWNER, "admin": Role.ADMIN, "member": Role.MEMBER, "guest": Role.GUEST}


def list_persons(ctx: Context, command: ListPersons) -> tuple[PersonView, ...]:
    """The people of one circle or of all, removed ones too."""
    if command.circle is not None:
        return person_views.views(ctx, names.circle_named(ctx, command.circle))
    return tuple(shown for circle in ctx.store.circles.all() for shown in person_views.views(ctx, circle.circle_id))


def remove_person(ctx: Context, command: RemovePerson) -> PersonView:
    """Removes a person below us, with the cut of all their devices."""
    named = names.person_named(ctx, command.person)
    require_active(ctx, named.circle_id)
    if named.person_id == circle_of(ctx, named.circle_id).person_id:
        raise UserError("own-person", "this is ourselves", "`coterie circle leave CIRCLE` leaves the circle")
    remove(ctx, named.circle_id, named.person_id)
    return person_views.view(ctx, named.circle_id, named.person_id)


def remove(ctx: Context, circle_id: CircleId, person_id: PersonId) -> None:
    """Issues the removal of a person, ourselves too. UserError `not-permitted` without the right."""
    state, circle = circle_states.circle_state(ctx, circle_id), circle_of(ctx, circle_id)
    if person_id == circle.person_id:
        body = circle_acts.leaving(state, circle.device_id)
    else:
        body = circle_acts.removal(state, circle.device_id, person_id)
    issuing.decide(ctx, circle_id, circle_id, body)


def set_role(ctx: Context, command: SetRole) -> PersonView:
    """Gives a person another role; the role that they have is left as it is."""
    role = ROLES.get(command.role)
    if role is None:
        raise UserError("unknown-role", "a role is owner, admin, member or guest", "name one of the four")
    named = names.person_named(ctx, command.person)
    circle_id, person_id = named.circle_id, named.person_id
    require_active(ctx, circle_id)
    state, own = circle_states.circle_state(ctx, circle_id), circle_of(ctx, circle_id)
    if person_id == own.person_id and role is not Role.OWNER and _owners(state) == [person_id]:
        raise UserError("only-owner", "you are the circle's only owner", "make somebody else an owner first")
    if state.people[person_id].role is not role or state.people[person_id].removed:
        issuing.decide(ctx, circle_id, circle_id, circle_acts.role_change(state, own.device_id, person_id, role))
    return person_views.view(ctx, circle_id, person_id)


def _owners(state: CircleState) -> list[PersonId]:
    return [PersonId(id) for id, who in state.people.items() if who.role is Role.OWNER and not who.removed]
