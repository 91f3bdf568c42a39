"""KeyPackages in both directions: ours handed to peers, theirs used to add them to groups."""

from coterie.core.engine.ports.peers import OwnKeyPackage
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import CircleId, DeviceId


def package_for(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> bytes | None:
    """A valid KeyPackage of this device: a one-time one reserved for us (used up by this), else its card's."""
    raise NotImplementedError


def own(ctx: Context, ref: bytes) -> OwnKeyPackage | None:
    """Ours with this KeyPackageRef, with its private keys."""
    raise NotImplementedError


def hand_over(ctx: Context, link: Link) -> None:
    """Two one-time KeyPackages reserved for this peer, as far as it has fewer."""
    raise NotImplementedError


def used(ctx: Context, ref: bytes) -> None:
    """A Welcome was opened with it: a one-time one is deleted, the last resort stays."""
    raise NotImplementedError
