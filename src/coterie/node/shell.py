"""The shell around one engine: performs its effects, and brings it what happens.

Everything that is not an engine, a vault or the local API meets here; `assemble.py` makes one of it.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

from coterie.adapters.peerlink.connection import PeerConnection
from coterie.adapters.peerlink.listen import Listen
from coterie.core.engine.ports.effects import (
    Acknowledge,
    CloseConnection,
    CloseEndpoint,
    Effect,
    ForgetPeer,
    Notify,
    OpenEndpoint,
    SealLink,
    SetTimer,
    Transmit,
    WatchPeer,
)
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId
from coterie.core.kernel.world import Clock
from coterie.node.driver import BatchVault, Driver, Engine, log_bug
from coterie.node.endpoints import Endpoints
from coterie.node.link import Link
from coterie.node.links import Links
from coterie.node.supervise import Supervisor
from coterie.node.timers import Timers


class Shell:
    """One node's moving parts, on one event loop. `notify` is called after a batch that wrote events."""

    def __init__(
        self,
        engine: Engine,
        vault: BatchVault,
        clock: Clock,
        listen: Listen,
        notify: Callable[[], None],
    ) -> None:
        self.driver = Driver(engine, vault, clock, self.perform)
        self.links = Links(self.driver, self._on_sealed, self._on_ended)
        self.endpoints = Endpoints(listen, self._on_connection, self.driver.insist)
        self.supervisor = Supervisor(self._dial, time.monotonic, random.random)
        self._timers = Timers(clock, self.driver.insist)
        self._notify = notify
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Resumes and serves until `stop`, then ends links, endpoints and the driver in this order."""
        background = [asyncio.create_task(work) for work in (self.links.run(), self.endpoints.run())]
        driving = asyncio.create_task(self.driver.run())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({driving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            for task in background:
                task.cancel()
            await self.supervisor.stop()
            await self.links.stop()
            await self.endpoints.stop()
            self._timers.stop()
            self.driver.stop()
            await driving

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()

    def perform(self, effects: Sequence[Effect]) -> None:
        """Performs the effects of one batch in order. One that breaks does not stop the others."""
        for effect in effects:
            try:
                self._perform_one(effect)
            except Exception as error:  # noqa: BLE001 - a bug in one effect is logged, the rest still counts
                log_bug(f"performing {type(effect).__name__}", error)
        self.links.flush_acks()

    def _perform_one(self, effect: Effect) -> None:
        if self._stopping.is_set() and isinstance(effect, OpenEndpoint | WatchPeer | SetTimer):
            return  # what would end these has been called, or is about to be; the next start asks for them again
        match effect:
            case Transmit():
                self.links.transmit(effect)
            case Acknowledge():
                self.links.acknowledge(effect)
            case SealLink():
                self.links.seal(effect)
            case CloseConnection():
                self.links.close(effect)
            case WatchPeer():
                self.supervisor.watch(effect)
            case ForgetPeer():
                self.supervisor.forget(effect)
            case OpenEndpoint():
                self.endpoints.open(effect)
            case CloseEndpoint():
                self.endpoints.close(effect)
            case SetTimer():
                self._timers.set(effect)
            case Notify():
                self._notify()

    async def _dial(self, want: WatchPeer) -> None:
        """One attempt: over when a link is proved or the attempt has failed."""
        try:
            connection = await self.endpoints.dial(want)
            link = self.links.adopt(connection, want.circle_id, want.door, None if want.door else want.device_id)
            if link is not None:
                await asyncio.shield(link.settled)
        except PeerError:
            pass
        except Exception as error:  # noqa: BLE001 - a bug in one dial must not end the dialling of this peer
            log_bug("dialling", error)

    def _on_connection(self, connection: PeerConnection, circle_id: CircleId, door: bool) -> None:
        self.links.adopt(connection, circle_id, door)

    def _on_sealed(self, link: Link) -> None:
        if link.device_id is not None:
            self.supervisor.link_stands(link.circle_id, link.device_id, link.opened.door)

    def _on_ended(self, link: Link) -> None:
        if link.device_id is not None:
            self.supervisor.link_ended(link.circle_id, link.device_id, link.opened.door)
