"""One connection from its first frame to its end: what the peer says becomes inputs, what the engine says is sealed.

Frames become inputs one at a time until the link is sealed, because the step that seals it decides how the next frame
is read; from then on a `Window` of frames may wait for the engine, and no more are read meanwhile. Pings are
answered here and never reach the engine.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from coterie.core.crypto.aead import TAG_SIZE
from coterie.core.engine.ports.effects import LinkCipher, SealLink
from coterie.core.engine.ports.inputs import Closed, Input, Opened, Received
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, EnvelopeId
from coterie.core.kernel.limits import (
    HANDSHAKE_FRAME_SECONDS,
    HANDSHAKE_SECONDS,
    LINK_FRAME_SIZE,
    LINK_FRAMES,
    LINK_HOURS,
    SKIPPED_FRAME_SIZE,
)
from coterie.core.wire.frames import HEADER_SIZE, TOO_LARGE, encode_frame
from coterie.core.wire.peer_frames import ACK, PING, PONG, Ack, Ping, Pong, parse_peer_frame
from coterie.node.driver import BatchFailedError, log_bug
from coterie.node.window import Window

log = logging.getLogger(__name__)

PING_SECONDS = 3.0
"""A sealed link on which nothing came for so long is pinged, and so on until something comes. Any frame is an answer."""
DEAD_SECONDS = 10.0
"""A sealed link without any byte for so long is dead: three pings were missed. Frames alone will not do: the largest
takes longer on a slow line, would be cut, and sent again on the next link for ever."""
LARGEST_BODY = LINK_FRAME_SIZE - TAG_SIZE
"""What fits a sealed frame. The peer would end the link for a larger one, and so it would never get anything else."""
MAX_REFUSED = 64
"""Frames of one link that the engine may refuse before the link is ended. A healthy peer sends none."""


class FrameConnection(Protocol):
    """What a link needs of a transport (`adapters.peerlink.connection.PeerConnection`)."""

    @property
    def remote(self) -> EndpointId: ...

    @property
    def dialled(self) -> bool: ...

    @property
    def ended(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def arrived(self) -> int: ...

    def limit_frames(self, size: int, skip: int = 0) -> None: ...

    def send(self, frame: bytes) -> None: ...

    async def receive(self) -> list[tuple[int, bytes]]: ...

    async def close(self, reason: str) -> None: ...

    def abort(self, reason: str) -> None: ...


class InputQueue(Protocol):
    """What a link needs of the driver."""

    def submit(self, entry: Input) -> "asyncio.Future[object]": ...

    def insist(self, entry: Input) -> None: ...


class Link:
    """A connection under its number. `settled` is done when it is sealed or has ended, whichever comes first.

    `sent` and `received` count the bytes of its frames, both ways, without what QUIC adds.
    """

    def __init__(
        self,
        opened: Opened,
        connection: FrameConnection,
        inputs: InputQueue,
        stopwatch: Callable[[], float],
    ) -> None:
        self.opened = opened
        self.device_id: DeviceId | None = None
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection = connection
        self._inputs = inputs
        self._stopwatch = stopwatch
        self._cipher: LinkCipher | None = None
        self._since = self._heard = self._pinged = self._alive = stopwatch()
        self._arrived = 0
        self._window = Window()
        self._refused = self._frames = self._pings = 0
        self.sent = self.received = 0
        self.sent_away = False
        self._acks: list[EnvelopeId] = []
        self._closing: asyncio.Task[None] | None = None

    @property
    def sealed(self) -> bool:
        return self._cipher is not None

    @property
    def silent(self) -> float:
        """Seconds since the last frame came."""
        return self._stopwatch() - self._heard

    @property
    def path(self) -> str:
        """`direct` or `relay`, at this moment; empty when nobody knows."""
        return self._connection.path

    @property
    def circle_id(self) -> CircleId:
        return self.opened.circle_id

    async def run(self) -> None:
        """Feeds the engine until the connection has ended, and tells it so."""
        try:
            if await self._put(self.opened):
                while frames := await self._connection.receive():
                    for frame_type, body in frames:
                        await self._take(frame_type, body)
        except PeerError as error:
            self.abort(error.code)
        except Exception as error:  # noqa: BLE001 - a bug here concerns this connection only
            log_bug("reading a connection", error)
            self.abort("internal")
        finally:
            if self._closing is not None:
                await self._closing
            self.abort("ended")
            log.info("connection %d ended: %s", self.opened.conn, self._connection.ended)
            if not self.settled.done():
                self.settled.set_result(None)
            self._inputs.insist(Closed(self.opened.conn))

    def transmit(self, frame_type: int, body: bytes) -> None:
        """Sends one frame, sealed if the link is."""
        if self._closing is not None or self._connection.ended:
            return
        if self._cipher is not None:
            if len(body) > LARGEST_BODY:
                log.error("connection %d: a frame of type %d does not fit a link", self.opened.conn, frame_type)
                return
            try:
                body = self._cipher.seal(frame_type, body)
            except PeerError as error:
                self.abort(error.code)
                return
        self._frames += 1
        frame = encode_frame(frame_type, body)
        self.sent += len(frame)
        self._connection.send(frame)

    def seal(self, effect: SealLink) -> None:
        """From the next frame on, both ways, frames are sealed; larger ones are allowed."""
        self._cipher = effect.cipher
        self.device_id = effect.device_id
        self._connection.limit_frames(LINK_FRAME_SIZE, SKIPPED_FRAME_SIZE)
        self._since = self._heard = self._pinged = self._alive = self._stopwatch()
        if not self.settled.done():
            self.settled.set_result(None)

    def acknowledge(self, envelope: EnvelopeId) -> None:
        """Joins an acknowledgement to those that `flush_acks` sends."""
        self._acks.append(envelope)

    def flush_acks(self) -> None:
        """Sends what was acknowledged since, as one frame."""
        if self._acks:
            acks, self._acks = tuple(self._acks), []
            self.transmit(ACK, Ack(acks).encode())

    def close(self, code: str) -> None:
        """Ends the connection after what was handed to it has been written."""
        self.flush_acks()
        if self._closing is None:
            self._closing = asyncio.create_task(self._connection.close(code))

    def abort(self, code: str) -> None:
        """Ends the connection at once."""
        self._connection.abort(code)

    def send_away(self) -> None:
        """Ends a connection that has said nothing, because others wait for its place."""
        self.sent_away = True
        self.abort("too-many-strangers")

    def tick(self) -> None:
        """Once a second: pings, and the end of what is silent, slow or worn out."""
        now = self._stopwatch()
        if self._arrived != self._connection.arrived:
            self._arrived, self._alive = self._connection.arrived, now
        if self._cipher is None:
            if now - self._heard >= HANDSHAKE_FRAME_SECONDS:
                self.abort("silent")
            elif now - self._since >= HANDSHAKE_SECONDS:
                self.abort("handshake-too-slow")
        elif now - max(self._alive, self._heard) >= DEAD_SECONDS and not self._window.full:
            self.abort("dead")
        elif self._frames >= LINK_FRAMES or now - self._since >= LINK_HOURS * 3600:
            self.close("worn-out")
        elif now - max(self._pinged, self._heard) >= PING_SECONDS:
            self._pinged = now
            self._pings += 1
            self.transmit(PING, Ping(self._pings).encode())

    async def _take(self, frame_type: int, body: bytes) -> None:
        if self._closing is not None:
            return
        self._heard = self._stopwatch()
        self.received += HEADER_SIZE + len(body)
        if self._cipher is None:
            await self._put(Received(self.opened.conn, frame_type, body))
            return
        self._frames += 1
        if frame_type == TOO_LARGE:
            self._cipher.pass_over()
            self._refuse("too-large")
            return
        body = self._cipher.open_sealed(frame_type, body)
        if frame_type in (PING, PONG):
            frame = parse_peer_frame(frame_type, body)
            if isinstance(frame, Ping):
                self.transmit(PONG, Pong(frame.token).encode())
            return
        size = len(body)
        await self._window.enter(size)
        taken = self._inputs.submit(Received(self.opened.conn, frame_type, body))
        taken.add_done_callback(lambda future: self._taken(future, size))

    async def _put(self, entry: Opened | Received) -> bool:
        """One input of an unsealed connection. Whatever goes wrong in a handshake ends it."""
        try:
            await self._inputs.submit(entry)
        except PeerError as error:
            self.abort(error.code)
            return False
        except BatchFailedError as error:
            self.abort(error.code)
            return False
        return True

    def _taken(self, future: "asyncio.Future[object]", size: int) -> None:
        self._window.leave(size)
        error = None if future.cancelled() else future.exception()
        if error is None:
            return
        if isinstance(error, BatchFailedError):
            self.abort(error.code)  # what was lost with the batch is sent again on the next link
            return
        if not isinstance(error, PeerError):
            log_bug("handling a frame", error)
        self._refuse(getattr(error, "code", "internal"))

    def _refuse(self, code: str) -> None:
        """One frame counts for nothing; a peer that sends many such is ended."""
        self._refused += 1
        log.info("connection %d: a frame was refused: %s", self.opened.conn, code)
        if self._refused >= MAX_REFUSED:
            self.abort("too-many-refused")
