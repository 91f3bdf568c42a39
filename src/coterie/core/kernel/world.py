"""What the pure core asks of the world: the time and random bytes, as arguments (STYLE, habit 2)."""

from typing import NewType, Protocol

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00Z."""

NEVER = Instant(0)
"""No time: not yet, or never."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """Where a shell reads the time that it hands to the core with every input."""

    def now(self) -> Instant: ...


class Entropy(Protocol):
    """A source of random bytes: the operating system's in a node, a seeded one in tests and worlds."""

    def random(self, size: int) -> bytes: ...
