"""Conversations, MLS groups and their rows, logs, staged and held commits (mirrors `engine/ports/conversations.py`)."""

from typing import Any

from coterie.adapters.vault.database import Database
from coterie.core.engine.ports.conversations import Conversation, GroupRecord, Held, Staged
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, EnvelopeId, EpochId
from coterie.core.kernel.world import Instant

CONVERSATION = "conversation_id, circle_id, kind, partner, group_id, state, clock, next_number, first, created_at"
GROUP = "group_id, conversation_id, founder, steward, epoch, epoch_id, created_at"


class MlsRowsTable:
    """The rows of one group."""

    def __init__(self, db: Database, group_id: bytes) -> None:
        self._db = db
        self._group_id = group_id

    def get(self, key: str) -> bytes | None:
        found = self._db.rows("SELECT value FROM mls_rows WHERE group_id = ? AND key = ?", (self._group_id, key))
        for (value,) in found:
            return bytes(value)
        return None

    def keys(self, prefix: str) -> list[str]:
        end = prefix + "\U0010ffff"
        found = self._db.rows(
            "SELECT key FROM mls_rows WHERE group_id = ? AND key >= ? AND key < ? ORDER BY key",
            (self._group_id, prefix, end),
        )
        return [key for (key,) in found]

    def write(self, changes: tuple[tuple[str, bytes | None], ...]) -> None:
        for key, value in changes:
            if value is None:
                self._db.run("DELETE FROM mls_rows WHERE group_id = ? AND key = ?", (self._group_id, key))
            else:
                self._db.run(
                    "INSERT INTO mls_rows (group_id, key, value) VALUES (?,?,?)"
                    " ON CONFLICT (group_id, key) DO UPDATE SET value = excluded.value",
                    (self._group_id, key, value),
                )


