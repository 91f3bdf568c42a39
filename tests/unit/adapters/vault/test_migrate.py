"""Migrations: one transaction, a sealed copy before, and a newer database left alone."""

from pathlib import Path

import pytest

from coterie.adapters.vault.database import KEY_SIZE, Database
from coterie.adapters.vault.migrate import Migration, apply_migrations, bring_up_to_date, migrations, refuse_newer
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret

KEY = Secret(bytes(range(KEY_SIZE)))
ONE = Migration(1, "CREATE TABLE note (id INTEGER PRIMARY KEY) STRICT; INSERT INTO note VALUES (1);")
TWO = Migration(2, "CREATE TABLE tag (id INTEGER PRIMARY KEY) STRICT; INSERT INTO note VALUES (2);")
BROKEN = Migration(3, "INSERT INTO note VALUES (3); INSERT INTO nowhere VALUES (1);")


def test_the_files_of_this_program_are_numbered_and_apply() -> None:
    steps = migrations()
    database = Database.memory()
    apply_migrations(database, steps)
    assert database.version == len(steps)


def test_missing_steps_are_applied_once() -> None:
    database = Database.memory()
    apply_migrations(database, (ONE,))
    apply_migrations(database, (ONE, TWO))
    apply_migrations(database, (ONE, TWO))
    assert database.version == 2
    assert database.rows("SELECT id FROM note") == [(1,), (2,)]


def test_T115_a_step_that_fails_takes_the_others_with_it() -> None:
    database = Database.memory()
    apply_migrations(database, (ONE,))
    with pytest.raises(RuntimeError, match="refused a statement"):
        apply_migrations(database, (ONE, TWO, BROKEN))
    assert database.version == 1
    assert database.rows("SELECT id FROM note") == [(1,)]


def test_T114_an_older_file_is_migrated_and_a_sealed_copy_kept(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    Database.create(path, KEY, lambda database: apply_migrations(database, (ONE,))).close()
    database = Database.open(path, KEY)
    database.prepare()
    bring_up_to_date(database, (ONE, TWO), path, KEY)
    assert database.version == 2
    database.close()
    copy = Database.open(tmp_path / "vault.db.version-1", KEY)
    assert copy.version == 1
    assert copy.rows("SELECT id FROM note") == [(1,)]
    copy.close()


def test_T114_a_newer_database_is_refused() -> None:
    database = Database.memory()
    apply_migrations(database, (ONE, TWO))
    with pytest.raises(UserError) as caught:
        refuse_newer(database, (ONE,))
    assert caught.value.code == "needs-newer-version"
