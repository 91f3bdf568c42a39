"""Bringing a database to the schema of this program: numbered SQL files, applied in one transaction.

The number of a file is the version that the database has after it (`PRAGMA user_version`). A file that was released
is never edited; a change is a new file.
"""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from coterie.adapters.vault.database import Database
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: the version that it leads to, and its SQL statements."""

    version: int
    sql: str


def migrations() -> tuple[Migration, ...]:
    """The steps of this program, in order, from the files `migrations/NNNN_name.sql`."""
    folder = resources.files("coterie.adapters.vault").joinpath("migrations")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name)
    steps = tuple(Migration(int(entry.name[:4]), entry.read_text(encoding="utf-8")) for entry in files)
    if [step.version for step in steps] != list(range(1, len(steps) + 1)):
        raise RuntimeError("the migration files are not numbered 1, 2, 3 …")
    return steps


def refuse_newer(database: Database, steps: tuple[Migration, ...]) -> None:
    """Raises `needs-newer-version` for a database that a later program wrote; it stays as it is (T114)."""
    if database.version > len(steps):
        raise UserError(
            "needs-newer-version",
            "this vault was written by a newer version of Coterie",
            "install that version or a later one; nothing was changed",
        )


def apply_migrations(database: Database, steps: tuple[Migration, ...]) -> None:
    """Runs the steps that are missing, all in one transaction: afterwards all of them hold, or none."""
    missing = steps[database.version :]
    if not missing:
        return
    database.begin()
    try:
        for step in missing:
            database.run(step.sql)
        database.run(f"PRAGMA user_version = {len(steps)}")
    except BaseException:
        database.rollback()
        raise
    database.commit()


def bring_up_to_date(database: Database, steps: tuple[Migration, ...], path: Path, key: Secret) -> None:
    """Migrates an opened file, keeping an encrypted copy of it as it was: `vault.db.version-N` beside it."""
    before = database.version
    if 0 < before < len(steps):
        database.copy_to(path.with_name(f"{path.name}.version-{before}"), key)
    apply_migrations(database, steps)
