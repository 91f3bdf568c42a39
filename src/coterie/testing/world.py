"""Many nodes, one fake clock, and a seeded network that delays, drops, reorders and duplicates; nodes die and return.

Every choice comes from the seed, so a world replays. Links are real ones up to the moment they are sealed; after that
the world carries opened frames, so that it may do to them what no honest transport does.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from coterie.adapters.vault.vault import Vault
from coterie.core.crypto.signature import SoftwareSigner
from coterie.core.crypto.suites import suite
from coterie.core.engine.ports import effects as fx
from coterie.core.engine.ports.commands import Command
from coterie.core.engine.ports.inputs import Closed, EndpointBound, Input, Opened, Received, Timer
from coterie.core.engine.step import Engine
from coterie.core.kernel.errors import CoterieError, PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.wire import peer_frames
from coterie.testing.entropy import SeededEntropy

START = Instant(1_800_000_000_000)
SILENCE = 10 * SECOND
"""After this long a link whose frame was lost is noticed to be dead."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the network is. Chances are per frame (or per step, for kills); times in milliseconds."""

    delay: tuple[int, int] = (1, 40)
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    kill: float = 0.0


@dataclass(slots=True)
class End:
    """One end of a connection."""

    node: "WorldNode"
    conn: int
    peer: "End | None" = None
    sealed_for: DeviceId | None = None
    open: bool = True
    next_arrival: int = 0


