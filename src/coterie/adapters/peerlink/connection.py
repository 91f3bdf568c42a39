"""One connection to a peer: a QUIC connection with one stream of frames, opened by the dialler.

Everything here is bounded. What the peer sends is read only as fast as `receive` is called (QUIC holds back the
rest, about 1 MiB); what it does not read is kept up to a bound, then nothing more is taken, what waits is written if
the peer reads at all, and the connection ends (T128). So a long backlog makes progress over several connections.
"""

import asyncio
import contextlib
from collections import deque
from typing import Any

from iroh import BiStream, Connection, IrohError, RecvStream, SendStream

from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.limits import HANDOVER_SIZE, HANDSHAKE_FRAME_SIZE, MIB
from coterie.core.wire.frames import FrameReader

READ_SIZE = 16 * 1024
"""Bytes asked for in one read. The binding clears as much memory for each: 0.15 ms for 256 KiB, caches included."""

LARGE_READ_SIZE = 256 * 1024
"""The same after a read that was full, since one call costs about 0.1 ms however much it brings."""

WRITE_SIZE = 256 * 1024
"""Waiting frames are joined into writes of about this size, for the same reason."""

MAX_QUEUED = 16 * MIB
"""Bytes that may wait for a slow peer on an established link: some 20,000 small envelopes."""

MAX_QUEUED_HANDSHAKE = HANDOVER_SIZE + MIB
"""The same before: a joiner who proved the invitation is handed the whole circle, a stranger nothing."""

BACKLOG_LIMIT = 30.0
"""Seconds that a peer has to read what waits when the bound is reached."""

CLOSE_LIMIT = 2.0
"""Seconds given to a peer to take what was sent before a close."""


class PeerConnection:
    """Frames to and from one endpoint id, which QUIC has proved. Made by `PeerEndpoint`; belongs to one event loop."""

    def __init__(self, connection: Connection, stream: BiStream, dialled: bool) -> None:
        self.remote = EndpointId(connection.remote_id().to_bytes())
        self.dialled = dialled
        self.ended = ""
        """Why it ended, for the local log; empty while it lives."""
        self.arrived = 0
        """Bytes read, those of a frame that is still on its way included."""
        # Held while the connection lives (dropping the last reference would close it), and dropped when it ends (a
        # reference that stays would keep the endpoint's UDP port bound).
        self._streams: tuple[Connection, SendStream, RecvStream] | None = (connection, stream.send(), stream.recv())
        self._reader = FrameReader(HANDSHAKE_FRAME_SIZE)
        self._read_size = READ_SIZE
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._max_queued = MAX_QUEUED_HANDSHAKE
        self._full = False
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: list[asyncio.Task[Any]] = [asyncio.create_task(self._write())]
        for accept in (connection.accept_bi, connection.accept_uni):
            task: asyncio.Task[Any] = asyncio.create_task(accept())
            task.add_done_callback(self._on_extra_stream)
            self._tasks.append(task)

    @property
    def path(self) -> str:
        """How packets go at this moment: `direct` or `relay`; empty when the connection has ended."""
        paths = self._streams[0].paths() if self._streams is not None else []
        return next(("relay" if path.is_relay else "direct" for path in paths if path.is_selected), "")

    def limit_frames(self, size: int, skip: int = 0) -> None:
        """The link is established: from here on a frame may have `size` bytes, a longer one of up to `skip` is passed
        over, and less may wait in all."""
        self._reader.limit, self._reader.skip = size, skip
        self._max_queued = MAX_QUEUED

    def send(self, frame: bytes) -> None:
        """Queues one encoded frame.

        Never waits and never raises: a connection that has ended, or ends because its peer reads too slowly, is
        seen by `receive`.
        """
        if self.ended or self._full:
            return
        if self._queued + len(frame) > self._max_queued:
            self._full = True
            self._tasks.append(asyncio.create_task(self._close("peer-too-slow", BACKLOG_LIMIT)))
            return
        self._queued += len(frame)
        self._queue.append(frame)
        self._idle.clear()
        self._wake.set()

    async def receive(self) -> list[tuple[int, bytes]]:
        """The next frames (type, body), at least one; an empty list when the connection has ended.

        Raises what the frame reader raises (PeerError `too-large` …); then the connection is to be ended. Only one
        task may call it, and it is never cancelled in the middle (bytes would be lost): `abort` makes it return.
        """
        while self._streams is not None:
            size = self._read_size
            try:
                data = await self._streams[2].read(size)
            except IrohError:
                data = b""
            if not data:
                self.abort("closed-by-peer")
                break
            self.arrived += len(data)
            self._read_size = LARGE_READ_SIZE if len(data) == size else READ_SIZE
            frames = self._reader.feed(data)
            if frames:
                return frames
        return []

    async def close(self, reason: str) -> None:
        """Ends the connection after what was sent before has been taken, or after `CLOSE_LIMIT`."""
        await self._close(reason, CLOSE_LIMIT)

    async def _close(self, reason: str, limit: float) -> None:
        with contextlib.suppress(TimeoutError, IrohError):
            async with asyncio.timeout(limit):
                await self._idle.wait()
                if self._streams is not None:
                    send = self._streams[1]
                    await send.finish()
                    await send.stopped()
        self.abort(reason)

    def abort(self, reason: str) -> None:
        """Ends the connection at once, with QUIC error 0 and no word to the peer. Harmless when repeated."""
        if self._streams is None:
            return
        connection, self._streams = self._streams[0], None
        self.ended = reason
        self._queue.clear()
        self._queued = 0
        self._idle.set()
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        connection.close(0, b"")

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue and self._streams is not None:
                data = self._take()
                try:
                    await self._streams[1].write_all(data)
                except IrohError:
                    self.abort("lost")
                    return
                self._queued -= len(data)
            self._idle.set()

    def _take(self) -> bytes:
        """What waits, as one piece of about `WRITE_SIZE` at most."""
        frames: list[bytes] = []
        size = 0
        while self._queue and size < WRITE_SIZE:
            frame = self._queue.popleft()
            frames.append(frame)
            size += len(frame)
        return b"".join(frames)

    def _on_extra_stream(self, accepted: asyncio.Task[Any]) -> None:
        """One stream is all that this version speaks on. The binding cannot forbid more, so another one ends it."""
        if not accepted.cancelled() and accepted.exception() is None:
            self.abort("unannounced-stream")
