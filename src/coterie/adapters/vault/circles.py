"""Circles, keys and joins (mirrors `engine/ports/circles.py`)."""

from typing import Any

from coterie.adapters.vault.database import Database
from coterie.core.engine.ports.circles import Circle, Join, Key
from coterie.core.kernel.ids import CircleId, DeviceId, PersonId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant

CIRCLE = "circle_id, name, suite_id, person_id, device_id, pseudonym, state, created_at"
KEY = "circle_id, purpose, key_id, private, public, created_at, retired_at, port"
JOIN = "circle_id, invitation_id, invitation, pseudonym, state, code, pending, words, created_at"


class CirclesTable:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, circle: Circle) -> None:
        self._db.run(f"INSERT INTO circles ({CIRCLE}) VALUES (?,?,?,?,?,?,?,?)", _circle_row(circle))

    def update(self, circle: Circle) -> None:
        self._db.run(f"REPLACE INTO circles ({CIRCLE}) VALUES (?,?,?,?,?,?,?,?)", _circle_row(circle))

    def get(self, circle_id: CircleId) -> Circle | None:
        for row in self._db.rows(f"SELECT {CIRCLE} FROM circles WHERE circle_id = ?", (circle_id,)):
            return _circle(row)
        return None

    def all(self) -> list[Circle]:
        return [_circle(row) for row in self._db.rows(f"SELECT {CIRCLE} FROM circles ORDER BY created_at, circle_id")]

    def put_key(self, key: Key) -> None:
        values = (
            key.circle_id,
            key.purpose,
            key.key_id,
            key.private.reveal(),
            key.public,
            key.created_at,
            key.retired_at,
            key.port,
        )
        self._db.run(f"REPLACE INTO keys ({KEY}) VALUES (?,?,?,?,?,?,?,?)", values)

    def keys(self, circle_id: CircleId, purpose: str) -> list[Key]:
        found = self._db.rows(
            f"SELECT {KEY} FROM keys WHERE circle_id = ? AND purpose = ? ORDER BY created_at DESC, key_id",
            (circle_id, purpose),
        )
        return [_key(row) for row in found]

    def delete_key(self, circle_id: CircleId, purpose: str, key_id: bytes) -> None:
        self._db.run(
            "DELETE FROM keys WHERE circle_id = ? AND purpose = ? AND key_id = ?",
            (circle_id, purpose, key_id),
        )

    def put_join(self, join: Join) -> None:
        values = (
            join.circle_id,
            join.invitation_id,
            join.invitation,
            join.pseudonym,
            join.state,
            join.code,
            join.pending.reveal(),
            join.words,
            join.created_at,
        )
        self._db.run(f"REPLACE INTO joins ({JOIN}) VALUES (?,?,?,?,?,?,?,?,?)", values)

    def join_of(self, invitation_id: bytes) -> Join | None:
        for row in self._db.rows(f"SELECT {JOIN} FROM joins WHERE invitation_id = ?", (invitation_id,)):
            return _join(row)
        return None

    def joins(self) -> list[Join]:
        return [_join(row) for row in self._db.rows(f"SELECT {JOIN} FROM joins ORDER BY created_at")]


def _circle_row(circle: Circle) -> tuple[Any, ...]:
    return (
        circle.circle_id,
        circle.name,
        circle.suite_id,
        circle.person_id,
        circle.device_id,
        circle.pseudonym,
        circle.state,
        circle.created_at,
    )


def _circle(row: tuple[Any, ...]) -> Circle:
    circle_id, name, suite_id, person_id, device_id, pseudonym, state, created_at = row
    return Circle(
        CircleId(circle_id),
        name,
        suite_id,
        PersonId(person_id),
        DeviceId(device_id),
        pseudonym,
        state,
        Instant(created_at),
    )


def _key(row: tuple[Any, ...]) -> Key:
    circle_id, purpose, key_id, private, public, created_at, retired_at, port = row
    return Key(
        CircleId(circle_id),
        purpose,
        key_id,
        Secret(private),
        public,
        Instant(created_at),
        Instant(retired_at),
        port,
    )


def _join(row: tuple[Any, ...]) -> Join:
    circle_id, invitation_id, invitation, pseudonym, state, code, pending, words, created_at = row
    return Join(
        CircleId(circle_id),
        invitation_id,
        invitation,
        pseudonym,
        state,
        code,
        Secret(pending),
        words,
        Instant(created_at),
    )
