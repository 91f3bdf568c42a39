"""All connections of a node, under the numbers by which the engine knows them."""

import asyncio
import time
from collections.abc import Callable

from coterie.core.engine.ports.effects import Acknowledge, CloseConnection, SealLink, Transmit
from coterie.core.engine.ports.inputs import Opened
from coterie.core.kernel.ids import CircleId, DeviceId
from coterie.node.link import FrameConnection, InputQueue, Link

TICK_SECONDS = 1.0
MAX_UNSEALED = 128
"""Incoming connections whose handshake is not done. Each lives 30 s at most. Beyond it the one that has waited longest
without a word makes room, so that whoever holds many open keeps nobody out who speaks at once."""


class Links:
    """Numbers connections, hands effects to them, and tells `on_sealed` and `on_ended` about them."""

    def __init__(
        self,
        inputs: InputQueue,
        on_sealed: Callable[[Link], None],
        on_ended: Callable[[Link], None],
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inputs = inputs
        self._on_sealed = on_sealed
        self._on_ended = on_ended
        self._stopwatch = stopwatch
        self._last = 0
        self._links: dict[int, Link] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._acking: set[int] = set()

    def adopt(
        self, connection: FrameConnection, circle_id: CircleId, door: bool, device_id: DeviceId | None = None
    ) -> Link | None:
        """Takes a new connection over; None, and the connection closed, when all who knock are in their handshakes.

        `device_id` is whom we dialled; None when we listen or dial a door.
        """
        if not connection.dialled and not self._room():
            connection.abort("too-many-strangers")
            return None
        self._last += 1
        opened = Opened(self._last, circle_id, door, connection.remote, connection.dialled, device_id)
        link = self._links[self._last] = Link(opened, connection, self._inputs, self._stopwatch)
        task = self._tasks[self._last] = asyncio.create_task(link.run())
        task.add_done_callback(lambda _: self._ended(link))
        return link

    def transmit(self, effect: Transmit) -> None:
        """To a connection that has ended meanwhile: nothing. What it lost is sent again on the next."""
        link = self._links.get(effect.conn)
        if link is not None:
            link.transmit(effect.type, effect.body)

    def acknowledge(self, effect: Acknowledge) -> None:
        """Gathers until `flush_acks`."""
        link = self._links.get(effect.conn)
        if link is not None:
            link.acknowledge(effect.envelope)
            self._acking.add(effect.conn)

    def flush_acks(self) -> None:
        """At the end of a batch: one Ack frame for each connection that acknowledges something."""
        for conn in self._acking:
            link = self._links.get(conn)
            if link is not None:
                link.flush_acks()
        self._acking.clear()

    def seal(self, effect: SealLink) -> None:
        link = self._links.get(effect.conn)
        if link is not None:
            link.seal(effect)
            self._on_sealed(link)

    def close(self, effect: CloseConnection) -> None:
        link = self._links.get(effect.conn)
        if link is not None:
            link.close(effect.code)

    def tick(self) -> None:
        for link in list(self._links.values()):
            link.tick()

    async def run(self) -> None:
        """Ticks until it is cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.tick()

    async def stop(self) -> None:
        """Ends every connection after what was handed to it has been written."""
        for link in list(self._links.values()):
            link.close("stopping")
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def to(self, circle_id: CircleId, device_id: DeviceId) -> Link | None:
        """The newest proved link to this device."""
        found = (link for link in reversed(self._links.values()) if link.device_id == device_id)
        return next((link for link in found if link.circle_id == circle_id), None)

    def _room(self) -> bool:
        """Whether one more may knock, after the oldest who has said nothing was sent away if need be."""
        knocking = [link for link in self._links.values() if not (link.sealed or link.opened.dialled or link.sent_away)]
        if len(knocking) < MAX_UNSEALED:
            return True
        silent = next((link for link in knocking if not link.received), None)
        if silent is not None:
            silent.send_away()
        return silent is not None

    def _ended(self, link: Link) -> None:
        conn = link.opened.conn
        self._links.pop(conn, None)
        self._tasks.pop(conn, None)
        self._acking.discard(conn)
        if link.sealed:
            self._on_ended(link)
