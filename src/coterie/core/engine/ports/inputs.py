"""What enters the engine besides commands: connections, their frames, timers, and reports of the shell.

A connection (`conn`) is a number that the shell gives out and never reuses within one run.
"""

from dataclasses import dataclass

from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId


@dataclass(frozen=True, slots=True)
class Opened:
    """A QUIC connection with its one stream stands; nothing has been said on it.

    `remote` is the endpoint id that QUIC proved. `device_id` is whom we dialled, None when we listen or dial a door.
    """

    conn: int
    circle_id: CircleId
    door: bool
    remote: EndpointId
    dialled: bool
    device_id: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One frame: in clear during a handshake, opened already once the link is sealed."""

    conn: int
    type: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is gone, whoever ended it."""

    conn: int


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer set by `SetTimer` fell due."""

    name: str


@dataclass(frozen=True, slots=True)
class EndpointBound:
    """The shell bound an endpoint: its UDP port, and the address hints to offer to others."""

    circle_id: CircleId
    door: bool
    port: int
    hints: tuple[bytes, ...]


Input = Opened | Received | Closed | Timer | EndpointBound
