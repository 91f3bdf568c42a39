"""The engine's timers: named, in wall-clock time, told to the engine as inputs."""

import asyncio
from collections.abc import Callable

from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.ports.inputs import Timer
from coterie.core.kernel.world import Clock

LONGEST_SLEEP = 60.0
"""Seconds. The loop's clock stands still while a machine sleeps and the wall clock does not: look again this often."""


class Timers:
    """Each name has one time. For one event loop."""

    def __init__(self, clock: Clock, tell: Callable[[Timer], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._pending: dict[str, asyncio.TimerHandle] = {}

    def set(self, effect: SetTimer) -> None:
        """Sets or replaces a timer; one that is due already fires in the next turn of the loop."""
        self._drop(effect.name)
        wait = max(0.0, (effect.at - self._clock.now()) / 1000)
        loop = asyncio.get_running_loop()
        if wait > LONGEST_SLEEP:
            self._pending[effect.name] = loop.call_later(LONGEST_SLEEP, self.set, effect)
        else:
            self._pending[effect.name] = loop.call_later(wait, self._fire, effect)

    def stop(self) -> None:
        """No timer fires any more."""
        for name in list(self._pending):
            self._drop(name)

    def _fire(self, effect: SetTimer) -> None:
        if self._clock.now() < effect.at:
            self.set(effect)  # the loop woke a little early, or the wall clock was put back
            return
        del self._pending[effect.name]
        self._tell(Timer(effect.name))

    def _drop(self, name: str) -> None:
        handle = self._pending.pop(name, None)
        if handle is not None:
            handle.cancel()
