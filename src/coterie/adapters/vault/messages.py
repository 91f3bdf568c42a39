"""Messages, receipts and reports (mirrors `engine/ports/messages.py`)."""

from typing import Any

from coterie.adapters.vault.database import Database
from coterie.core.engine.ports.messages import Message, Receipt
from coterie.core.kernel.ids import ConversationId, DeviceId, PersonId
from coterie.core.kernel.world import Instant

COLUMNS = (
    'message_id, conversation_id, person_id, device_id, kind, "order", content, text, state, number, client_id,'
    " sent_at, received_at, reason, attempts"
)


class MessagesTable:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, message: Message) -> bool:
        changed = self._db.run(
            f"INSERT OR IGNORE INTO messages ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                message.message_id,
                message.conversation_id,
                message.person_id,
                message.device_id,
                message.kind,
                message.order,
                message.content,
                message.text,
                message.state,
                message.number,
                message.client_id,
                message.sent_at,
                message.received_at,
                message.reason,
                message.attempts,
            ),
        )
        return changed == 1

    def update(self, message: Message) -> None:
        self._db.run(
            "UPDATE messages SET state = ?, reason = ?, number = ?, attempts = ?"
            " WHERE message_id = ? AND person_id = ?",
            (
                message.state,
                message.reason,
                message.number,
                message.attempts,
                message.message_id,
                message.person_id,
            ),
        )

    def move(self, message_id: bytes, person_id: PersonId, before: str, after: str) -> bool:
        changed = self._db.run(
            "UPDATE messages SET state = ? WHERE message_id = ? AND person_id = ? AND state = ?",
            (after, message_id, person_id, before),
        )
        return changed == 1

    def get(self, message_id: bytes, person_id: PersonId) -> Message | None:
        return self._one("message_id = ? AND person_id = ?", (message_id, person_id))

    def find(self, message_id: bytes) -> Message | None:
        return self._one("message_id = ? ORDER BY received_at = 0 DESC", (message_id,))

    def by_client_id(self, client_id: str) -> Message | None:
        return self._one("client_id = ? AND client_id <> ''", (client_id,))

    def by_number(self, conversation_id: ConversationId, device_id: DeviceId, number: int) -> Message | None:
        return self._one(
            "conversation_id = ? AND device_id = ? AND number = ? AND number > 0 AND received_at = 0",
            (conversation_id, device_id, number),
        )

    def history(self, conversation_id: ConversationId, after: tuple[int, bytes] | None, limit: int) -> list[Message]:
        order, message_id = after if after is not None else (-1, b"")
        found = self._db.rows(
            f'SELECT {COLUMNS} FROM messages WHERE conversation_id = ? AND ("order", message_id) > (?, ?)'
            ' ORDER BY "order", message_id LIMIT ?',
            (conversation_id, order, message_id, limit),
        )
        return [_message(row) for row in found]

    def place_from_end(self, conversation_id: ConversationId, count: int) -> tuple[int, bytes] | None:
        for order, message_id in self._db.rows(
            'SELECT "order", message_id FROM messages WHERE conversation_id = ?'
            ' ORDER BY "order" DESC, message_id DESC LIMIT 1 OFFSET ?',
            (conversation_id, count),
        ):
            return order, message_id
        return None

    def unsent_count(self) -> int:
        return self._db.count("SELECT count(*) FROM messages WHERE state = 'queued' AND number = 0")

    def is_anything_unsent(self, conversation_id: ConversationId) -> bool:
        found = self._db.rows(
            "SELECT 1 FROM messages WHERE conversation_id = ? AND state = 'queued' AND number = 0 LIMIT 1",
            (conversation_id,),
        )
        return bool(found)

    def unsent(self, conversation_id: ConversationId) -> list[Message]:
        found = self._db.rows(
            f"SELECT {COLUMNS} FROM messages WHERE conversation_id = ? AND state = 'queued'"
            " AND number = 0 ORDER BY row",
            (conversation_id,),
        )
        return [_message(row) for row in found]

    def put_receipt(self, receipt: Receipt) -> None:
        self._db.run(
            "INSERT INTO receipts (message_id, person_id, state, at) VALUES (?,?,?,?)"
            " ON CONFLICT (message_id, person_id) DO UPDATE SET state = excluded.state, at = excluded.at",
            (receipt.message_id, receipt.person_id, receipt.state, receipt.at),
        )

    def receipts(self, message_id: bytes) -> list[Receipt]:
        found = self._db.rows(
            "SELECT person_id, state, at FROM receipts WHERE message_id = ? ORDER BY person_id", (message_id,)
        )
        return [Receipt(message_id, PersonId(person), state, Instant(at)) for person, state, at in found]

    def receipt_state(self, message_id: bytes, person_id: PersonId) -> str | None:
        where = "message_id = ? AND person_id = ?"
        for (state,) in self._db.rows(f"SELECT state FROM receipts WHERE {where}", (message_id, person_id)):
            return str(state)
        return None

    def receipt_states(self, message_id: bytes) -> set[str]:
        found = self._db.rows("SELECT state FROM receipts WHERE message_id = ?", (message_id,))
        return {state for (state,) in found}

    def waited_for(self, conversation_id: ConversationId) -> set[PersonId]:
        found = self._db.rows(
            "SELECT DISTINCT receipts.person_id FROM receipts JOIN messages USING (message_id)"
            " WHERE conversation_id = ? AND receipts.state = 'queued'",
            (conversation_id,),
        )
        return {PersonId(person_id) for (person_id,) in found}

    def undelivered(self, conversation_id: ConversationId, person_id: PersonId) -> list[Message]:
        columns = ", ".join(f"messages.{column}" for column in COLUMNS.split(", "))
        found = self._db.rows(
            f"SELECT {columns} FROM receipts JOIN messages USING (message_id)"
            " WHERE receipts.person_id = ? AND receipts.state = 'queued' AND conversation_id = ? ORDER BY row",
            (person_id, conversation_id),
        )
        return [_message(row) for row in found]

    def put_report(self, conversation_id: ConversationId, message_id: bytes, status: int, due: Instant) -> None:
        self._db.run(
            "INSERT INTO reports (conversation_id, message_id, status, due) VALUES (?,?,?,?)"
            " ON CONFLICT (conversation_id, message_id) DO UPDATE SET status = max(status, excluded.status)",
            (conversation_id, message_id, status, due),
        )

    def reports(self, conversation_id: ConversationId) -> list[tuple[bytes, int, Instant]]:
        found = self._db.rows(
            "SELECT message_id, status, due FROM reports WHERE conversation_id = ? ORDER BY due, message_id",
            (conversation_id,),
        )
        return [(message_id, status, Instant(due)) for message_id, status, due in found]

    def reports_due(self) -> list[tuple[ConversationId, Instant]]:
        found = self._db.rows("SELECT conversation_id, min(due) FROM reports GROUP BY conversation_id ORDER BY 2")
        return [(ConversationId(conversation), Instant(due)) for conversation, due in found]

    def clear_reports(self, conversation_id: ConversationId) -> None:
        self._db.run("DELETE FROM reports WHERE conversation_id = ?", (conversation_id,))

    def _one(self, where: str, values: tuple[Any, ...]) -> Message | None:
        for row in self._db.rows(f"SELECT {COLUMNS} FROM messages WHERE {where} LIMIT 1", values):
            return _message(row)
        return None


def _message(row: tuple[Any, ...]) -> Message:
    return Message(
        message_id=row[0],
        conversation_id=ConversationId(row[1]),
        person_id=PersonId(row[2]),
        device_id=DeviceId(row[3]),
        kind=row[4],
        order=row[5],
        content=row[6],
        text=row[7],
        state=row[8],
        number=row[9],
        client_id=row[10],
        sent_at=Instant(row[11]),
        received_at=Instant(row[12]),
        reason=row[13],
        attempts=row[14],
    )
