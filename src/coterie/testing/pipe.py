"""A few engines joined by an in-memory pipe: a clock that stands still, no network, every frame in order.

The router performs the effects that a shell would perform: it binds endpoints, dials watched peers, seals and opens
frames. Connections can be cut after any number of frames and frames can be altered on
their way, so a test can try every place where a real link may break.
"""

from collections import deque
from collections.abc import Callable

from coterie.adapters.vault.vault import Vault
from coterie.core.crypto.signature import SoftwareSigner
from coterie.core.crypto.suites import suite
from coterie.core.engine.ports import effects as fx
from coterie.core.engine.ports.commands import Command
from coterie.core.engine.ports.inputs import Closed, EndpointBound, Input, Opened, Received, Timer
from coterie.core.engine.state.context import Context
from coterie.core.engine.step import Engine
from coterie.core.kernel.errors import CoterieError, PeerError
from coterie.core.kernel.ids import CircleId, EndpointId
from coterie.core.kernel.world import Entropy, Instant
from coterie.core.wire import peer_frames
from coterie.testing.entropy import SeededEntropy
from coterie.testing.pipe_parts import Frame, Node, Stepper, Wire

START = Instant(1_800_000_000_000)
LIMIT = 100_000
"""Frames and inputs in one run before the pipe says that the engines never come to rest."""


