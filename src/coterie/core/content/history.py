"""History order (PROTOCOL 5): a hybrid logical clock in milliseconds.

A message's `order` is the larger of its sender's clock and one more than the highest order that the sender has seen.
So history is the same everywhere, a reply stands after what it answers, and a wrong clock does little harm: in a
group a value more than a day ahead of our clock counts only when a second person's value comes within a day of it.
In a conversation of two nothing is ignored: there, only the other person could be misled, by themselves.
"""

from dataclasses import dataclass, replace

from coterie.core.codec.tls import Reader, Writer
from coterie.core.content.extensions import MAX_ORDER
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ID_SIZE, ZERO_ID, PersonId
from coterie.core.kernel.world import DAY, Instant

MAX_AHEAD = DAY
"""How far a value may lie ahead of our clock, or of a second person's value, and count."""

MAX_FAR = 1024
"""People whose far-ahead value is remembered: everybody of the largest conversation."""

SortKey = tuple[int, bytes]

_NOBODY = PersonId(ZERO_ID)


@dataclass(frozen=True, slots=True)
class HistoryClock:
    """What one conversation has seen: the highest order that counts, whose it is, and each person's far value."""

    highest: int = 0
    highest_by: PersonId = _NOBODY
    far: tuple[tuple[PersonId, int], ...] = ()

    def observe(self, person_id: PersonId, order: int, now: Instant, *, group: bool) -> "HistoryClock":
        """After a message of `person_id` (also our own). `order-out-of-range` beyond MAX_ORDER."""
        if not 0 <= order <= MAX_ORDER:
            raise PeerError("order-out-of-range", "content: an order beyond every clock")
        if order <= self.highest:
            return self
        if not group or order <= now + MAX_AHEAD:
            return replace(self, highest=order, highest_by=person_id)
        kept = dict(self.far)
        if person_id not in kept and len(kept) >= MAX_FAR:
            return self
        kept[person_id] = max(order, kept.get(person_id, 0))
        return _settled(replace(self, far=tuple(sorted(kept.items()))), now)

    def next_order(self, now: Instant) -> int:
        """The order of a message that is written now. It stays at MAX_ORDER once that is reached."""
        return min(max(now, 1 + _settled(self, now).highest), MAX_ORDER)

    def to_bytes(self) -> bytes:
        """For the row that keeps it."""
        out = Writer().u64(self.highest).fixed(self.highest_by, ID_SIZE)
        return out.vector([person_id + order.to_bytes(8, "big") for person_id, order in self.far]).bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "HistoryClock":
        """The inverse of `to_bytes`."""
        reader = Reader(data)
        highest, highest_by = reader.u64(), PersonId(reader.fixed(ID_SIZE))
        far = reader.vector(lambda entry: (PersonId(entry.fixed(ID_SIZE)), entry.u64()))
        reader.finish()
        return cls(highest, highest_by, tuple(far))


def _settled(clock: HistoryClock, now: Instant) -> HistoryClock:
    """Counts the far values that time or a second person has caught up with, and forgets the passed ones."""
    if not clock.far:
        return clock
    highest, highest_by = clock.highest, clock.highest_by
    for person_id, order in sorted(clock.far, key=lambda entry: entry[1]):
        near = (person_id != highest_by and order - highest <= MAX_AHEAD) or any(
            other != person_id and abs(order - value) <= MAX_AHEAD for other, value in clock.far
        )
        if order > highest and (order <= now + MAX_AHEAD or near):
            highest, highest_by = order, person_id
    return HistoryClock(highest, highest_by, tuple(entry for entry in clock.far if entry[1] > highest))


def sort_key(order: int, message_id: bytes) -> SortKey:
    """History is sorted by this, whatever arrived first."""
    return order, message_id
