"""The engine's timers: named, in wall-clock time, told to the engine as inputs.

A timer falls due when the wall clock says so or when the time that it had to wait has passed, whichever comes first:
a clock that is put back by hours does not hold up what waits for a second, and one that ran on while the machine slept
is believed. Who set a timer for an hour of the calendar looks at the calendar again.
"""

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
        self._wait(effect, asyncio.get_running_loop().time() + self._left(effect))

    def stop(self) -> None:
        """No timer fires any more."""
        for name in list(self._pending):
            self._drop(name)

    def _left(self, effect: SetTimer) -> float:
        """Seconds until it is due by the wall clock."""
        return max(0.0, (effect.at - self._clock.now()) / 1000)

    def _wait(self, effect: SetTimer, until: float) -> None:
        """`until` is in the loop's time."""
        loop = asyncio.get_running_loop()
        wait = min(self._left(effect), max(0.0, until - loop.time()), LONGEST_SLEEP)
        self._pending[effect.name] = loop.call_later(wait, self._look, effect, until)

    def _look(self, effect: SetTimer, until: float) -> None:
        if self._left(effect) > 0 and asyncio.get_running_loop().time() < until:
            self._wait(effect, until)
            return
        del self._pending[effect.name]
        self._tell(Timer(effect.name))

    def _drop(self, name: str) -> None:
        handle = self._pending.pop(name, None)
        if handle is not None:
            handle.cancel()
