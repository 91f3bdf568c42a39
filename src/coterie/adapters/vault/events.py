"""Events for programs (mirrors `engine/ports/events.py`)."""

import json
from collections.abc import Mapping

from coterie.adapters.vault.database import Database
from coterie.core.engine.ports.events import UNBOUNDED, Event
from coterie.core.kernel.world import Instant

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Made once: `json.dumps` would make one for each event."""

EMPTIED = ""
"""The kind of a row that only keeps its id."""


class EventsTable:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, at: Instant, kind: str, data: Mapping[str, object]) -> int:
        text = _ENCODE(data)
        self._db.run("INSERT INTO events (at, kind, data) VALUES (?,?,?)", (at, kind, text))
        return self._db.last_row_id()

    def since(self, event_id: int, limit: int, size: int = UNBOUNDED) -> list[Event]:
        last = event_id
        sizes = "SELECT id, octet_length(data) FROM events WHERE id > ? ORDER BY id LIMIT ?"  # reads no text
        for row_id, octets in self._db.rows(sizes, (event_id, limit)):
            size -= octets
            if size < 0 and last != event_id:
                break
            last = row_id
        found = self._db.rows(
            f"SELECT id, at, kind, data FROM events WHERE id > ? AND id <= ? AND kind <> '{EMPTIED}' ORDER BY id",
            (event_id, last),
        )
        return [Event(row_id, Instant(at), kind, json.loads(data)) for row_id, at, kind, data in found]

    def last_id(self) -> int:
        return self._db.count("SELECT coalesce(max(id), 0) FROM events")

    def prune(self, before: Instant) -> None:
        """The last row stays, without its content: the next id is one more than it. (AUTOINCREMENT would do the same at
        the price of one more page in every commit.)"""
        last = self.last_id()
        self._db.run("DELETE FROM events WHERE at < ? AND id < ?", (before, last))
        self._db.run("UPDATE events SET kind = ?, data = '{}' WHERE id = ? AND at < ?", (EMPTIED, last, before))
