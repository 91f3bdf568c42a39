"""Waits for what is said about one subject, reading each event once however many wait.

It reads only while somebody is interested. Interest begins before the call that gives the subject its name,
so an event that overtakes the call's answer is not missed.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Iterator

from coterie.api.schema import Event
from coterie.node.backend import Backend

REMEMBERED = 16_384
"""Subjects whose latest event is kept: far more than can change while one call is answered."""

PAGE = 256
WATCHED_KINDS = frozenset({"message-state", "join"})


class EventFeed:
    """The latest event of each subject, and who waits for the next. For one event loop."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._interested = 0
        self._since = 0
        """Up to which event has been read."""
        self._reader: asyncio.Task[None] | None = None
        self._latest: OrderedDict[str, Event] = OrderedDict()
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    @contextlib.contextmanager
    def interest(self) -> Iterator[int]:
        """While it is open events are read; gives the id above which they are."""
        since = self._backend.last_event()
        self._interested += 1
        if self._reader is None:
            self._since = since
        if self._reader is None or self._reader.done():  # a failure is told to who waits then, not to who comes later
            self._reader = asyncio.get_running_loop().create_task(self._read())
        try:
            yield since
        finally:
            self._interested -= 1
            if self._interested == 0:
                self._reader.cancel()
                self._reader = None
                self._latest.clear()

    async def next(self, subject: str, above: int) -> Event:
        """The latest event about `subject` with an id above `above`; waits until there is one."""
        while True:
            event = self._latest.get(subject)
            if event is not None and event.id > above:
                return event
            if self._reader is not None and self._reader.done():
                self._reader.result()
            future = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(subject, []).append(future)
            try:
                await future
            finally:
                self._forget(subject, future)

    async def _read(self) -> None:
        try:
            while True:
                for event in await self._backend.events(self._since, PAGE):
                    self._since = event.id
                    if event.kind in WATCHED_KINDS:
                        self._remember(event)
                await self._backend.wait_for_event(self._since)
        finally:
            for subject in list(self._waiting):
                self._wake(subject)

    def _remember(self, event: Event) -> None:
        self._latest[event.subject] = event
        self._latest.move_to_end(event.subject)
        if len(self._latest) > REMEMBERED:
            self._latest.popitem(last=False)
        self._wake(event.subject)

    def _wake(self, subject: str) -> None:
        for future in self._waiting.get(subject, ()):
            if not future.done():
                future.set_result(None)

    def _forget(self, subject: str, future: "asyncio.Future[None]") -> None:
        left = [other for other in self._waiting.get(subject, ()) if other is not future]
        if left:
            self._waiting[subject] = left
        else:
            self._waiting.pop(subject, None)