class Pipe:
    """The nodes and what is on its way between them."""

    def __init__(self, seed: int = 1, make_engine: Callable[[Entropy], Stepper] = Engine) -> None:
        self._make = make_engine
        self._seed = seed
        self.now = START
        self.nodes: dict[str, Node] = {}
        self.frames = 0
        """Frames delivered so far."""
        self.cut_after: int | None = None
        """Cut every connection once this many frames have been delivered; None: never."""
        self.kill_after: tuple[int, str] | None = None
        """Stop this node once so many frames have been delivered."""
        self.apart: set[frozenset[str]] = set()
        """Pairs of nodes that cannot reach each other."""
        self.clocks: dict[str, int] = {}
        """How far a node's clock differs from the others, in milliseconds."""
        self.tamper: Callable[[Frame], bytes | None] | None = None
        """May alter a frame's body on its way; None swallows the frame."""
        self.log: list[Frame] = []
        self._addresses: dict[EndpointId, tuple[Node, CircleId, bool]] = {}
        self._queue: deque[Callable[[], None]] = deque()
        self._last_conn = 0
        self._ports = 40_000

    def node(self, name: str) -> Node:
        """A new node with an empty vault."""
        entropy = SeededEntropy(f"{self._seed}/{name}")

        def make() -> Stepper:
            return self._make(entropy)

        node = Node(name, make(), make, Vault.memory(), entropy)
        self.nodes[name] = node
        return node

    def do(self, node: Node, command: Command) -> object:
        """One command; the pipe then runs until nothing moves. UserErrors go to the caller."""
        result = self.give(node, command)
        self.run()
        return result

    def give(self, node: Node, event: Input | Command) -> object:
        """One input or command, without running the pipe: what it caused is queued."""
        node.vault.begin()
        try:
            with node.vault.savepoint():
                outcome = node.engine.step(node.store, event, self._clock(node))
        except CoterieError as error:
            node.vault.commit()
            if isinstance(event, Opened | Received) and isinstance(error, PeerError):
                node.errors.append(error)
                self._close(event.conn, node)
                return None
            raise
        except BaseException:
            node.vault.rollback()
            raise
        node.vault.commit()
        if not node.up:
            return None
        for effect in outcome.effects:
            self._perform(node, effect)
        return outcome.result

    def run(self) -> None:
        """Until nothing moves. A watched peer without a connection is dialled once in each run."""
        self.dial()
        self.settle()

    def settle(self) -> None:
        """What is queued, until nothing moves, without dialling anew."""
        for _ in range(LIMIT):
            if not self._queue:
                return
            self._queue.popleft()()
        raise AssertionError("the engines do not come to rest")

    def dial(self) -> None:
        """Every watched peer that is not connected, once."""
        for node in self.nodes.values():
            for watch in list(node.watches.values()) if node.up else ():
                self._queue.append(lambda node=node, watch=watch: self._dial(node, watch))  # type: ignore[misc]

    def advance(self, milliseconds: int) -> None:
        """Lets time pass: timers fall due in order, and the pipe runs after each."""
        end = Instant(self.now + milliseconds)
        while True:
            due = [(at, name, node) for node in self.nodes.values() for name, at in node.timers.items() if node.up]
            due = [entry for entry in due if entry[0] <= end]
            if not due:
                break
            at, name, node = min(due, key=lambda entry: (entry[0], entry[2].name, entry[1]))
            del node.timers[name]
            self.now = max(self.now, at)
            self.give(node, Timer(name))
            self.run()
        self.now = end
        self.run()

    def cut(self, node: Node | None = None) -> None:
        """Ends every connection (of this node): both sides learn it; what was on its way is lost."""
        for one in list(self.nodes.values()) if node is None else [node]:
            for conn in list(one.wires):
                self._close(conn, one)

    def stop(self, node: Node) -> None:
        """The process is gone: its memory, connections, endpoints and timers with it. The vault stays."""
        self.cut(node)
        node.up = False
        for endpoint_id in list(node.endpoints.values()):
            self._addresses.pop(endpoint_id, None)
        node.endpoints.clear()
        node.watches.clear()
        node.timers.clear()

    def start(self, node: Node) -> None:
        """A new process on the same vault."""
        node.engine = node.make_engine()
        node.up = True
        node.vault.begin()
        effects = node.engine.resume(node.store, self._clock(node))
        node.vault.commit()
        for effect in effects:
            self._perform(node, effect)

    def context(self, node: Node) -> Context:
        """For looking at a node's state from outside, or for doing one thing there by hand."""
        if not isinstance(node.engine, Engine):
            raise TypeError("only the engine itself has a memory to look into")
        return Context(node.store, self._clock(node), node.entropy, node.engine.memory)

    def inject(self, node: Node, conn: int, type_: int, body: bytes) -> None:
        """A frame as if the peer of this connection had sealed and sent it; then the pipe runs."""
        self.give(node, Received(conn, type_, body))
        self.settle()

    def dial_anyway(self, node: Node) -> None:
        """Every peer that this node watches, also those that are connected: as when both sides dial at once."""
        for watch in list(node.watches.values()):
            self._queue.append(lambda watch=watch: self._dial(node, watch, anyway=True))  # type: ignore[misc]

    def knock(self, node: Node, circle_id: CircleId, remote: EndpointId, type_: int, body: bytes) -> None:
        """A stranger opens a connection to the node's peer endpoint and says one thing."""
        wire = Wire(node, self._next(), circle_id)
        node.wires[wire.conn] = wire
        self.give(node, Opened(wire.conn, circle_id, False, remote, False))
        self.inject(node, wire.conn, type_, body)

    def vanish(self, node: Node) -> None:
        """The process dies and nobody is told: the others' connections stand until they notice."""
        for wire in node.wires.values():
            wire.open = False
            wire.peer = None
        node.wires.clear()
        self.stop(node)

    def copy_of(self, node: Node) -> Vault:
        """A copy of the node's vault as it is now, as a backup would have it."""
        copy = Vault.memory()
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        copy.begin()
        for (table,) in node.vault.database.rows(tables):
            rows = node.vault.database.rows(f"SELECT * FROM {table}")
            copy.database.run(f"DELETE FROM {table}")
            for row in rows:
                copy.database.run(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)
        copy.commit()
        return copy

    def linked(self, one: Node, other: Node) -> bool:
        """Whether a sealed connection stands between them."""
        return any(
            wire.cipher is not None and wire.peer is not None and wire.peer.node is other for wire in one.wires.values()
        )

    def _clock(self, node: Node) -> Instant:
        return Instant(self.now + self.clocks.get(node.name, 0))

    def _perform(self, node: Node, effect: fx.Effect) -> None:
        node.effects.append(effect)
        match effect:
            case fx.Transmit():
                self._transmit(node, effect)
            case fx.Acknowledge():
                frame = peer_frames.Ack((effect.envelope,))
                self._transmit(node, fx.Transmit(effect.conn, peer_frames.ACK, frame.encode()))
            case fx.SealLink():
                if (wire := node.wires.get(effect.conn)) is not None:
                    wire.cipher = effect.cipher
            case fx.CloseConnection():
                self._queue.append(lambda: self._close(effect.conn, node))
            case fx.WatchPeer():
                key = (effect.circle_id, effect.device_id, effect.door)
                node.watches[key] = effect
                self._queue.append(lambda: self._dial(node, effect))
            case fx.ForgetPeer():
                node.watches.pop((effect.circle_id, effect.device_id, effect.door), None)
            case fx.OpenEndpoint():
                self._bind(node, effect)
            case fx.CloseEndpoint():
                self._unbind(node, effect)
            case fx.SetTimer():
                node.timers[effect.name] = effect.at

    def _transmit(self, node: Node, effect: fx.Transmit) -> None:
        wire = node.wires.get(effect.conn)
        if wire is None or not wire.open:
            return
        body = effect.body if wire.cipher is None else wire.cipher.seal(effect.type, effect.body)
        self._queue.append(lambda: self._deliver(wire, effect.type, body))

    def _deliver(self, wire: Wire, type_: int, body: bytes) -> None:
        target = wire.peer
        if target is None or not target.open or not target.node.up:
            return
        frame = Frame(wire.node, target.node, type_, body)
        self.log.append(frame)
        self.frames += 1
        altered = body if self.tamper is None else self.tamper(frame)
        if altered is not None:
            try:
                opened = altered if target.cipher is None else target.cipher.open_sealed(type_, altered)
            except PeerError as error:
                target.node.errors.append(error)
                self._close(target.conn, target.node)
                return
            self.give(target.node, Received(target.conn, type_, opened))
        if self.cut_after is not None and self.frames >= self.cut_after:
            self.cut_after = None
            self.cut()
        if self.kill_after is not None and self.frames >= self.kill_after[0]:
            victim, self.kill_after = self.nodes[self.kill_after[1]], None
            self.stop(victim)

    def _dial(self, node: Node, watch: fx.WatchPeer, anyway: bool = False) -> None:
        key = (watch.circle_id, watch.device_id, watch.door)
        if not node.up or node.watches.get(key) is not watch:
            return
        if any(w.watch == key for w in node.wires.values()) and not anyway:
            return
        if (watch.circle_id, False) not in node.endpoints:
            return
        found = self._addresses.get(watch.endpoint_id)
        if found is None or not found[0].up:
            return
        target, circle_id, door = found
        if frozenset((node.name, target.name)) in self.apart:
            return
        if any(w.peer is not None and w.peer.node is target and w.cipher for w in node.wires.values()) and not (
            door or anyway
        ):
            return
        near, far = Wire(node, self._next(), circle_id, watch=key), Wire(target, self._next(), circle_id)
        near.peer, far.peer = far, near
        node.wires[near.conn], target.wires[far.conn] = near, far
        remote = node.endpoints[watch.circle_id, False]
        device = None if watch.door else watch.device_id
        self.give(target, Opened(far.conn, circle_id, door, remote, False))
        if near.open:
            self.give(node, Opened(near.conn, watch.circle_id, watch.door, watch.endpoint_id, True, device))

    def _next(self) -> int:
        self._last_conn += 1
        return self._last_conn

    def _close(self, conn: int, node: Node) -> None:
        wire = node.wires.pop(conn, None)
        if wire is None:
            return
        wire.open = False
        self._tell_closed(wire)
        peer = wire.peer
        if peer is not None and peer.open:
            peer.open = False
            peer.node.wires.pop(peer.conn, None)
            self._tell_closed(peer)

    def _tell_closed(self, wire: Wire) -> None:
        def tell() -> None:
            if wire.node.up:
                self.give(wire.node, Closed(wire.conn))

        self._queue.append(tell)

    def _bind(self, node: Node, effect: fx.OpenEndpoint) -> None:
        endpoint_id = endpoint_of(effect)
        key = (effect.circle_id, effect.door)
        if key in node.endpoints:
            self._addresses.pop(node.endpoints[key], None)
        node.endpoints[key] = endpoint_id
        self._addresses[endpoint_id] = (node, effect.circle_id, effect.door)
        port = effect.port
        if port == 0:
            self._ports += 1
            port = self._ports
        hint = bytes([4, 127, 0, 0, 1]) + port.to_bytes(2, "big")
        event = EndpointBound(effect.circle_id, effect.door, port, (hint,))
        self._queue.append(lambda: void(self.give(node, event) if node.up else None))

    def _unbind(self, node: Node, effect: fx.CloseEndpoint) -> None:
        endpoint_id = node.endpoints.pop((effect.circle_id, effect.door), None)
        if endpoint_id is not None:
            self._addresses.pop(endpoint_id, None)
        if not effect.door:
            for wire in list(node.wires.values()):
                if wire.circle_id == effect.circle_id:
                    self._queue.append(lambda wire=wire: self._close(wire.conn, node))  # type: ignore[misc]


def void(_value: object) -> None:
    """Turns an expression into a statement, for queued calls."""


def endpoint_of(effect: fx.OpenEndpoint) -> EndpointId:
    """The endpoint id of a secret: its Ed25519 public key."""
    return EndpointId(SoftwareSigner.from_private(suite(0x0001), effect.secret).public_key)
