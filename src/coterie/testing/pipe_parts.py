"""What a pipe is made of: its nodes, the ends of connections, a frame on its way, and any engine that it can drive."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from coterie.adapters.vault.vault import Vault
from coterie.core.engine.ports import effects as fx
from coterie.core.engine.ports.commands import Command
from coterie.core.engine.ports.inputs import Input
from coterie.core.engine.ports.store import Store
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId
from coterie.core.kernel.world import Entropy, Instant


class Outcome(Protocol):
    """What a step gives: effects to perform after the commit, and the answer to a command."""

    @property
    def effects(self) -> tuple[fx.Effect, ...]: ...

    @property
    def result(self) -> object: ...


class Stepper(Protocol):
    """An engine, or the part of one that a test drives."""

    def step(self, store: Store, event: Input | Command, now: Instant) -> Outcome: ...

    def resume(self, store: Store, now: Instant) -> tuple[fx.Effect, ...]: ...


@dataclass(slots=True)
class Wire:
    """One end of a connection. `cipher` seals what goes out here and opens what comes in."""

    node: "Node"
    conn: int
    circle_id: CircleId
    peer: "Wire | None" = None
    cipher: fx.LinkCipher | None = None
    watch: tuple[CircleId, DeviceId, bool] | None = None
    open: bool = True


@dataclass(slots=True)
class Node:
    """One engine with its vault. `effects` keeps everything it asked for, for tests to look at."""

    name: str
    engine: Stepper
    make_engine: Callable[[], Stepper]
    vault: Vault
    entropy: Entropy
    up: bool = True
    wires: dict[int, Wire] = field(default_factory=dict)
    watches: dict[tuple[CircleId, DeviceId, bool], fx.WatchPeer] = field(default_factory=dict)
    endpoints: dict[tuple[CircleId, bool], EndpointId] = field(default_factory=dict)
    timers: dict[str, Instant] = field(default_factory=dict)
    effects: list[fx.Effect] = field(default_factory=list)
    errors: list[PeerError] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.vault.store


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame on its way, as the network sees it: sealed if the link is."""

    source: Node
    target: Node
    type: int
    body: bytes
