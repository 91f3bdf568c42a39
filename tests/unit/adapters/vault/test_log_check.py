"""Damage to the write-ahead log of a vault that was not closed (T112)."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from coterie.adapters.vault.database import KEY_SIZE, LOG_SIZE, Database
from coterie.adapters.vault.log_check import log_of
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret

KEY = Secret(bytes(range(KEY_SIZE)))
ROWS = 40
FRAME = 24 + 4096


def fill(database: Database) -> None:
    database.run("CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")


def not_closed(directory: Path) -> Path:
    """What is on disk when a process with `ROWS` transactions of its own was killed."""
    path, copy = directory / "vault.db", directory / "copy" / "vault.db"
    Database.create(path, KEY, fill).close()
    database = Database.open(path, KEY)
    database.prepare()
    for number in range(ROWS):
        database.begin()
        database.run("INSERT INTO note (id, body) VALUES (?, zeroblob(6000))", (number,))
        database.commit()
    copy.parent.mkdir()
    for one in (path, log_of(path)):
        shutil.copy(one, copy.parent / one.name)
    database.close()
    return copy


def rows_of(path: Path) -> int | str:
    """How many rows come back, or the code of the refusal."""
    try:
        database = Database.open(path, KEY)
    except UserError as error:
        return error.code
    try:
        return database.count("SELECT count(*) FROM note")
    finally:
        database.close()


def used(log: Path) -> int:
    """Bytes of the log that something was written into."""
    return len(log.read_bytes().rstrip(b"\x00"))


def flip(place: int) -> Callable[[Path], None]:
    def damage(log: Path) -> None:
        data = bytearray(log.read_bytes())
        data[place] ^= 1
        log.write_bytes(data)

    return damage


def test_a_log_that_is_whole_is_read_to_its_end(tmp_path: Path) -> None:
    assert rows_of(not_closed(tmp_path)) == ROWS


def test_T112_a_flipped_bit_before_the_last_transaction_is_noticed(tmp_path: Path) -> None:
    path = not_closed(tmp_path)
    log = log_of(path)
    whole = log.read_bytes()
    last = used(log) - 5 * FRAME  # the last transaction cannot be told from one that a power cut tore
    places = [*range(32), 33, 40, *(random.Random(1).randrange(32, last) for _ in range(60))]
    for place in places:
        flip(place)(log)
        assert rows_of(path) == "db-corrupt", place
        log.write_bytes(whole)
    assert rows_of(path) == ROWS


@pytest.mark.parametrize("size", [0, 1, 31, 32, 5_000, 100_000, LOG_SIZE - 1])
def test_T112_a_log_cut_short_is_noticed(tmp_path: Path, size: int) -> None:
    path = not_closed(tmp_path)
    log_of(path).write_bytes(log_of(path).read_bytes()[:size])
    assert rows_of(path) == "db-corrupt"


def test_T112_a_log_that_is_gone_is_noticed(tmp_path: Path) -> None:
    path = not_closed(tmp_path)
    log_of(path).unlink()
    assert rows_of(path) == "db-corrupt"


def test_a_database_that_was_closed_needs_no_log_and_a_copy_of_an_open_one_neither(tmp_path: Path) -> None:
    path, copy = tmp_path / "vault.db", tmp_path / "copy.db"
    Database.create(path, KEY, fill).close()
    database = Database.open(path, KEY)
    database.prepare()
    database.run("INSERT INTO note (id, body) VALUES (1, x'01')")
    database.copy_to(copy, KEY)
    database.close()
    assert not log_of(path).exists()
    assert rows_of(path) == rows_of(copy) == 1


def test_T112_zeros_in_place_of_the_head_are_noticed(tmp_path: Path) -> None:
    path = not_closed(tmp_path)
    data = log_of(path).read_bytes()
    log_of(path).write_bytes(bytes(32) + data[32:])
    assert rows_of(path) == "db-corrupt"


@pytest.mark.parametrize("bits", [1, 4095])
def test_T112_a_database_shorter_than_a_page_does_not_cost_its_log(tmp_path: Path, bits: int) -> None:
    path = not_closed(tmp_path)
    path.write_bytes(path.read_bytes()[:bits])
    assert rows_of(path) == "db-corrupt"
    assert used(log_of(path))


def test_T108_a_last_transaction_that_a_power_cut_tore_is_dropped_and_nothing_else(tmp_path: Path) -> None:
    path = not_closed(tmp_path)
    log = log_of(path)
    flip(used(log) - 10)(log)
    assert rows_of(path) == ROWS - 1


def test_a_log_that_nothing_was_written_into_and_none_at_all_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    Database.create(path, KEY, fill).close()
    assert rows_of(path) == 0
    for size in (0, 100, LOG_SIZE):
        log_of(path).write_bytes(bytes(size))
        assert rows_of(path) == 0


def test_the_round_before_the_present_one_is_no_damage(tmp_path: Path) -> None:
    """A log that was begun again holds frames of the round before, whole and chained, behind its own."""
    path, copy = tmp_path / "vault.db", tmp_path / "copy" / "vault.db"
    Database.create(path, KEY, fill).close()
    database = Database.open(path, KEY)
    database.prepare()
    for number in range(1_200):
        database.run("INSERT INTO note (id, body) VALUES (?, zeroblob(3000))", (number,))
    copy.parent.mkdir()
    for one in (path, log_of(path)):
        shutil.copy(one, copy.parent / one.name)
    database.close()
    assert rows_of(copy) == 1_200
