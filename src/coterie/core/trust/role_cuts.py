"""From which serial on each role of a person holds in one chain (rule 4): of the roles whose cut is below a serial the
one with the highest version. What a higher version with a lower cut hides is left out, so a look-up costs what is
visible, however many roles were given.
"""

import bisect
from typing import TypeAlias

from coterie.core.trust.rank import INFINITE

Stretch: TypeAlias = tuple[int, int, int, int]
"""(after this serial, up to this one, the version that holds there, the version next above it or 0).

Version 0 is the role that the admission gave."""


class RoleCuts:
    """The versions that a chain knows, and those of them that hold anywhere, with their cuts."""

    __slots__ = ("_cuts", "_known", "_visible")

    def __init__(self) -> None:
        self._known: list[int] = []
        self._visible: list[int] = []
        self._cuts: list[int] = []

    def add(self, version: int, cut: int) -> None:
        """A role that holds from beyond this serial on. Each version is added once."""
        bisect.insort(self._known, version)
        place = bisect.bisect(self._visible, version)
        if place < len(self._cuts) and self._cuts[place] <= cut:
            return
        first = bisect.bisect_left(self._cuts, cut, 0, place)
        self._visible[first:place] = [version]
        self._cuts[first:place] = [cut]

    def stretches(self) -> list[Stretch]:
        """All serials, the highest first."""
        found, high = [], INFINITE
        for version, cut in zip(reversed(self._visible), reversed(self._cuts), strict=True):
            found.append((cut, high, version, self._above(version)))
            high = cut
        if high > 0:
            found.append((0, high, 0, self._above(0)))
        return found

    def _above(self, version: int) -> int:
        place = bisect.bisect(self._known, version)
        return self._known[place] if place < len(self._known) else 0
