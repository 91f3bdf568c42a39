"""The state of our links, for `status`."""

from coterie.core.engine.ports.views import PeerStatus
from coterie.core.engine.state.context import Context


def peers(ctx: Context) -> tuple[PeerStatus, ...]:
    """Every active device of other people, linked or not."""
    raise NotImplementedError
