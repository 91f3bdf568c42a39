"""Our person and device in a circle: the record, its signer, its keys."""

from coterie.core.crypto.signature import Signer
from coterie.core.engine.ports.circles import Circle
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import CircleId


def circle_of(ctx: Context, circle_id: CircleId) -> Circle:
    """Our record of this circle; a KeyError-like bug (LookupError) when there is none."""
    raise NotImplementedError


def signer(ctx: Context, circle_id: CircleId) -> Signer:
    """Signs as our device there."""
    raise NotImplementedError