class ConversationsTable:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, conversation: Conversation) -> None:
        values = (
            conversation.conversation_id,
            conversation.circle_id,
            conversation.kind,
            conversation.partner,
            conversation.group_id,
            conversation.state,
            conversation.clock,
            conversation.next_number,
            conversation.first,
            conversation.created_at,
        )
        self._db.run(f"INSERT INTO conversations ({CONVERSATION}) VALUES (?,?,?,?,?,?,?,?,?,?)", values)

    def take_number(self, conversation_id: ConversationId, clock: bytes = b"") -> int:
        if clock:
            return self._db.count(
                "UPDATE conversations SET next_number = next_number + 1, clock = ? WHERE conversation_id = ?"
                " RETURNING next_number - 1",
                (clock, conversation_id),
            )
        return self._db.count(
            "UPDATE conversations SET next_number = next_number + 1 WHERE conversation_id = ? RETURNING next_number - 1",
            (conversation_id,),
        )

    def send_on(self, conversation_id: ConversationId, group_id: bytes) -> None:
        self._db.run(
            "UPDATE conversations SET group_id = ?, first = next_number WHERE conversation_id = ?",
            (group_id, conversation_id),
        )

    def set_clock(self, conversation_id: ConversationId, clock: bytes) -> None:
        self._db.run("UPDATE conversations SET clock = ? WHERE conversation_id = ?", (clock, conversation_id))

    def set_state(self, conversation_id: ConversationId, state: str) -> None:
        self._db.run("UPDATE conversations SET state = ? WHERE conversation_id = ?", (state, conversation_id))

    def get(self, conversation_id: ConversationId) -> Conversation | None:
        found = self._db.rows(f"SELECT {CONVERSATION} FROM conversations WHERE conversation_id = ?", (conversation_id,))
        for row in found:
            return _conversation(row)
        return None

    def all(self, circle_id: CircleId) -> list[Conversation]:
        found = self._db.rows(
            f"SELECT {CONVERSATION} FROM conversations WHERE circle_id = ? ORDER BY created_at, conversation_id",
            (circle_id,),
        )
        return [_conversation(row) for row in found]

    def put_group(self, group: GroupRecord) -> None:
        values = (
            group.group_id,
            group.conversation_id,
            group.founder,
            group.steward,
            group.epoch,
            group.epoch_id,
            group.created_at,
        )
        self._db.run(f"REPLACE INTO mls_groups ({GROUP}) VALUES (?,?,?,?,?,?,?)", values)

    def group(self, group_id: bytes) -> GroupRecord | None:
        for row in self._db.rows(f"SELECT {GROUP} FROM mls_groups WHERE group_id = ?", (group_id,)):
            return _group(row)
        return None

    def groups(self, conversation_id: ConversationId) -> list[GroupRecord]:
        found = self._db.rows(
            f"SELECT {GROUP} FROM mls_groups WHERE conversation_id = ? ORDER BY created_at, group_id",
            (conversation_id,),
        )
        return [_group(row) for row in found]

    def delete_group(self, group_id: bytes) -> None:
        for table in ("mls_rows", "epochs", "staged_commits", "mls_groups"):
            self._db.run(f"DELETE FROM {table} WHERE group_id = ?", (group_id,))

    def rows(self, group_id: bytes) -> MlsRowsTable:
        return MlsRowsTable(self._db, group_id)

    def add_epoch(self, group_id: bytes, epoch: int, epoch_id: EpochId, now: Instant) -> None:
        self._db.run(
            "INSERT OR IGNORE INTO epochs (group_id, epoch, epoch_id, entered_at) VALUES (?,?,?,?)",
            (group_id, epoch, epoch_id, now),
        )

    def epochs(self, group_id: bytes) -> list[tuple[int, EpochId]]:
        found = self._db.rows("SELECT epoch, epoch_id FROM epochs WHERE group_id = ? ORDER BY epoch", (group_id,))
        return [(epoch, EpochId(epoch_id)) for epoch, epoch_id in found]

    def epochs_entered_before(self, at: Instant) -> list[tuple[bytes, int]]:
        return [
            (group_id, epoch)
            for group_id, epoch in self._db.rows("SELECT group_id, epoch FROM epochs WHERE entered_at < ?", (at,))
        ]

    def put_staged(self, staged: Staged) -> None:
        self._db.run(
            "REPLACE INTO staged_commits (group_id, envelope_id, epoch_id, staged, staged_at) VALUES (?,?,?,?,?)",
            (staged.group_id, staged.envelope_id, staged.epoch_id, staged.commit, staged.staged_at),
        )

    def staged(self, group_id: bytes) -> Staged | None:
        found = self._db.rows(
            "SELECT envelope_id, epoch_id, staged, staged_at FROM staged_commits WHERE group_id = ?",
            (group_id,),
        )
        for envelope_id, epoch_id, staged, at in found:
            return Staged(group_id, EnvelopeId(envelope_id), EpochId(epoch_id), staged, Instant(at))
        return None

    def delete_staged(self, group_id: bytes) -> None:
        self._db.run("DELETE FROM staged_commits WHERE group_id = ?", (group_id,))

    def hold(self, held: Held) -> None:
        self._db.run(
            "INSERT OR IGNORE INTO held_envelopes"
            " (envelope_id, conversation_id, group_id, epoch, from_device, reason, data, received_at)"
            " VALUES (?,?,?,?,?,?,?,?)",
            (
                held.envelope_id,
                held.conversation_id,
                held.group_id,
                held.epoch,
                held.from_device,
                held.reason,
                held.data,
                held.received_at,
            ),
        )

    def held(self, conversation_id: ConversationId) -> list[Held]:
        found = self._db.rows(
            "SELECT envelope_id, group_id, epoch, from_device, reason, data, received_at FROM held_envelopes"
            " WHERE conversation_id = ? ORDER BY epoch, received_at, rowid",
            (conversation_id,),
        )
        return [
            Held(EnvelopeId(eid), conversation_id, group_id, epoch, DeviceId(device), reason, data, Instant(at))
            for eid, group_id, epoch, device, reason, data, at in found
        ]

    def held_from(self, device_id: DeviceId) -> int:
        return self._db.count("SELECT count(*) FROM held_envelopes WHERE from_device = ?", (device_id,))

    def drop_held_before(self, at: Instant) -> None:
        self._db.run("DELETE FROM held_envelopes WHERE received_at < ?", (at,))

    def delete_held(self, envelope_id: EnvelopeId) -> None:
        self._db.run("DELETE FROM held_envelopes WHERE envelope_id = ?", (envelope_id,))


def _conversation(row: tuple[Any, ...]) -> Conversation:
    conversation_id, circle_id, kind, partner, group_id, state, clock, next_number, first, created_at = row
    return Conversation(
        ConversationId(conversation_id),
        CircleId(circle_id),
        kind,
        partner,
        group_id,
        state,
        clock,
        next_number,
        first,
        Instant(created_at),
    )


def _group(row: tuple[Any, ...]) -> GroupRecord:
    group_id, conversation_id, founder, steward, epoch, epoch_id, created_at = row
    return GroupRecord(
        group_id,
        ConversationId(conversation_id),
        DeviceId(founder),
        DeviceId(steward),
        epoch,
        EpochId(epoch_id),
        Instant(created_at),
    )
