"""Timers that wait until something has become quiet: what comes in a burst is looked at once, at its end."""

from dataclasses import dataclass

from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.world import Instant


@dataclass(frozen=True, slots=True)
class Quiet:
    """`timer` begins the timer's name. It falls due `pause` after the last occasion, but at the latest `longest` after
    the first; each time up to `pause` later at random, so that many devices do not all speak at once. Milliseconds.
    """

    timer: str
    pause: int
    longest: int

    def plan(self, ctx: Context, subject: bytes) -> None:
        """An occasion: the timer is set, or waits longer."""
        planned = ctx.memory.caches.get((self.timer, subject))
        if isinstance(planned, tuple):
            ctx.memory.caches[self.timer, subject] = (planned[0], ctx.now)
        else:
            ctx.memory.caches[self.timer, subject] = (ctx.now, ctx.now)
            self._set(ctx, subject, Instant(ctx.now + self.pause))

    def is_due(self, ctx: Context, subject: bytes) -> bool:
        """The timer fell due. False when there was an occasion a moment ago: then it is set again."""
        planned = ctx.memory.caches.pop((self.timer, subject), None)
        if isinstance(planned, tuple):
            due = Instant(min(planned[1] + self.pause, planned[0] + self.longest))
            if ctx.now < due:
                ctx.memory.caches[self.timer, subject] = planned
                self._set(ctx, subject, due)
                return False
        return True

    def _set(self, ctx: Context, subject: bytes, at: Instant) -> None:
        jitter = int.from_bytes(ctx.entropy.random(2), "big") * self.pause >> 16
        ctx.emit(SetTimer(self.timer + to_base32(subject), Instant(at + jitter)))
