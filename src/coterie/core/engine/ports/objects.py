"""Signed objects: decisions, never pruned, and facts, of which the highest revision replaces the others."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.ids import CircleId, ObjectId
from coterie.core.kernel.world import Instant


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A verified object. `scope` is the circle id or a conversation id; `number` the serial or revision."""

    circle_id: CircleId
    scope: bytes
    object_id: ObjectId
    type: int
    issuer: bytes
    subject: bytes
    number: int
    data: bytes
    received_at: Instant


class Objects(Protocol):
    def add_decision(self, stored: StoredObject) -> bool:
        """Keeps a decision; False when it was here."""

    def decisions(self, scope: bytes) -> list[StoredObject]:
        """Every decision of the scope, by issuer and serial, then as they came."""

    def decision_count(self, scope: bytes) -> int: ...

    def put_fact(self, stored: StoredObject) -> bool:
        """Keeps a fact if its revision is above the kept one; False otherwise."""

    def facts(self, scope: bytes) -> list[StoredObject]: ...

    def fact(self, scope: bytes, issuer: bytes, type_: int, subject: bytes) -> StoredObject | None: ...

    def add_waiting(self, circle_id: CircleId, scope: bytes, object_id: ObjectId, data: bytes, now: Instant) -> None:
        """An object that cannot be judged yet (its issuer or predecessor is not here). Bounded by the caller."""

    def waiting(self, scope: bytes) -> list[bytes]: ...

    def drop_waiting(self, object_id: ObjectId) -> None: ...

    def add_evidence(
        self, circle_id: CircleId, scope: bytes, kind: str, first: bytes, second: bytes, now: Instant
    ) -> bool:
        """Keeps a proof against an issuer (two objects that exclude each other); False when it was here."""

    def evidence(self, circle_id: CircleId) -> list[tuple[str, bytes, bytes]]: ...
