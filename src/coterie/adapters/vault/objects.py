"""Decisions, facts, what waits, and evidence (mirrors `engine/ports/objects.py`)."""

from coterie.adapters.vault.database import Database
from coterie.core.engine.ports.objects import StoredObject
from coterie.core.kernel.ids import CircleId, ObjectId
from coterie.core.kernel.world import Instant


class ObjectsTable:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add_decision(self, stored: StoredObject) -> bool:
        changed = self._db.run(
            "INSERT OR IGNORE INTO decisions (object_id, circle_id, scope, type, issuer, serial, data, received_at)"
            " VALUES (?,?,?,?,?,?,?,?)",
            (
                stored.object_id,
                stored.circle_id,
                stored.scope,
                stored.type,
                stored.issuer,
                stored.number,
                stored.data,
                stored.received_at,
            ),
        )
        return changed == 1

    def decisions(self, scope: bytes) -> list[StoredObject]:
        found = self._db.rows(
            "SELECT circle_id, object_id, type, issuer, serial, data, received_at FROM decisions"
            " WHERE scope = ? ORDER BY issuer, serial, received_at, object_id",
            (scope,),
        )
        return [
            StoredObject(CircleId(circle), scope, ObjectId(oid), kind, issuer, b"", serial, data, Instant(at))
            for circle, oid, kind, issuer, serial, data, at in found
        ]

    def decision_count(self, scope: bytes) -> int:
        return self._db.count("SELECT count(*) FROM decisions WHERE scope = ?", (scope,))

    def put_fact(self, stored: StoredObject) -> bool:
        changed = self._db.run(
            "INSERT INTO facts (scope, issuer, type, subject, circle_id, object_id, revision, data, received_at)"
            " VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (scope, issuer, type, subject) DO UPDATE SET"
            " object_id = excluded.object_id, revision = excluded.revision, data = excluded.data,"
            " received_at = excluded.received_at WHERE excluded.revision > facts.revision",
            (
                stored.scope,
                stored.issuer,
                stored.type,
                stored.subject,
                stored.circle_id,
                stored.object_id,
                stored.number,
                stored.data,
                stored.received_at,
            ),
        )
        return changed == 1

    def facts(self, scope: bytes) -> list[StoredObject]:
        found = self._db.rows(
            "SELECT circle_id, object_id, type, issuer, subject, revision, data, received_at FROM facts"
            " WHERE scope = ? ORDER BY issuer, type, subject",
            (scope,),
        )
        return [
            StoredObject(CircleId(circle), scope, ObjectId(oid), kind, issuer, subject, revision, data, Instant(at))
            for circle, oid, kind, issuer, subject, revision, data, at in found
        ]

    def fact(self, scope: bytes, issuer: bytes, type_: int, subject: bytes) -> StoredObject | None:
        found = self._db.rows(
            "SELECT circle_id, object_id, revision, data, received_at FROM facts"
            " WHERE scope = ? AND issuer = ? AND type = ? AND subject = ?",
            (scope, issuer, type_, subject),
        )
        for circle, oid, revision, data, at in found:
            return StoredObject(
                CircleId(circle), scope, ObjectId(oid), type_, issuer, subject, revision, data, Instant(at)
            )
        return None

    def add_waiting(self, circle_id: CircleId, scope: bytes, object_id: ObjectId, data: bytes, now: Instant) -> None:
        self._db.run(
            "INSERT OR IGNORE INTO waiting_objects (object_id, circle_id, scope, data, received_at) VALUES (?,?,?,?,?)",
            (object_id, circle_id, scope, data, now),
        )

    def waiting(self, scope: bytes) -> list[bytes]:
        found = self._db.rows(
            "SELECT data FROM waiting_objects WHERE scope = ? ORDER BY received_at, object_id", (scope,)
        )
        return [data for (data,) in found]

    def drop_waiting(self, object_id: ObjectId) -> None:
        self._db.run("DELETE FROM waiting_objects WHERE object_id = ?", (object_id,))

    def add_evidence(
        self, circle_id: CircleId, scope: bytes, kind: str, first: bytes, second: bytes, now: Instant
    ) -> bool:
        changed = self._db.run(
            "INSERT OR IGNORE INTO evidence (circle_id, scope, kind, first, second, received_at) VALUES (?,?,?,?,?,?)",
            (circle_id, scope, kind, first, second, now),
        )
        return changed == 1

    def evidence(self, circle_id: CircleId) -> list[tuple[str, bytes, bytes]]:
        found = self._db.rows("SELECT kind, first, second FROM evidence WHERE circle_id = ?", (circle_id,))
        return [(kind, first, second) for kind, first, second in found]
