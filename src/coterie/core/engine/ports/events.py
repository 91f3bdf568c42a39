"""Events for programs: rows with a rising id, written in the transaction that caused them, kept 30 days."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.world import Instant

UNBOUNDED = 2**62


@dataclass(frozen=True, slots=True)
class Event:
    """`data` holds plain values: text, numbers, booleans, lists and maps of them."""

    id: int
    at: Instant
    kind: str
    data: Mapping[str, object]


class Events(Protocol):
    def add(self, at: Instant, kind: str, data: Mapping[str, object]) -> int:
        """The new event's id."""

    def since(self, event_id: int, limit: int, size: int = UNBOUNDED) -> list[Event]:
        """The first `limit` events after that one, or fewer: those whose data come to `size` bytes, one in any case."""

    def last_id(self) -> int: ...

    def prune(self, before: Instant) -> None: ...
