"""How much of one link may wait for the engine: a number of frames, and their bytes."""

import asyncio

WINDOW = 256
"""Frames of one sealed link that may wait for the engine: four of its batches."""
WINDOW_BYTES = 4 * 1024 * 1024
"""Their bytes: many more small frames than `WINDOW`, or four of the largest."""


class Window:
    """For one reader, on one event loop."""

    def __init__(self) -> None:
        self._frames = self._bytes = 0
        self._left = asyncio.Event()

    @property
    def full(self) -> bool:
        """The reader waits, or would wait for even the smallest frame."""
        return self._frames >= WINDOW or self._bytes >= WINDOW_BYTES

    async def enter(self, size: int) -> None:
        """Returns when a frame of `size` bytes has its place; one larger than the whole window enters an empty one."""
        self._bytes += size  # counted while it waits: it is in memory already
        while self._frames >= WINDOW or (self._frames and self._bytes > WINDOW_BYTES):
            self._left.clear()
            await self._left.wait()
        self._frames += 1

    def leave(self, size: int) -> None:
        """The engine has taken it."""
        self._frames -= 1
        self._bytes -= size
        self._left.set()
