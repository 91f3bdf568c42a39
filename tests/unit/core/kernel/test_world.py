from coterie.core.kernel import world
from coterie.core.kernel.world import Clock, Entropy, Instant
from coterie.testing.entropy import SeededEntropy


class Stopped:
    def now(self) -> Instant:
        return Instant(5)


def test_instants_are_milliseconds_and_durations_too() -> None:
    assert (world.SECOND, world.MINUTE, world.HOUR, world.DAY) == (1_000, 60_000, 3_600_000, 86_400_000)
    assert world.NEVER == 0


def test_what_a_node_or_a_test_hands_in_fits() -> None:
    clock: Clock = Stopped()
    entropy: Entropy = SeededEntropy(1)
    assert clock.now() == 5
    assert len(entropy.random(7)) == 7
