"""Invitations that we made (mirrors `engine/ports/invitations.py`)."""

from typing import Any

from coterie.adapters.vault.database import Database
from coterie.core.engine.ports.invitations import InvitationRecord
from coterie.core.kernel.ids import CircleId, ObjectId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant

COLUMNS = (
    "invitation_id, circle_id, grant_id, payload, approve, state, expires_at, attempts, failures,"
    " certificate, card, words, created_at"
)


class InvitationsTable:
    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, record: InvitationRecord) -> None:
        values = (
            record.invitation_id,
            record.circle_id,
            record.grant_id,
            record.payload.reveal(),
            int(record.approve),
            record.state,
            record.expires_at,
            record.attempts,
            record.failures,
            record.certificate,
            record.card,
            record.words,
            record.created_at,
        )
        self._db.run(f"REPLACE INTO invitations ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", values)

    def get(self, invitation_id: bytes) -> InvitationRecord | None:
        for row in self._db.rows(f"SELECT {COLUMNS} FROM invitations WHERE invitation_id = ?", (invitation_id,)):
            return _record(row)
        return None

    def by_prefix(self, circle_id: CircleId, prefix: bytes) -> InvitationRecord | None:
        found = self._db.rows(
            f"SELECT {COLUMNS} FROM invitations WHERE circle_id = ? AND substr(invitation_id, 1, ?) = ?",
            (circle_id, len(prefix), prefix),
        )
        for row in found:
            return _record(row)
        return None

    def all(self) -> list[InvitationRecord]:
        found = self._db.rows(f"SELECT {COLUMNS} FROM invitations ORDER BY created_at, invitation_id")
        return [_record(row) for row in found]


def _record(row: tuple[Any, ...]) -> InvitationRecord:
    return InvitationRecord(
        invitation_id=row[0],
        circle_id=CircleId(row[1]),
        grant_id=ObjectId(row[2]),
        payload=Secret(row[3]),
        approve=bool(row[4]),
        state=row[5],
        expires_at=Instant(row[6]),
        attempts=row[7],
        failures=row[8],
        certificate=row[9],
        card=row[10],
        words=row[11],
        created_at=Instant(row[12]),
    )
