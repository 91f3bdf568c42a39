"""The decisions of one issuer in one scope: a chain, and a tree where the issuer forked it."""

import bisect
from collections.abc import Iterator

from coterie.core.kernel.ids import ZERO_ID, ObjectId
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision


class Chain:
    """Verified decisions by predecessor. Only grows, and only inside `ObjectSet`; readers treat it as a value."""

    __slots__ = ("by_id", "children", "finals", "forked", "height")

    def __init__(self) -> None:
        self.by_id: dict[ObjectId, Decision] = {}
        self.children: dict[bytes, tuple[Decision, ...]] = {}
        self.finals: tuple[Decision, ...] = ()
        self.forked = False
        self.height = 0

    def copy(self) -> "Chain":
        """An independent copy; the decisions themselves are shared."""
        other = Chain()
        other.by_id, other.children = dict(self.by_id), dict(self.children)
        other.finals, other.forked, other.height = self.finals, self.forked, self.height
        return other

    def siblings(self, decision: Decision) -> tuple[Decision, ...]:
        """Decisions of the same serial and predecessor: together with another one they prove a fork."""
        return self.finals if decision.serial == LAST_SERIAL else self.children.get(decision.previous, ())

    def fits(self, decision: Decision) -> bool:
        """Whether its predecessor is here with the serial just before."""
        if decision.previous == ZERO_ID:
            return True
        before = self.by_id.get(ObjectId(decision.previous))
        return before is not None and before.serial + 1 == decision.serial

    def add(self, decision: Decision) -> None:
        """Takes a decision that fits. Siblings stay in the order of their ids, whoever came first."""
        before = self.siblings(decision)
        place = bisect.bisect(before, decision.id, key=_id_of)
        rivals = (*before[:place], decision, *before[place:])
        self.by_id[decision.id] = decision
        self.forked = self.forked or len(rivals) > 1
        if decision.serial == LAST_SERIAL:
            self.finals = rivals
        else:
            self.children[decision.previous] = rivals
            self.height = max(self.height, decision.serial)

    def ancestors(self, decision: Decision) -> Iterator[Decision]:
        """The decision itself and all before it, newest first."""
        yield decision
        while decision.previous != ZERO_ID:
            decision = self.by_id[ObjectId(decision.previous)]
            yield decision

    def descendants(self, tip: bytes) -> list[Decision]:
        """Everything after `tip` on every branch, by serial and then id."""
        found: list[Decision] = []
        open_ends = [tip]
        while open_ends:
            for child in self.children.get(open_ends.pop(), ()):
                found.append(child)
                open_ends.append(child.id)
        return sorted(found, key=lambda decision: (decision.serial, decision.id))

    def tips(self) -> list[Decision]:
        """The last decision of each branch, by id: one for an honest issuer."""
        ends = [decision for decision in self.by_id.values() if decision.id not in self.children]
        return sorted(ends, key=lambda decision: decision.id)


def _id_of(decision: Decision) -> ObjectId:
    return decision.id
