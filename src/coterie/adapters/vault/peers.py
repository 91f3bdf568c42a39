"""Contacts and KeyPackages (mirrors `engine/ports/peers.py`)."""

from typing import Any

from coterie.adapters.vault.database import Database
from coterie.core.engine.ports.peers import Contact, OwnKeyPackage
from coterie.core.kernel.ids import CircleId, DeviceId, PersonId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant

OWN = "circle_id, ref, for_device, data, private, last_resort, created_at"


class PeersTable:
    def __init__(self, db: Database) -> None:
        self._db = db

    def put_contact(self, contact: Contact) -> None:
        self._db.run(
            "REPLACE INTO contacts (circle_id, person_id, words, verified_at) VALUES (?,?,?,?)",
            (contact.circle_id, contact.person_id, contact.words, contact.verified_at),
        )

    def contact(self, circle_id: CircleId, person_id: PersonId) -> Contact | None:
        found = self._db.rows(
            "SELECT words, verified_at FROM contacts WHERE circle_id = ? AND person_id = ?",
            (circle_id, person_id),
        )
        for words, verified_at in found:
            return Contact(circle_id, person_id, words, Instant(verified_at))
        return None

    def put_own_key_package(self, package: OwnKeyPackage) -> None:
        values = (
            package.circle_id,
            package.ref,
            package.for_device,
            package.data,
            package.private.reveal(),
            int(package.last_resort),
            package.created_at,
        )
        self._db.run(f"REPLACE INTO own_key_packages ({OWN}) VALUES (?,?,?,?,?,?,?)", values)

    def own_key_package(self, ref: bytes) -> OwnKeyPackage | None:
        for row in self._db.rows(f"SELECT {OWN} FROM own_key_packages WHERE ref = ?", (ref,)):
            return _own(row)
        return None

    def own_key_packages(self, circle_id: CircleId, for_device: bytes) -> list[OwnKeyPackage]:
        found = self._db.rows(
            f"SELECT {OWN} FROM own_key_packages WHERE circle_id = ? AND for_device = ? ORDER BY created_at DESC, ref",
            (circle_id, for_device),
        )
        return [_own(row) for row in found]

    def delete_own_key_package(self, ref: bytes) -> None:
        self._db.run("DELETE FROM own_key_packages WHERE ref = ?", (ref,))

    def add_key_package(self, circle_id: CircleId, device_id: DeviceId, ref: bytes, data: bytes, now: Instant) -> None:
        self._db.run(
            "INSERT OR IGNORE INTO peer_key_packages (ref, circle_id, device_id, data, received_at) VALUES (?,?,?,?,?)",
            (ref, circle_id, device_id, data, now),
        )

    def take_key_package(self, circle_id: CircleId, device_id: DeviceId) -> bytes | None:
        found = self._db.rows(
            "SELECT ref, data FROM peer_key_packages WHERE circle_id = ? AND device_id = ?"
            " ORDER BY received_at, ref LIMIT 1",
            (circle_id, device_id),
        )
        if not found:
            return None
        ref, data = found[0]
        self._db.run("DELETE FROM peer_key_packages WHERE ref = ?", (ref,))
        return bytes(data)

    def key_package_count(self, circle_id: CircleId, device_id: DeviceId) -> int:
        return self._db.count(
            "SELECT count(*) FROM peer_key_packages WHERE circle_id = ? AND device_id = ?",
            (circle_id, device_id),
        )


def _own(row: tuple[Any, ...]) -> OwnKeyPackage:
    circle_id, ref, for_device, data, private, last_resort, created_at = row
    return OwnKeyPackage(
        CircleId(circle_id), ref, for_device, data, Secret(private), bool(last_resort), Instant(created_at)
    )
