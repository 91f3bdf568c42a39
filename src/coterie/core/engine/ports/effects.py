"""What a step asks of the shell, as values. The driver performs them in order, after the commit."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, EnvelopeId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant


class LinkCipher(Protocol):
    """Seals and opens the frames of one link, in order (`coterie.core.wire.link_cipher`)."""

    def seal(self, frame_type: int, body: bytes) -> bytes: ...

    def open_sealed(self, frame_type: int, body: bytes) -> bytes: ...

    def pass_over(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Transmit:
    """One frame for one connection."""

    conn: int
    type: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """This envelope is durable here. The shell joins those of one batch and connection into Ack frames."""

    conn: int
    envelope: EnvelopeId


@dataclass(frozen=True, slots=True)
class SealLink:
    """From the next frame on, in both directions, this connection's frames are sealed and opened with `cipher`.

    The shell also pings it, and closes it when it stays silent. `device_id` is who was proved at the other end.
    """

    conn: int
    device_id: DeviceId
    cipher: LinkCipher


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Ends a connection after what was handed to it before has been written. `code` is for the local log only."""

    conn: int
    code: str


@dataclass(frozen=True, slots=True)
class WatchPeer:
    """Keep a connection to this endpoint: dial now, again with back-off; repeats replace what was known.

    `waiting`: something waits for it (cap 5 s instead of 60 s). `door`: the inviter's door, ALPN `coterie-join/1`.
    """

    circle_id: CircleId
    device_id: DeviceId
    endpoint_id: EndpointId
    hints: tuple[bytes, ...]
    door: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class ForgetPeer:
    """Dial this peer no more. Open connections are closed by `CloseConnection`."""

    circle_id: CircleId
    device_id: DeviceId
    door: bool = False


@dataclass(frozen=True, slots=True)
class OpenEndpoint:
    """Bind the circle's peer endpoint or its door. `port` 0: any."""

    circle_id: CircleId
    door: bool
    secret: Secret
    port: int


@dataclass(frozen=True, slots=True)
class CloseEndpoint:
    """Close the circle's peer endpoint or its door with all its connections."""

    circle_id: CircleId
    door: bool


@dataclass(frozen=True, slots=True)
class SetTimer:
    """`Timer(name)` at or soon after `at`; the same name again replaces the earlier one."""

    name: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Notify:
    """New rows stand in the event table; wake who listens."""


Effect = (
    Transmit
    | Acknowledge
    | SealLink
    | CloseConnection
    | WatchPeer
    | ForgetPeer
    | OpenEndpoint
    | CloseEndpoint
    | SetTimer
    | Notify
)
