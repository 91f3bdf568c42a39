"""Two shells over real QUIC, each with a vault in memory and an engine of twenty lines."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from coterie.adapters.peerlink.listen import Listen
from coterie.adapters.vault.vault import Vault
from coterie.core.engine.ports.commands import Command, ShowStatus
from coterie.core.engine.ports.effects import (
    Acknowledge,
    Effect,
    Notify,
    OpenEndpoint,
    SealLink,
    SetTimer,
    Transmit,
    WatchPeer,
)
from coterie.core.engine.ports.inputs import Closed, EndpointBound, Input, Opened, Received, Timer
from coterie.core.engine.ports.store import Store
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, EnvelopeId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant
from coterie.core.wire.peer_frames import ACK, ENVELOPE, Ack, parse_peer_frame
from coterie.node.shell import Shell
from coterie.node.system import SystemClock
from tests.waiting import until

CIRCLE = CircleId(b"c" * 32)
HELLO = 0x01


class PlainCipher:
    """Adds one byte, so that sealed and clear frames differ."""

    def seal(self, frame_type: int, body: bytes) -> bytes:
        return b"!" + body

    def open_sealed(self, frame_type: int, body: bytes) -> bytes:
        if body[:1] != b"!":
            raise PeerError("bad-ciphertext")
        return body[1:]

    def pass_over(self) -> None:
        raise AssertionError("nothing here is too long")


@dataclass
class Out:
    effects: tuple[Effect, ...] = ()
    result: object = None


@dataclass
class ToyEngine:
    """Says hello, seals, and sends `to_send` on each link; acknowledges what comes."""

    name: bytes
    port: int = 0
    peer: tuple[EndpointId, tuple[bytes, ...]] | None = None
    to_send: int = 0
    bound: EndpointBound | None = None
    remote_devices: dict[int, DeviceId] = field(default_factory=dict)
    got: list[bytes] = field(default_factory=list)
    acked: list[EnvelopeId] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def resume(self, store: Store, now: Instant) -> Sequence[Effect]:
        effects: list[Effect] = [
            OpenEndpoint(CIRCLE, False, Secret(self.name * 32), self.port),
            SetTimer("soon", Instant(now + 50)),
        ]
        if self.peer is not None:
            effects.append(WatchPeer(CIRCLE, DeviceId(b"p" * 32), *self.peer, waiting=True))
        return effects

    def forget(self) -> None:
        self.log.append("forget")

    def step(self, store: Store, entry: Input | Command, now: Instant) -> Out:
        self.log.append(entry.name if isinstance(entry, Timer) else type(entry).__name__)
        match entry:
            case EndpointBound():
                self.bound = entry
            case Opened(conn, _, _, _, dialled):
                return Out((Transmit(conn, HELLO, self.name),) if dialled else ())
            case Received(conn, frame_type) if frame_type == HELLO:
                known = conn in self.remote_devices
                self.remote_devices[conn] = DeviceId(b"p" * 32)
                answer = () if known or len(entry.body) > 1 else (Transmit(conn, HELLO, self.name * 2),)
                seal = SealLink(conn, DeviceId(b"p" * 32), PlainCipher())
                return Out((*answer, seal, *self.messages(conn)))
            case Received(conn, frame_type, body) if frame_type == ENVELOPE:
                self.got.append(body)
                return Out((Acknowledge(conn, EnvelopeId(body[:32])), Notify()))
            case Received(_, frame_type, body) if frame_type == ACK:
                ack = parse_peer_frame(ACK, body)
                assert isinstance(ack, Ack)
                self.acked += ack.envelope_ids
            case Closed(conn):
                self.remote_devices.pop(conn, None)
        return Out(result=len(self.got))

    def messages(self, conn: int) -> list[Effect]:
        names = [EnvelopeId(number.to_bytes(32, "big")) for number in range(self.to_send)]
        return [Transmit(conn, ENVELOPE, name + bytes(900)) for name in names]


@asynccontextmanager
async def running(engine: ToyEngine) -> AsyncIterator[Shell]:
    vault = Vault.memory()
    shell = Shell(engine, vault, SystemClock(), Listen("127.0.0.1"), lambda: engine.log.append("notified"))
    task = asyncio.create_task(shell.run())
    try:
        yield shell
    finally:
        shell.stop()
        async with asyncio.timeout(8):
            await task
        vault.close()


async def listening(engine: ToyEngine) -> tuple[EndpointId, tuple[bytes, ...]]:
    import iroh

    await until(lambda: engine.bound is not None)
    assert engine.bound is not None
    endpoint_id = iroh.SecretKey.from_bytes(engine.name * 32).public().to_bytes()
    return EndpointId(endpoint_id), engine.bound.hints


def test_messages_and_acknowledgements() -> None:
    async def story() -> None:
        bob = ToyEngine(b"b")
        async with running(bob):
            alice = ToyEngine(b"a", peer=await listening(bob), to_send=2_000)
            async with running(alice) as shell:
                await until(lambda: len(alice.acked) == 2000)
                assert len(bob.got) == 2_000
                assert "notified" in bob.log
                assert "soon" in alice.log
                assert await shell.driver.submit(ShowStatus()) == 0
                assert alice.log.count("forget") == 0

    asyncio.run(asyncio.wait_for(story(), 90))


def test_a_node_that_comes_back_on_its_port_is_linked_again() -> None:
    async def story() -> None:
        bob = ToyEngine(b"b")
        async with contextlib.AsyncExitStack() as stack:
            async with running(bob):
                address = await listening(bob)
                alice = ToyEngine(b"a", peer=address, to_send=3)
                await stack.enter_async_context(running(alice))
                await until(lambda: len(alice.acked) == 3)
            await until(lambda: "Closed" in alice.log)
            assert bob.bound is not None
            again = ToyEngine(b"b", port=bob.bound.port)
            async with running(again):
                await until(lambda: len(alice.acked) == 6)
                assert again.bound is not None
                assert again.bound.port == bob.bound.port
                assert len(again.got) == 3

    asyncio.run(asyncio.wait_for(story(), 90))
