"""Which role holds where: against a look at every role."""

import random

from coterie.core.trust.rank import INFINITE
from coterie.core.trust.role_cuts import RoleCuts


def holder(cuts: dict[int, int], serial: int) -> int:
    return max((version for version, cut in cuts.items() if cut < serial), default=0)


def test_the_highest_version_below_a_serial_holds_whatever_came_first() -> None:
    chance = random.Random(7)
    for _ in range(300):
        cuts = {version: chance.randint(0, 6) for version in chance.sample(range(1, 9), chance.randint(0, 6))}
        held = RoleCuts()
        for version in chance.sample(list(cuts), len(cuts)):
            held.add(version, cuts[version])
        stretches = held.stretches()
        for serial in range(1, 9):
            (found,) = [stretch for stretch in stretches if stretch[0] < serial <= stretch[1]]
            assert found[2] == holder(cuts, serial)
            assert found[3] == min((version for version in cuts if version > found[2]), default=0)
        assert stretches[0][1] == INFINITE
        assert [low for low, _, _, _ in stretches] == [high for _, high, _, _ in stretches[1:]] + [0]


def test_what_is_hidden_costs_nothing() -> None:
    held = RoleCuts()
    for version in range(1, 1000):
        held.add(version, 0)
    assert held.stretches() == [(0, INFINITE, 999, 0)]
