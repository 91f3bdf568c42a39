"""What all connections share that are not links yet: the record in memory, its time limits, its end."""

from dataclasses import dataclass, field
from typing import TypeAlias

from coterie.core.engine.ports.effects import CloseConnection, SetTimer, Transmit
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId
from coterie.core.kernel.limits import HANDSHAKE_FRAME_SECONDS, HANDSHAKE_SECONDS
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.wire.frames import Frame
from coterie.core.wire.join_handshake import JoinInviter, JoinJoiner
from coterie.core.wire.link_handshake import LinkDialler, LinkListener, PeerCard

TIMER = "circle/handshake/"


@dataclass(slots=True)
class Knock:
    """Somebody at our door. `invitation_id` once the secret is proved, `certificate` once it is opened."""

    conn: int
    circle_id: CircleId
    remote: EndpointId
    machine: JoinInviter
    began: Instant
    last: Instant
    invitation_id: bytes = b""
    certificate: bytes = b""


@dataclass(slots=True)
class Entrance:
    """We at somebody's door. What was handed over is kept until all of it is here."""

    conn: int
    circle_id: CircleId
    invitation_id: bytes
    machine: JoinJoiner
    began: Instant
    last: Instant
    certificate: bytes = b""
    grant: bytes = b""
    admission: bytes = b""
    objects: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Dialling:
    """A link that we dialled. `held` is the card of the device that we mean."""

    conn: int
    circle_id: CircleId
    remote: EndpointId
    device_id: DeviceId
    machine: LinkDialler
    held: PeerCard
    began: Instant
    last: Instant
    introduced: bool = False
    answered: bool = False


@dataclass(slots=True)
class Listening:
    """A link that somebody dialled. `known`: the endpoint id is one of the circle's, as far as we know."""

    conn: int
    circle_id: CircleId
    remote: EndpointId
    machine: LinkListener
    known: bool
    began: Instant
    last: Instant
    device_id: DeviceId | None = None
    introduced: "tuple[DeviceId, bytes, PeerCard] | None" = None
    """(device, its signature key, its card) of a verified introduction."""


Handshake: TypeAlias = Knock | Entrance | Dialling | Listening


def add(ctx: Context, handshake: Handshake) -> None:
    """Keeps a new one, and sees to it that it ends in time."""
    ctx.memory.handshakes[handshake.conn] = handshake
    _limit(ctx, handshake)


def of(ctx: Context, conn: int) -> Handshake | None:
    """The handshake on this connection."""
    found = ctx.memory.handshakes.get(conn)
    return found if isinstance(found, Knock | Entrance | Dialling | Listening) else None


def all_of(ctx: Context, circle_id: CircleId) -> list[Handshake]:
    """Every unfinished one of a circle."""
    found = [of(ctx, conn) for conn in ctx.memory.handshakes]
    return [handshake for handshake in found if handshake is not None and handshake.circle_id == circle_id]


def transmit(ctx: Context, conn: int, frames: tuple[Frame, ...]) -> None:
    """Frames of the machine, in order."""
    for frame in frames:
        ctx.emit(Transmit(conn, frame.type, frame.body))


def end(ctx: Context, conn: int, code: str) -> None:
    """Closes the connection after what was sent on it, and forgets the handshake."""
    ctx.memory.handshakes.pop(conn, None)
    ctx.emit(CloseConnection(conn, code))


def timed_out(ctx: Context, conn: int) -> None:
    """Ends a handshake whose next frame, or whose end, took too long."""
    handshake = of(ctx, conn)
    if handshake is None:
        return
    silent = ctx.now >= handshake.last + HANDSHAKE_FRAME_SECONDS * SECOND
    if silent or ctx.now >= handshake.began + HANDSHAKE_SECONDS * SECOND:
        ctx.emit(CloseConnection(conn, "handshake-too-slow"))
    else:
        _limit(ctx, handshake)


def _limit(ctx: Context, handshake: Handshake) -> None:
    at = min(handshake.last + HANDSHAKE_FRAME_SECONDS * SECOND, handshake.began + HANDSHAKE_SECONDS * SECOND)
    ctx.emit(SetTimer(f"{TIMER}{handshake.conn}", Instant(at)))
