"""The six words: shown, compared, and made anew on a link."""

from coterie.core.engine.ports.commands import VerifyPerson
from coterie.core.engine.ports.views import PersonView
from coterie.core.engine.state.context import Context


def verify_person(ctx: Context, command: VerifyPerson) -> PersonView:
    """Shows the words; makes them on the link if there are none yet; marks the person verified when compared."""
    raise NotImplementedError
