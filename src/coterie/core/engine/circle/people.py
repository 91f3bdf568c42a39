"""People of a circle: listing, removing, roles."""

from coterie.core.engine.ports.commands import ListPersons, RemovePerson, SetRole
from coterie.core.engine.ports.views import PersonView
from coterie.core.engine.state.context import Context


def list_persons(ctx: Context, command: ListPersons) -> tuple[PersonView, ...]:
    """The people of one circle or of all, removed ones too."""
    raise NotImplementedError


def remove_person(ctx: Context, command: RemovePerson) -> PersonView:
    """Removes a person below us, with the cut of all their devices."""
    raise NotImplementedError


def set_role(ctx: Context, command: SetRole) -> PersonView:
    """Gives a person another role."""
    raise NotImplementedError
