"""Ciphertext, targets and numbers (mirrors `engine/ports/envelopes.py`)."""

import json
from typing import Any

from coterie.adapters.vault.database import Database
from coterie.core.engine.ports.envelopes import Acknowledged, Carried, Envelope, Numbers
from coterie.core.kernel.ids import ConversationId, DeviceId, EnvelopeId
from coterie.core.kernel.world import Instant

COLUMNS = (
    "envelope_id, conversation_id, sender_device, number, kind, group_id, epoch, data, message_id,"
    " keep_until, created_at"
)


class EnvelopesTable:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, envelope: Envelope, targets: tuple[DeviceId, ...]) -> None:
        self._db.run(
            f"INSERT INTO envelopes ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                envelope.envelope_id,
                envelope.conversation_id,
                envelope.sender_device,
                envelope.number,
                envelope.kind,
                envelope.group_id,
                envelope.epoch,
                envelope.data,
                envelope.message_id,
                envelope.keep_until,
                envelope.created_at,
            ),
        )
        row = self._db.last_row_id()
        self._db.run_many(
            "INSERT INTO targets (device_id, envelope) VALUES (?,?)", [(device, row) for device in targets]
        )

    def get(self, envelope_id: EnvelopeId) -> Envelope | None:
        for row in self._db.rows(f"SELECT {COLUMNS} FROM envelopes WHERE envelope_id = ?", (envelope_id,)):
            return _envelope(row)
        return None

    def pending_in(self, conversation_id: ConversationId, device_id: DeviceId, limit: int) -> list[Envelope]:
        found = self._db.rows(
            f"SELECT {COLUMNS} FROM targets JOIN envelopes ON envelopes.row = targets.envelope"
            " WHERE device_id = ? AND conversation_id = ? ORDER BY targets.envelope LIMIT ?",
            (device_id, conversation_id, limit),
        )
        return [_envelope(row) for row in found]

    def pending_numbers(
        self, conversation_id: ConversationId, device_id: DeviceId, sender_device: DeviceId
    ) -> set[int]:
        found = self._db.rows(
            "SELECT number FROM targets JOIN envelopes ON envelopes.row = targets.envelope"
            " WHERE device_id = ? AND conversation_id = ? AND sender_device = ?",
            (device_id, conversation_id, sender_device),
        )
        return {number for (number,) in found}

    def carried(self, conversation_id: ConversationId, device_id: DeviceId, own: DeviceId) -> list[Carried]:
        found = self._db.rows(
            "SELECT envelope_id, sender_device, number, kind, group_id, epoch"
            " FROM targets JOIN envelopes ON envelopes.row = targets.envelope"
            " WHERE device_id = ? AND conversation_id = ? AND sender_device <> ? ORDER BY targets.envelope",
            (device_id, conversation_id, own),
        )
        return [Carried(*row) for row in found]

    def waiting_for(self, device_id: DeviceId) -> int:
        return self._db.count("SELECT count(*) FROM targets WHERE device_id = ?", (device_id,))

    def targeted(self, conversation_id: ConversationId) -> set[DeviceId]:
        found = self._db.rows(
            "SELECT DISTINCT device_id FROM targets JOIN envelopes ON envelopes.row = targets.envelope"
            " WHERE conversation_id = ?",
            (conversation_id,),
        )
        return {DeviceId(device_id) for (device_id,) in found}

    def targets(self, envelope_id: EnvelopeId) -> list[DeviceId]:
        found = self._db.rows(
            "SELECT device_id FROM targets WHERE envelope = (SELECT row FROM envelopes WHERE envelope_id = ?)",
            (envelope_id,),
        )
        return [DeviceId(device) for (device,) in found]

    def acknowledge(self, envelope_id: EnvelopeId, device_id: DeviceId) -> Acknowledged | None:
        found = self._db.row(
            "SELECT row, conversation_id, sender_device, kind, group_id, message_id FROM envelopes WHERE envelope_id = ?",
            (envelope_id,),
        )
        if found is None:
            return None
        row, conversation_id, sender_device, kind, group_id, message_id = found
        if self._db.run("DELETE FROM targets WHERE device_id = ? AND envelope = ?", (device_id, row)) == 0:
            return None
        self._drop_if_done(row)
        return Acknowledged(ConversationId(conversation_id), DeviceId(sender_device), kind, group_id, message_id)

    def drop_target(self, conversation_id: ConversationId, device_id: DeviceId) -> None:
        rows = self._db.rows(
            "SELECT envelope FROM targets JOIN envelopes ON envelopes.row = targets.envelope"
            " WHERE device_id = ? AND conversation_id = ?",
            (device_id, conversation_id),
        )
        for (row,) in rows:
            self._db.run("DELETE FROM targets WHERE device_id = ? AND envelope = ?", (device_id, row))
            self._drop_if_done(row)

    def drop(self, envelope_id: EnvelopeId) -> None:
        found = self._db.row("SELECT row FROM envelopes WHERE envelope_id = ?", (envelope_id,))
        if found is not None:
            self._db.run("DELETE FROM targets WHERE envelope = ?", found)
            self._db.run("DELETE FROM envelopes WHERE row = ?", found)

    def of_sender(self, conversation_id: ConversationId, sender_device: DeviceId) -> list[Envelope]:
        found = self._db.rows(
            f"SELECT {COLUMNS} FROM envelopes WHERE conversation_id = ? AND sender_device = ? ORDER BY row",
            (conversation_id, sender_device),
        )
        return [_envelope(row) for row in found]

    def expired(self, now: Instant) -> list[Envelope]:
        found = self._db.rows(
            f"SELECT {COLUMNS} FROM envelopes WHERE keep_until > 0 AND keep_until <= ? ORDER BY row", (now,)
        )
        return [_envelope(row) for row in found]

    def put_numbers(self, numbers: Numbers) -> None:
        self._db.run(
            "INSERT INTO numbers (conversation_id, sender_device, start, contiguous, ranges, unreadable)"
            " VALUES (?,?,?,?,?,?) ON CONFLICT (conversation_id, sender_device) DO UPDATE SET start = excluded.start,"
            " contiguous = excluded.contiguous, ranges = excluded.ranges, unreadable = excluded.unreadable",
            (
                numbers.conversation_id,
                numbers.sender_device,
                numbers.start,
                numbers.contiguous,
                json.dumps(numbers.ranges).encode() if numbers.ranges else b"",
                json.dumps(numbers.unreadable).encode() if numbers.unreadable else b"",
            ),
        )

    def numbers(self, conversation_id: ConversationId, sender_device: DeviceId) -> Numbers | None:
        found = self._db.rows(
            "SELECT sender_device, start, contiguous, ranges, unreadable FROM numbers"
            " WHERE conversation_id = ? AND sender_device = ?",
            (conversation_id, sender_device),
        )
        for row in found:
            return _numbers(conversation_id, row)
        return None

    def all_numbers(self, conversation_id: ConversationId) -> list[Numbers]:
        found = self._db.rows(
            "SELECT sender_device, start, contiguous, ranges, unreadable FROM numbers"
            " WHERE conversation_id = ? ORDER BY sender_device",
            (conversation_id,),
        )
        return [_numbers(conversation_id, row) for row in found]

    def _drop_if_done(self, row: int) -> None:
        self._db.run(
            "DELETE FROM envelopes WHERE row = ? AND NOT EXISTS (SELECT 1 FROM targets WHERE envelope = ?)",
            (row, row),
        )


def _envelope(row: tuple[Any, ...]) -> Envelope:
    return Envelope(
        envelope_id=EnvelopeId(row[0]),
        conversation_id=ConversationId(row[1]),
        sender_device=DeviceId(row[2]),
        number=row[3],
        kind=row[4],
        group_id=row[5],
        epoch=row[6],
        data=row[7],
        message_id=row[8],
        keep_until=Instant(row[9]),
        created_at=Instant(row[10]),
    )


def _numbers(conversation_id: ConversationId, row: tuple[Any, ...]) -> Numbers:
    device, start, contiguous, ranges, unreadable = row
    return Numbers(
        conversation_id,
        DeviceId(device),
        start,
        contiguous,
        tuple((low, high) for low, high in json.loads(ranges)) if ranges else (),
        tuple(json.loads(unreadable)) if unreadable else (),
    )
