"""Whom to dial and when: at once at first, then with back-off and jitter, for as long as the engine wants the peer.

A dial counts as a success only when the link that it made is proved (sealed); a connection that ends before is a
failure like no answer. While any link to the peer stands, whoever dialled it, nobody dials.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from coterie.core.engine.ports.effects import ForgetPeer, WatchPeer
from coterie.core.kernel.ids import CircleId, DeviceId

Key = tuple[CircleId, DeviceId, bool]

FIRST_PAUSE = 0.25
"""Seconds, as all times here."""
CAP_WAITING = 5.0
"""The longest pause while something waits for the peer."""
CAP_IDLE = 60.0
"""The longest pause otherwise."""
STEADY = 10.0
"""A link that lasted so long is dialled again at once; one that did not counts as another failure."""
DIALS_AT_ONCE = 64
"""A node with many peers starts with this many dials; the others follow as those end."""


@dataclass(slots=True)
class Watched:
    """One peer that the engine wants. `next_dial` is in stopwatch time, 0 while a dial or a link is there, like
    `last_dial`, which is None before the first."""

    want: WatchPeer
    attempts: int = 0
    last_dial: float | None = None
    next_dial: float = 0.0
    links: int = 0
    proved: int = 0
    linked_since: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def cap(self) -> float:
        return CAP_WAITING if self.want.waiting else CAP_IDLE


@dataclass(frozen=True, slots=True)
class Attempts:
    """How dialling one peer goes: failed dials in a row, seconds since the last one and until the next."""

    want: WatchPeer
    failed: int
    since: float | None
    until: float


def pause_after(attempts: int, cap: float, jitter: float) -> float:
    """Seconds before the next dial after `attempts` failures in a row; `jitter` is in 0..1. Never above `cap`."""
    full = min(cap, FIRST_PAUSE * 2.0 ** min(attempts - 1, 16))
    return full * (0.5 + 0.5 * jitter)


class Supervisor:
    """Dials for all watched peers. `dial` returns when a link is proved, or the attempt has failed."""

    def __init__(
        self,
        dial: Callable[[WatchPeer], Awaitable[None]],
        stopwatch: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self._dial = dial
        self._stopwatch = stopwatch
        self._jitter = jitter
        self._peers: dict[Key, Watched] = {}
        self._links: dict[Key, int] = {}
        self._slots = asyncio.Semaphore(DIALS_AT_ONCE)

    def watch(self, want: WatchPeer) -> None:
        """Wants this peer from now on; a repeat brings new hints, or shortens the pause because something waits."""
        key = (want.circle_id, want.device_id, want.door)
        peer = self._peers.get(key)
        if peer is not None:
            urgent = (want.waiting and not peer.want.waiting) or want.hints != peer.want.hints
            peer.want = want
            if urgent:
                peer.changed.set()
            return
        peer = self._peers[key] = Watched(want, links=self._links.get(key, 0))
        peer.task = asyncio.create_task(self._look_after(peer))

    def forget(self, effect: ForgetPeer) -> None:
        """Dials this peer no more."""
        peer = self._peers.pop((effect.circle_id, effect.device_id, effect.door), None)
        if peer is not None and peer.task is not None:
            peer.task.cancel()

    def link_stands(self, circle_id: CircleId, device_id: DeviceId, door: bool) -> None:
        """A link to this device was proved, whoever dialled it."""
        key = (circle_id, device_id, door)
        self._links[key] = self._links.get(key, 0) + 1
        peer = self._peers.get(key)
        if peer is not None:
            if peer.links == 0:
                peer.linked_since = self._stopwatch()
            peer.links += 1
            peer.proved += 1
            peer.want = replace(peer.want, waiting=False)  # what waited goes out now; what is left is told anew
            peer.changed.set()

    def link_ended(self, circle_id: CircleId, device_id: DeviceId, door: bool) -> None:
        """A proved link to this device is gone."""
        key = (circle_id, device_id, door)
        left = self._links.get(key, 0) - 1
        if left > 0:
            self._links[key] = left
        else:
            self._links.pop(key, None)
        peer = self._peers.get(key)
        if peer is not None and peer.links > 0:
            peer.links -= 1
            if peer.links == 0:
                steady = self._stopwatch() - peer.linked_since >= STEADY
                peer.attempts = 0 if steady else peer.attempts + 1
            peer.changed.set()

    def attempts(self) -> list[Attempts]:
        """For `status`: each peer without a link."""
        now = self._stopwatch()
        return [
            Attempts(
                peer.want,
                peer.attempts,
                None if peer.last_dial is None else now - peer.last_dial,
                max(0.0, peer.next_dial - now),
            )
            for peer in self._peers.values()
            if peer.links == 0
        ]

    async def stop(self) -> None:
        """Ends all dialling."""
        tasks = [peer.task for peer in self._peers.values() if peer.task is not None]
        self._peers.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_after(self, peer: Watched) -> None:
        while True:
            if peer.links > 0:
                peer.changed.clear()
                await peer.changed.wait()
            elif peer.attempts > 0 and not await self._pause(peer):
                continue
            else:
                await self._try(peer)

    async def _try(self, peer: Watched) -> None:
        """One dial; another at once if it failed and its hints are not the newest any more."""
        while True:
            proved = peer.proved
            async with self._slots:
                peer.last_dial = self._stopwatch()
                want = peer.want
                await self._dial(want)
            if peer.proved != proved:
                return
            peer.attempts += 1
            if peer.want.hints == want.hints:
                return

    async def _pause(self, peer: Watched) -> bool:
        """Waits before the next dial; new hints, or something that waits now, end it sooner. False: a link came."""
        pause = pause_after(peer.attempts, peer.cap, self._jitter())
        peer.next_dial = self._stopwatch() + pause
        peer.changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await peer.changed.wait()
        peer.next_dial = 0.0
        return peer.links == 0
