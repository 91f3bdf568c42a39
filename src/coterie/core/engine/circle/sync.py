"""Objects between linked devices: digests, summaries, what is missing; the one door for all that is received."""

from collections.abc import Sequence

from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import CircleId


def frame(ctx: Context, link: Link, received: object) -> None:
    """ObjectDigest, ObjectSummary, Objects, WantObjects, KeyPackages, VerifyCommit or VerifyOpen."""
    raise NotImplementedError


def start(ctx: Context, link: Link) -> None:
    """A link stands: digests of every scope that both sides share, and KeyPackages."""
    raise NotImplementedError


def publish(ctx: Context, circle_id: CircleId, scope: bytes, objects: Sequence[bytes]) -> None:
    """Stores our own new objects and sends them to every linked device that may have them."""
    raise NotImplementedError


def take(ctx: Context, circle_id: CircleId, scope: bytes, objects: Sequence[bytes], link: Link | None) -> None:
    """Received objects: verified, stored, handed on; what changed goes to `ctx.changed`."""
    raise NotImplementedError
