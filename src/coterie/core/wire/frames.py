"""Frames on the one bidirectional stream of a connection: u32 length of the body, u8 type, body.

The reader refuses a frame by its declared length, before any of its body is kept (T004, T008). On an established link
it may pass over one that is too long, so that the next one is read as if nothing had been.
"""

from dataclasses import dataclass

from coterie.core.kernel.errors import PeerError

HEADER_SIZE = 5

TOO_LARGE = 0x100
"""In place of the type of a frame that was passed over; no frame has it, as types are bytes."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame to transmit."""

    type: int
    body: bytes

    def encode(self) -> bytes:
        return encode_frame(self.type, self.body)


def encode_frame(frame_type: int, body: bytes) -> bytes:
    """The frame as it stands on the stream."""
    return len(body).to_bytes(4, "big") + bytes((frame_type,)) + body


class FrameReader:
    """Cuts a stream into frames. `limit`: the largest body in bytes; `skip`: the largest that is passed over instead of
    ending the stream. Both may be changed between two calls.

    After a PeerError nothing more is read: where the next frame begins is no longer known, so the connection ends,
    and what was not acknowledged is sent again on the next one.
    """

    __slots__ = ("_broken", "_buffer", "_skipping", "limit", "skip")

    def __init__(self, limit: int, skip: int = 0) -> None:
        self.limit = limit
        self.skip = skip
        self._buffer = bytearray()
        self._skipping = 0
        self._broken = False

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The frames (type, body) that `data` completes, (TOO_LARGE, b"") for each that is passed over. Raises `too-large`."""
        if self._broken:
            raise PeerError("too-large", "this stream was given up")
        if self._skipping:
            passed = min(self._skipping, len(data))
            self._skipping -= passed
            data = data[passed:]
        buffer: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            buffer = self._buffer
        frames: list[tuple[int, bytes]] = []
        start, end = 0, len(buffer)
        while end - start >= HEADER_SIZE:
            size = int.from_bytes(buffer[start : start + 4], "big")
            body = start + HEADER_SIZE
            if size > self.limit:
                self._pass_over(size, end - body)
                frames.append((TOO_LARGE, b""))
                start = min(end, body + size)
                continue
            if end - body < size:
                break
            frames.append((buffer[start + 4], bytes(buffer[body : body + size])))
            start = body + size
        if buffer is data:
            self._buffer += data[start:]
        else:
            del self._buffer[:start]
        return frames

    def _pass_over(self, size: int, here: int) -> None:
        if size > self.skip:
            self._broken = True
            self._buffer.clear()
            raise PeerError("too-large", "a frame is longer than its limit")
        self._skipping = max(0, size - here)

    def is_between_frames(self) -> bool:
        """Whether nothing is left over: a stream that ends elsewhere was cut."""
        return not self._buffer and not self._broken and not self._skipping
