"""One encrypted SQLite database, one connection, one writer.

Every page of the file and of its write-ahead log is encrypted and authenticated (AEGIS-256, SQLite3 Multiple
Ciphers) under a raw 32-byte key. The connection locks the file for itself as long as it is open.

Trap: POSIX drops a process's locks on a file when that process closes *any* handle of it. So nothing here opens the
database's file by other means while a connection to it lives; `PLAINTEXT_HEADER` is looked for after closing.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import apsw

from coterie.adapters.vault.errors import DATA_DIR_MISSING, DB_CORRUPT, translated, translated_os, user_error
from coterie.adapters.vault.files import PRIVATE_FILE, check_directory, check_file, reserve, sync_directory
from coterie.adapters.vault.log_check import check_log, check_recovered, log_of
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret

Value = None | int | float | bytes | str
"""What a column can hold."""

KEY_SIZE = 32
CIPHER = "aegis"
MINIMUM_SQLITE = (3, 51, 3)
"""Older ones can lose committed rows when a write-ahead log is reset (T116)."""
PLAINTEXT_HEADER = b"SQLite format 3\x00"
LOG_SIZE = 4_608 * 1024
"""Bytes that the write-ahead log has from the start: a little more than the 1,000 pages after which it is emptied and
begun again. So no commit makes the file longer, which on disk costs several times what overwriting does."""
CLOSED, IN_USE = 0, 1
"""Marks: whether a log belongs to the database. A log that was lost would silently bring back what was before it."""
SMALLEST = 4096
"""Bytes of the smallest database: one page. SQLite takes a shorter file for a new one, and drops its log."""
STATEMENT_CACHE = 256
"""More than the statements that the repositories have, so that each is prepared once."""


def check_library(version: str | None = None) -> None:
    """Refuses a SQLite older than `MINIMUM_SQLITE`. `version` is for tests; without it, the one in use."""
    found = version if version is not None else apsw.sqlite_lib_version()
    if tuple(int(part) for part in found.split(".")) < MINIMUM_SQLITE:
        wanted = ".".join(str(part) for part in MINIMUM_SQLITE)
        raise UserError(
            "sqlite-too-old",
            f"SQLite {found} can lose data; {wanted} is the oldest that is accepted",
            "install the locked requirements again",
        )


class Database:
    """Statements and transactions, with the errors of `errors.py`. Calls must not overlap; threads may take turns."""

    __slots__ = ("_connection", "_identity", "_marked", "_path")

    def __init__(self, connection: apsw.Connection, path: Path | None) -> None:
        self._connection = connection
        self._path = path
        self._marked = False
        self._identity = _identity(path) if path is not None else None

    @classmethod
    def create(cls, path: Path, key: Secret, fill: "Callable[[Database], None]") -> Self:
        """Makes a new database, which appears under its name only once `fill` has written the schema.

        Raises `vault-exists` when there is one, `data-dir-…` or `disk-full`; nothing is left behind then.
        """
        check_library()
        check_directory(path.parent)
        if path.exists():
            raise UserError("vault-exists", "there is a vault here already", "use it, or choose another --home")
        fresh = path.with_name(path.name + ".new")
        try:
            _make_empty(fresh)
            database = cls(_connect(fresh, key), fresh)
            try:
                database.prepare()
                fill(database)
            finally:
                database.close()
            _refuse_plaintext(fresh)
            fresh.rename(path)
            sync_directory(path.parent)
        except OSError as error:
            raise translated_os(error) from error
        finally:
            fresh.unlink(missing_ok=True)
        database = cls.open(path, key)
        database.prepare()
        return database

    @classmethod
    def open(cls, path: Path, key: Secret) -> Self:
        """Opens and reads the first page, changing nothing on disk; `prepare` makes it ready for writing.

        Raises `db-corrupt` (a wrong raw key looks the same), `already-running` or `data-dir-…`.
        """
        check_library()
        check_file(path)
        if path.stat().st_size < SMALLEST:
            raise user_error(DB_CORRUPT)
        has_log = check_log(path, LOG_SIZE)
        database = cls(_connect(path, key), path)
        try:
            if database.mark == IN_USE and not has_log:
                raise user_error(DB_CORRUPT)
            check_recovered(path, database.log_frames())
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def memory(cls) -> Self:
        """The same in memory, for tests: no file and no key, everything else alike."""
        check_library()
        connection = apsw.Connection(":memory:", statementcachesize=STATEMENT_CACHE)
        database = cls(connection, None)
        database.prepare()
        return database

    def prepare(self) -> None:
        """Write-ahead log, full durability, enforced references, overwritten free space."""
        try:
            if self._path is not None:
                self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
                self._connection.pragma("journal_mode", "wal")
                reserve(log_of(self._path), LOG_SIZE)
            for name, value in (
                ("synchronous", "FULL"),
                ("foreign_keys", "ON"),
                ("secure_delete", "ON"),
                ("temp_store", "MEMORY"),
                ("trusted_schema", "OFF"),
            ):
                self._connection.pragma(name, value)
        except apsw.Error as error:
            raise translated(error) from error
        if self._path is not None:
            self._mark_in_use()

    @property
    def mark(self) -> int:
        """`IN_USE` from the first write on until it is closed (`PRAGMA application_id`)."""
        return self.count("PRAGMA application_id")

    def _mark_in_use(self) -> None:
        """In the database's own file, so that it says there is a log even when the log is lost."""
        if self.mark != IN_USE:
            self.run(f"PRAGMA application_id = {IN_USE}")
            self.rows("PRAGMA wal_checkpoint(PASSIVE)")
        self._marked = True

    def _mark_closed(self) -> None:
        """If that cannot be written the log stays, and the mark with it."""
        try:
            self.rollback()
            self.run(f"PRAGMA application_id = {CLOSED}")
        except Exception:  # noqa: BLE001 - a disk that fails or is full: the next start finds the log
            self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)

    def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Runs one statement; returns how many rows it changed."""
        try:
            self._connection.execute(sql, values)
            return self._connection.changes()
        except apsw.Error as error:
            raise translated(error) from error

    def run_many(self, sql: str, values: Iterable[Sequence[Value]]) -> None:
        """Runs one statement once for each of `values`."""
        try:
            self._connection.executemany(sql, values)
        except apsw.Error as error:
            raise translated(error) from error

    def count(self, sql: str, values: Sequence[Value] = ()) -> int:
        """The one whole number that a query gives."""
        (number,) = self.rows(sql, values)[0]
        return int(number)

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise translated(error) from error

    def row(self, sql: str, values: Sequence[Value] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        try:
            return self._connection.execute(sql, values).fetchone()
        except apsw.Error as error:
            raise translated(error) from error

    @property
    def changes(self) -> int:
        """How many rows were inserted, updated or deleted since this was opened, undone ones included."""
        return self._connection.total_changes()

    def last_row_id(self) -> int:
        """The rowid that the latest INSERT took."""
        return self._connection.last_insert_rowid()

    @property
    def version(self) -> int:
        """The schema's number (`PRAGMA user_version`), 0 for an empty database."""
        row = self.row("PRAGMA user_version")
        if row is None or not isinstance(row[0], int):
            raise user_error(DB_CORRUPT)
        return row[0]

    def log_frames(self) -> int:
        """Frames of the write-ahead log that count; looking changes nothing."""
        row = self.row("PRAGMA wal_checkpoint = NOOP")
        return 0 if row is None else max(0, row[1])

    def begin(self) -> None:
        """Opens the write transaction."""
        self.run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Makes the transaction durable. After an error it is gone: nothing of it was kept.

        Raises `data-dir-missing` when the file was removed under us (T113).
        """
        if self._path is not None and _identity(self._path) != self._identity:
            self.rollback()
            raise user_error(DATA_DIR_MISSING)
        try:
            self.run("COMMIT")
        except Exception:
            self.rollback()
            self._overwrite_log()
            raise

    def _overwrite_log(self) -> None:
        """A transaction whose sync failed may stand whole in the log, and would be back after a crash though everybody
        was told that it failed. The next commit takes its place there: this one, which changes nothing."""
        with suppress(Exception):  # a disk that goes on failing cannot be helped
            self.run(f"PRAGMA user_version = {self.version}")

    def rollback(self) -> None:
        """Drops the open transaction; does nothing when there is none (a full disk has ended it already)."""
        if self._connection.in_transaction:
            self.run("ROLLBACK")

    @property
    def in_transaction(self) -> bool:
        """False when SQLite has ended the transaction by itself, as it does when the disk is full."""
        return self._connection.in_transaction

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Keeps what is done inside, or on an exception undoes exactly that and lets the exception go on."""
        self.run("SAVEPOINT step")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self.run("ROLLBACK TO step")
                self.run("RELEASE step")
            raise
        self.run("RELEASE step")

    def copy_to(self, path: Path, key: Secret) -> None:
        """A whole, encrypted copy in another file, durable when this returns; replaces an older one."""
        fresh = path.with_name(path.name + ".new")
        try:
            _make_empty(fresh)
            target = _connect(fresh, key)
            try:
                with target.backup("main", self._connection, "main") as backup:
                    backup.step()
                target.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
                target.execute(f"PRAGMA application_id = {CLOSED}")
            finally:
                target.close()
            _refuse_plaintext(fresh)
            fresh.replace(path)
            sync_directory(path.parent)
        except apsw.Error as error:
            raise translated(error) from error
        except OSError as error:
            raise translated_os(error) from error
        finally:
            fresh.unlink(missing_ok=True)

    def close(self) -> None:
        """Ends the connection and its lock; an open transaction is dropped."""
        if self._marked:
            self._mark_closed()
        try:
            self._connection.close()
        except apsw.Error as error:
            raise translated(error) from error