@dataclass(slots=True)
class WorldNode:
    """One node: a vault that survives, and an engine that does not."""

    name: str
    vault: Vault
    entropy: SeededEntropy
    engine: Engine
    up: bool = True
    life: int = 0
    ends: dict[int, End] = field(default_factory=dict)
    watches: dict[tuple[CircleId, DeviceId, bool], fx.WatchPeer] = field(default_factory=dict)
    endpoints: dict[tuple[CircleId, bool], EndpointId] = field(default_factory=dict)
    timers: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class World:
    """The nodes, what is on its way, and the clock."""

    def __init__(self, seed: int, weather: Weather | None = None) -> None:
        self.seed = seed
        self.weather = weather or Weather()
        self.dice = random.Random(seed)
        self.now = START
        self.nodes: dict[str, WorldNode] = {}
        self.apart: set[frozenset[str]] = set()
        """Pairs of nodes between which nothing passes."""
        self.on_step: Callable[[WorldNode, Input | Command], None] | None = None
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._conns = 0
        self._ports = 20_000
        self._addresses: dict[EndpointId, tuple[WorldNode, CircleId, bool]] = {}

    def node(self, name: str) -> WorldNode:
        """A new node with an empty vault."""
        entropy = SeededEntropy(f"{self.seed}/{name}")
        node = WorldNode(name, Vault.memory(), entropy, Engine(entropy))
        self.nodes[name] = node
        return node

    def do(self, node: WorldNode, command: Command) -> object:
        """One command of a person; UserErrors go to the caller."""
        return self._step(node, command)

    def run(self, milliseconds: int) -> None:
        """Lets time pass."""
        end = self.now + milliseconds
        while self._due and self._due[0][0] <= end:
            at, _, action = heapq.heappop(self._due)
            self.now = Instant(max(self.now, at))
            action()
        self.now = Instant(end)

    def calm(self) -> None:
        """The weather is fine from here on and everybody can reach everybody."""
        self.weather = Weather()
        self.apart.clear()
        for node in self.nodes.values():
            if not node.up:
                self.start(node)

    def later(self, milliseconds: int, action: Callable[[], None]) -> None:
        """Does something when so much time has passed."""
        self._count += 1
        heapq.heappush(self._due, (self.now + milliseconds, self._count, action))

    def kill(self, node: WorldNode) -> None:
        """The process dies: its memory, timers and connections are gone; the others notice later."""
        node.up = False
        node.life += 1
        node.timers.clear()
        node.watches.clear()
        for endpoint in node.endpoints.values():
            self._addresses.pop(endpoint, None)
        node.endpoints.clear()
        for end in list(node.ends.values()):
            end.open = False
            if end.peer is not None:
                self.later(self.dice.randint(1, SILENCE), lambda peer=end.peer: self._shut(peer))  # type: ignore[misc]
        node.ends.clear()

    def start(self, node: WorldNode) -> None:
        """A new process on the same vault."""
        node.up = True
        node.engine = Engine(node.entropy)
        node.vault.begin()
        effects = node.engine.resume(node.vault.store, self.now)
        node.vault.commit()
        self._perform(node, effects)

    def _step(self, node: WorldNode, event: Input | Command) -> object:
        node.vault.begin()
        try:
            with node.vault.savepoint():
                outcome = node.engine.step(node.vault.store, event, self.now)
        except CoterieError as error:
            node.engine.forget()
            node.vault.commit()
            if not isinstance(error, PeerError):
                raise
            node.faults.append(error.code)
            if isinstance(event, Opened | Received):
                self._close(node.ends.get(event.conn))
            return None
        node.vault.commit()
        if self.on_step is not None:
            self.on_step(node, event)
        if self.weather.kill and not isinstance(event, Command) and self.dice.random() < self.weather.kill:
            self.kill(node)  # committed, and nothing of it was performed
            self.later(self.dice.randint(100, 20_000), lambda: None if node.up else self.start(node))
            return None
        self._perform(node, outcome.effects)
        return outcome.result

    def _perform(self, node: WorldNode, effects: tuple[fx.Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, fx.Transmit):
                end = node.ends.get(effect.conn)
                if end is not None and end.open:
                    self._send(end, effect.type, effect.body)
            elif isinstance(effect, fx.Acknowledge):
                end = node.ends.get(effect.conn)
                if end is not None and end.open:
                    self._send(end, peer_frames.ACK, peer_frames.Ack((effect.envelope,)).encode())
            else:
                self._perform_other(node, effect)

    def _perform_other(self, node: WorldNode, effect: fx.Effect) -> None:
        match effect:
            case fx.SealLink():
                if (end := node.ends.get(effect.conn)) is not None:
                    end.sealed_for = effect.device_id
            case fx.CloseConnection():
                self.later(50, lambda: self._close(node.ends.get(effect.conn)))
            case fx.WatchPeer():
                key = (effect.circle_id, effect.device_id, effect.door)
                known = key in node.watches
                node.watches[key] = effect
                if not known:
                    self.later(1, lambda: self._dial(node, key, node.life, 0))
            case fx.ForgetPeer():
                node.watches.pop((effect.circle_id, effect.device_id, effect.door), None)
            case fx.OpenEndpoint():
                self._bind(node, effect)
            case fx.CloseEndpoint():
                endpoint = node.endpoints.pop((effect.circle_id, effect.door), None)
                if endpoint is not None:
                    self._addresses.pop(endpoint, None)
            case fx.SetTimer():
                self._set_timer(node, effect)

    def _bind(self, node: WorldNode, effect: fx.OpenEndpoint) -> None:
        endpoint = EndpointId(SoftwareSigner.from_private(suite(1), effect.secret).public_key)
        node.endpoints[effect.circle_id, effect.door] = endpoint
        self._addresses[endpoint] = (node, effect.circle_id, effect.door)
        self._ports += 1
        port = effect.port or self._ports
        hint = bytes([4, 127, 0, 0, 1]) + port.to_bytes(2, "big")
        self._give(node, EndpointBound(effect.circle_id, effect.door, port, (hint,)))

    def _set_timer(self, node: WorldNode, effect: fx.SetTimer) -> None:
        self._count += 1
        stamp = node.timers[effect.name] = self._count

        def fire() -> None:
            if node.up and node.timers.get(effect.name) == stamp:
                del node.timers[effect.name]
                self._step(node, Timer(effect.name))

        self.later(max(0, effect.at - self.now), fire)

    def _dial(self, node: WorldNode, key: tuple[CircleId, DeviceId, bool], life: int, attempt: int) -> None:
        want = node.watches.get(key)
        if want is None or not node.up or node.life != life:
            return
        self.later(min(5_000, 250 << min(attempt, 5)), lambda: self._dial(node, key, life, attempt + 1))
        if any(end.open and (end.sealed_for or want.device_id) == want.device_id for end in self._live(node, want)):
            return
        found = self._addresses.get(want.endpoint_id)
        mine = node.endpoints.get((want.circle_id, False))
        if found is None or mine is None or frozenset((node.name, found[0].name)) in self.apart:
            return
        target, circle_id, door = found
        self._conns += 2
        near, far = End(node, self._conns), End(target, self._conns + 1)
        near.peer, far.peer = far, near
        node.ends[near.conn], target.ends[far.conn] = near, far
        self._step(target, Opened(far.conn, circle_id, door, mine, False))
        if near.open:
            device = None if want.door else want.device_id
            self._step(node, Opened(near.conn, want.circle_id, want.door, want.endpoint_id, True, device))

    def _live(self, node: WorldNode, want: fx.WatchPeer) -> list[End]:
        found = self._addresses.get(want.endpoint_id)
        return [end for end in node.ends.values() if end.peer is not None and found and end.peer.node is found[0]]

    def _send(self, end: End, frame: int, body: bytes) -> None:
        """One frame on its way. Handshakes travel as a stream does; what is sealed meets the weather."""
        low, high = self.weather.delay
        arrival = self.now + self.dice.randint(low, high)
        sealed = end.sealed_for is not None and end.peer is not None and end.peer.sealed_for is not None
        if sealed and self.dice.random() < self.weather.drop:
            self.later(self.dice.randint(1, SILENCE), lambda: self._close(end))
            return
        if not (sealed and self.dice.random() < self.weather.reorder):
            arrival = max(arrival, end.next_arrival)
            end.next_arrival = arrival
        copies = 2 if sealed and self.dice.random() < self.weather.duplicate else 1
        for copy in range(copies):
            self.later(arrival - self.now + copy * high, lambda: self._deliver(end, frame, body))

    def _deliver(self, end: End, frame: int, body: bytes) -> None:
        peer = end.peer
        if peer is None or not peer.open or not peer.node.up:
            return
        if frozenset((end.node.name, peer.node.name)) in self.apart:
            self.later(SILENCE, lambda: self._close(peer))
            return
        self._step(peer.node, Received(peer.conn, frame, body))

    def _close(self, end: End | None) -> None:
        if end is None or not end.open:
            return
        self._shut(end)
        if end.peer is not None:
            peer = end.peer
            self.later(self.dice.randint(0, 20), lambda: self._shut(peer))

    def _shut(self, end: End) -> None:
        if end.open:
            end.open = False
            end.node.ends.pop(end.conn, None)
            self._give(end.node, Closed(end.conn))

    def _give(self, node: WorldNode, event: Input) -> None:
        """An input of the shell itself, at once but after what is being done; not for a process that has died since."""
        life = node.life

        def give() -> None:
            if node.up and node.life == life:
                self._step(node, event)

        self.later(0, give)
