"""The vault of one node: its database at the current schema, and the transaction of the driver's batches."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from coterie.adapters.vault.database import Database
from coterie.adapters.vault.migrate import (
    Migration,
    apply_migrations,
    bring_up_to_date,
    migrations,
    refuse_newer,
)
from coterie.adapters.vault.store import VaultStore
from coterie.core.kernel.secret import Secret


class Vault:
    """One writer. `begin`, any number of `savepoint`s, then `commit` or `rollback`.

    `commit` may run in another thread than `begin`; calls never overlap (a second one at the same moment is a bug and
    raises RuntimeError).
    """

    __slots__ = ("_database", "_store")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._store = VaultStore(database)

    @classmethod
    def create(cls, path: Path, key: Secret, steps: tuple[Migration, ...] | None = None) -> Self:
        """A new vault at `path` under a raw 32-byte key. Raises `vault-exists`, `data-dir-…` or `disk-full`."""
        wanted = migrations() if steps is None else steps
        return cls(Database.create(path, key, lambda database: apply_migrations(database, wanted)))

    @classmethod
    def open(cls, path: Path, key: Secret, steps: tuple[Migration, ...] | None = None) -> Self:
        """The vault at `path`, migrated if it is older.

        Raises `db-corrupt`, `already-running`, `needs-newer-version`, `data-dir-…` or `disk-full`; the vault is then
        what it was.
        """
        wanted = migrations() if steps is None else steps
        database = Database.open(path, key)
        try:
            refuse_newer(database, wanted)
            database.prepare()
            bring_up_to_date(database, wanted, path, key)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @classmethod
    def memory(cls, steps: tuple[Migration, ...] | None = None) -> Self:
        """The same vault on :memory:, for tests and worlds."""
        database = Database.memory()
        apply_migrations(database, migrations() if steps is None else steps)
        return cls(database)

    @property
    def store(self) -> VaultStore:
        """The repositories, for the engine."""
        return self._store

    @property
    def database(self) -> Database:
        """What the repositories run their statements on."""
        return self._database

    @property
    def in_batch(self) -> bool:
        """False when there is no open batch: not begun, or ended by the database itself (a full disk)."""
        return self._database.in_transaction

    def begin(self) -> None:
        """Opens the batch's transaction."""
        self._database.begin()

    def savepoint(self) -> AbstractContextManager[None]:
        """One input of the batch: an exception undoes this input alone and goes on to the caller."""
        return self._database.savepoint()

    def commit(self) -> None:
        """Makes the batch durable (WAL, synchronous=FULL). After an error nothing of it was kept.

        Raises `data-dir-missing` when the files were removed under us.
        """
        self._database.commit()

    def rollback(self) -> None:
        """Drops the batch."""
        self._database.rollback()

    def close(self) -> None:
        """Ends the connection and frees the file for another process."""
        self._database.close()
