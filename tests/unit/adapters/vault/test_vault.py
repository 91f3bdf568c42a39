"""The vault as its users see it: create, open, batches."""

from pathlib import Path

import pytest

from coterie.adapters.vault.database import KEY_SIZE
from coterie.adapters.vault.migrate import Migration
from coterie.adapters.vault.vault import Vault
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret

KEY = Secret(bytes(range(KEY_SIZE)))
STEPS = (Migration(1, "CREATE TABLE note (id INTEGER PRIMARY KEY) STRICT"),)
MORE = (*STEPS, Migration(2, "CREATE TABLE tag (id INTEGER PRIMARY KEY) STRICT"))


def notes(vault: Vault) -> list[int]:
    return [row[0] for row in vault.database.rows("SELECT id FROM note ORDER BY id")]


@pytest.mark.parametrize("place", ["memory", "file"])
def test_a_batch_keeps_its_good_inputs(place: str, tmp_path: Path) -> None:
    vault = Vault.memory(STEPS) if place == "memory" else Vault.create(tmp_path / "vault.db", KEY, STEPS)
    vault.begin()
    with vault.savepoint():
        vault.database.run("INSERT INTO note VALUES (1)")
    with pytest.raises(UserError), vault.savepoint():
        vault.database.run("INSERT INTO note VALUES (2)")
        raise UserError("refused")
    with vault.savepoint():
        vault.database.run("INSERT INTO note VALUES (3)")
    vault.commit()
    assert notes(vault) == [1, 3]
    vault.begin()
    vault.database.run("INSERT INTO note VALUES (4)")
    vault.rollback()
    assert notes(vault) == [1, 3]
    vault.close()


def test_a_vault_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    Vault.create(path, KEY, STEPS).close()
    vault = Vault.open(path, KEY, MORE)
    assert vault.database.version == 2
    vault.close()


def test_a_vault_of_this_programs_schema_can_be_made_and_opened(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    Vault.create(path, KEY).close()
    Vault.open(path, KEY).close()


def test_T114_a_newer_vault_is_left_untouched_even_with_a_log(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    Vault.create(path, KEY, MORE).close()
    vault = Vault.open(path, KEY, MORE)
    vault.database.run("INSERT INTO note VALUES (1)")
    copies = tmp_path / "copy"
    copies.mkdir()
    log = path.with_name("vault.db-wal")
    (copies / path.name).write_bytes(path.read_bytes())
    (copies / log.name).write_bytes(log.read_bytes())
    vault.close()
    before = {entry.name: entry.read_bytes() for entry in copies.iterdir()}
    with pytest.raises(UserError) as caught:
        Vault.open(copies / path.name, KEY, STEPS)
    assert caught.value.code == "needs-newer-version"
    assert {entry.name: entry.read_bytes() for entry in copies.iterdir()} == before


def test_a_refused_vault_is_free_again(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    Vault.create(path, KEY, MORE).close()
    with pytest.raises(UserError):
        Vault.open(path, KEY, STEPS)
    Vault.open(path, KEY, MORE).close()


def test_a_batch_that_the_database_ended_says_so() -> None:
    vault = Vault.memory()
    assert not vault.in_batch
    vault.begin()
    assert vault.in_batch
    vault.commit()
    assert not vault.in_batch
