"""The real clock and the real random source, the only ones in a node."""

import os
import time

from coterie.core.kernel.world import Instant


class SystemClock:
    """The system's wall clock (implements `kernel.world.Clock`)."""

    def now(self) -> Instant:
        return Instant(time.time_ns() // 1_000_000)


class SystemEntropy:
    """The system's random source (implements `kernel.world.Entropy`)."""

    def random(self, size: int) -> bytes:
        return os.urandom(size)
