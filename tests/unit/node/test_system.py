"""The real clock and the real random source."""

import time

from coterie.node.system import SystemClock, SystemEntropy


def test_the_clock_counts_milliseconds_since_1970() -> None:
    assert abs(SystemClock().now() - time.time() * 1000) < 5_000


def test_entropy_gives_as_much_as_asked_for_and_never_the_same() -> None:
    entropy = SystemEntropy()
    assert len(entropy.random(33)) == 33
    assert entropy.random(32) != entropy.random(32)
