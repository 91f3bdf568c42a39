"""Wakes those who wait for the next event; the rows themselves are read from the vault."""

import asyncio


class EventSignal:
    """Knows the highest event id that is committed. For one event loop."""

    def __init__(self, last: int = 0) -> None:
        self._last = last
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def last(self) -> int:
        """The highest id announced so far."""
        return self._last

    def announce(self, event_id: int) -> None:
        """Called after the commit that wrote event `event_id`."""
        self._last = max(self._last, event_id)
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self, since: int) -> None:
        """Returns as soon as an id above `since` has been announced."""
        while self._last <= since:
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)