def _connect(path: Path, key: Secret) -> apsw.Connection:
    # A raw key of any other length would silently be stretched as if it were a passphrase.
    if len(key) != KEY_SIZE:
        raise ValueError(f"a vault key has {KEY_SIZE} bytes")
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, statementcachesize=STATEMENT_CACHE)
        try:
            _unlock(connection, key)
        except BaseException:
            connection.close()
            raise
    except apsw.Error as error:
        raise translated(error) from error
    return connection


def _unlock(connection: apsw.Connection, key: Secret) -> None:
    # Until `prepare` nothing may change on disk, so that a database of a newer version stays untouched (T114).
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    if connection.pragma("cipher", CIPHER) != CIPHER:
        raise UserError(
            "no-encryption",
            "the installed SQLite cannot encrypt",
            "install the locked requirements again: apsw must not stand beside apsw-sqlite3mc",
        )
    connection.execute(f"PRAGMA key = 'raw:{key.reveal().hex()}'", can_cache=False)
    connection.pragma("locking_mode", "EXCLUSIVE")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()


def _make_empty(path: Path) -> None:
    for suffix in ("", "-wal", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))


def _refuse_plaintext(path: Path) -> None:
    with path.open("rb") as stream:
        if stream.read(len(PLAINTEXT_HEADER)) == PLAINTEXT_HEADER:
            raise RuntimeError("the new database is not encrypted")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - half the cost of Path.stat, before every batch
    except OSError:
        return None
    return status.st_dev, status.st_ino
