"""The encrypted database: what is on disk, what damage does, what survives a kill."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from coterie.adapters.vault.database import KEY_SIZE, LOG_SIZE, PLAINTEXT_HEADER, Database, check_library
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret

KEY = Secret(bytes(range(KEY_SIZE)))
CANARY = b"canary that must not be found on disk"


def fill(database: Database) -> None:
    database.run("CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")


def created(directory: Path) -> Path:
    path = directory / "vault.db"
    Database.create(path, KEY, fill).close()
    return path


def opened(path: Path) -> Database:
    database = Database.open(path, KEY)
    database.prepare()
    return database


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(UserError) as caught:
        action()
    assert caught.value.hint
    return caught.value.code


def test_rows_come_back_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    database = Database.create(path, KEY, fill)
    assert database.run("INSERT INTO note (body) VALUES (?)", (b"hello",)) == 1
    assert database.last_row_id() == 1
    database.close()
    database = opened(path)
    assert database.rows("SELECT id, body FROM note") == [(1, b"hello")]
    assert database.row("SELECT body FROM note WHERE id = ?", (2,)) is None
    assert database.count("SELECT count(*) FROM note") == 1
    database.close()


def test_the_settings_are_the_strict_ones(tmp_path: Path) -> None:
    database = opened(created(tmp_path))
    found = {name: database.row(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": ("wal",), "synchronous": (2,), "foreign_keys": (1,)}
    assert database.row("PRAGMA secure_delete") == (1,)
    assert database.row("PRAGMA temp_store") == (2,)  # in memory: a temporary file would not be encrypted
    assert database.row("PRAGMA cipher") == ("aegis",)
    database.close()


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    path = created(tmp_path)
    database = opened(path)
    database.run("INSERT INTO note (body) VALUES (x'00')")
    files = sorted(tmp_path.iterdir())
    assert [entry.name for entry in files] == ["vault.db", "vault.db-wal"]
    assert {entry.stat().st_mode & 0o777 for entry in files} == {0o600}
    database.close()


def test_a_key_of_another_length_is_our_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Database.create(tmp_path / "vault.db", Secret(bytes(31)), fill)
    assert list(tmp_path.iterdir()) == []


def test_a_second_vault_in_one_place_is_refused(tmp_path: Path) -> None:
    path = created(tmp_path)
    before = path.read_bytes()
    assert code_of(lambda: Database.create(path, KEY, fill)) == "vault-exists"
    assert path.read_bytes() == before


def test_a_schema_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="refused a statement"):
        Database.create(tmp_path / "vault.db", KEY, _broken)
    assert list(tmp_path.iterdir()) == []


def _broken(database: Database) -> None:
    database.run("CREATE TABLE note (id INTEGER) STRICT")
    database.run("CREATE TABLE note (id INTEGER) STRICT")


def test_T110_nothing_readable_is_on_disk(tmp_path: Path) -> None:
    path = created(tmp_path)
    database = opened(path)
    for _ in range(200):
        database.run("INSERT INTO note (body) VALUES (?)", (CANARY * 20,))
    with_log = (path.read_bytes(), path.with_name("vault.db-wal").read_bytes())
    database.close()
    for data in (*with_log, path.read_bytes()):
        assert len(data) > 4096
        assert not data.startswith(PLAINTEXT_HEADER)
        assert CANARY not in data
        assert b"CREATE TABLE" not in data
        assert b"note" not in data


def test_T110_the_unencrypted_control_does_show_the_canary(tmp_path: Path) -> None:
    path = tmp_path / "plain.db"
    plain = apsw.Connection(str(path))
    plain.execute("CREATE TABLE note (body BLOB)")
    plain.execute("INSERT INTO note VALUES (?)", (CANARY,))
    plain.close()
    assert CANARY in path.read_bytes()


def test_T110_a_library_that_encrypts_nothing_makes_no_vault_and_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = created(tmp_path)
    database = opened(path)
    monkeypatch.setattr("coterie.adapters.vault.database._unlock", lambda connection, key: None)
    with pytest.raises(RuntimeError, match="refused a statement"):
        database.copy_to(tmp_path / "copy.db", KEY)
    with pytest.raises(RuntimeError, match="not encrypted"):
        Database.create(tmp_path / "b.db", KEY, fill)
    database.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_T110_another_key_does_not_open(tmp_path: Path) -> None:
    path = created(tmp_path)
    assert code_of(lambda: Database.open(path, Secret(bytes(KEY_SIZE)))) == "db-corrupt"


def test_T112_flipped_bits_are_noticed_or_harmless(tmp_path: Path) -> None:
    """Each flip is refused as `db-corrupt`, or the rows are what they were (16 bytes in front are not used)."""
    _flip_bits(tmp_path, flips=60)


@pytest.mark.long
def test_T112_flipped_bits_are_noticed_or_harmless_in_1000_places(tmp_path: Path) -> None:
    _flip_bits(tmp_path, flips=1000)


def _flip_bits(directory: Path, flips: int) -> None:
    path = created(directory)
    database = opened(path)
    rows = [(number, bytes([number]) * 900) for number in range(1, 60)]
    database.run_many("INSERT INTO note (id, body) VALUES (?, ?)", rows)
    database.close()
    good = path.read_bytes()
    source = random.Random(112)
    places = [*range(0, 100, 7), *(source.randrange(len(good)) for _ in range(flips))]
    noticed = 0
    for place in places:
        bad = bytearray(good)
        bad[place] ^= 1 << source.randrange(8)
        path.write_bytes(bad)
        try:
            database = Database.open(path, KEY)
        except UserError as error:
            assert error.code == "db-corrupt"
            noticed += 1
            continue
        try:
            assert database.rows("SELECT id, body FROM note") == rows
        except UserError as error:
            assert error.code == "db-corrupt"
            noticed += 1
        finally:
            database.close()
    assert noticed >= len(places) * 0.8


@pytest.mark.parametrize("size", [0, 100, 4096, 5000])
def test_a_file_cut_short_is_noticed(tmp_path: Path, size: int) -> None:
    path = created(tmp_path)
    path.write_bytes(path.read_bytes()[:size])

    def use() -> None:
        database = Database.open(path, KEY)
        try:
            database.rows("SELECT * FROM note")
        finally:
            database.close()

    assert code_of(use) == "db-corrupt"


def test_T113_a_missing_directory_or_file_is_named(tmp_path: Path) -> None:
    assert code_of(lambda: Database.create(tmp_path / "gone" / "vault.db", KEY, fill)) == "data-dir-missing"
    assert code_of(lambda: Database.open(tmp_path / "vault.db", KEY)) == "data-dir-missing"


def test_T113_missing_permissions_are_named(ordinary_user: Path) -> None:
    path = created(ordinary_user)
    path.chmod(0o400)
    assert code_of(lambda: Database.open(path, KEY)) == "data-dir-permission"
    path.chmod(0o600)
    ordinary_user.chmod(0o500)
    assert code_of(lambda: Database.open(path, KEY)) == "data-dir-permission"
    ordinary_user.chmod(0o700)
    opened(path).close()


def test_T113_a_directory_removed_under_us_is_noticed_before_anything_is_accepted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    database = opened(created(home))
    database.begin()
    database.run("INSERT INTO note (body) VALUES (x'00')")
    home.rename(tmp_path / "elsewhere")
    assert code_of(database.commit) == "data-dir-missing"
    assert not database.in_transaction
    assert database.count("SELECT count(*) FROM note WHERE body = x'00'") == 0
    database.close()


def test_T113_a_file_replaced_under_us_is_noticed(tmp_path: Path) -> None:
    path = created(tmp_path)
    database = opened(path)
    other = tmp_path / "other"
    other.mkdir()
    created(other).replace(path)
    database.begin()
    assert code_of(database.commit) == "data-dir-missing"
    database.close()


def test_T116_an_old_library_is_refused() -> None:
    check_library("3.51.3")
    check_library()
    assert code_of(lambda: check_library("3.51.2")) == "sqlite-too-old"
    assert code_of(lambda: check_library("3.40.1")) == "sqlite-too-old"


def test_T116_an_old_library_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = created(tmp_path)
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    assert code_of(lambda: Database.open(path, KEY)) == "sqlite-too-old"
    assert code_of(lambda: Database.create(tmp_path / "b.db", KEY, fill)) == "sqlite-too-old"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert code_of(Database.memory) == "sqlite-too-old"


def test_T077_a_second_process_is_kept_out(tmp_path: Path) -> None:
    path = created(tmp_path)
    database = opened(path)
    script = (
        "import sys; from pathlib import Path; from coterie.adapters.vault.database import Database\n"
        "from coterie.core.kernel.errors import UserError; from coterie.core.kernel.secret import Secret\n"
        "try: Database.open(Path(sys.argv[1]), Secret(bytes(range(32))))\n"
        "except UserError as error: print(error.code)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, env=child_environment()
    )
    assert found.stdout.strip() == "already-running"
    database.run("INSERT INTO note (body) VALUES (x'01')")
    database.close()


def test_a_full_disk_keeps_nothing_of_the_batch(tmp_path: Path) -> None:
    database = opened(created(tmp_path))
    database.run("INSERT INTO note (body) VALUES (x'01')")
    database.run("PRAGMA max_page_count = 4")
    database.begin()
    assert code_of(lambda: database.run("INSERT INTO note (body) VALUES (zeroblob(100000))")) == "disk-full"
    database.rollback()
    database.rollback()
    assert database.rows("SELECT body FROM note") == [(b"\x01",)]
    database.close()


def test_a_savepoint_undoes_exactly_itself() -> None:
    database = Database.memory()
    fill(database)
    database.begin()
    with database.savepoint():
        database.run("INSERT INTO note (body) VALUES (x'01')")
        with pytest.raises(KeyError), database.savepoint():
            database.run("INSERT INTO note (body) VALUES (x'02')")
            raise KeyError
    with pytest.raises(KeyError), database.savepoint():
        database.run("INSERT INTO note (body) VALUES (x'03')")
        raise KeyError
    database.commit()
    assert database.rows("SELECT body FROM note") == [(b"\x01",)]


def test_a_failed_commit_leaves_no_transaction_and_no_rows(tmp_path: Path) -> None:
    database = opened(created(tmp_path))
    database.run("CREATE TABLE part (note INTEGER REFERENCES note(id) DEFERRABLE INITIALLY DEFERRED) STRICT")
    database.begin()
    database.run("INSERT INTO part VALUES (7)")
    with pytest.raises(RuntimeError, match="refused a statement"):
        database.commit()
    assert database.rows("SELECT * FROM part") == []
    database.begin()
    database.commit()
    database.close()


class FailingSyncs(apsw.VFS):
    """The file system, but as many syncs of a write-ahead log fail as `fail` says, after everything was written."""

    BASE = "multipleciphers-unix"

    def __init__(self) -> None:
        self.fail = 0
        super().__init__("failing-syncs", self.BASE, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        vfs = self

        class File(apsw.VFSFile):
            def xSync(self, flags: int) -> None:
                if vfs.fail and str(path).endswith("-wal"):
                    vfs.fail -= 1
                    raise apsw.IOError("the disk does not answer")
                super().xSync(flags)

        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return File(self.BASE, name, flags)


def test_T111_what_could_not_be_synced_is_not_there_after_a_crash_either(tmp_path: Path) -> None:
    vfs = FailingSyncs()
    try:
        database = opened(created(tmp_path))
        for number, fails in ((1, 0), (2, 1), (3, 0), (4, 1)):
            database.begin()
            database.run("INSERT INTO note (id, body) VALUES (?, x'00')", (number,))
            vfs.fail = fails
            if fails:
                assert code_of(database.commit) == "data-dir-failed"
            else:
                database.commit()
        as_after_a_crash = tmp_path / "copy"
        as_after_a_crash.mkdir()
        for name in ("vault.db", "vault.db-wal"):
            shutil.copy(tmp_path / name, as_after_a_crash / name)
        database.close()
        found = opened(as_after_a_crash / "vault.db")
        assert found.rows("SELECT id FROM note") == [(1,), (3,)]
        found.close()
    finally:
        vfs.unregister()


def test_T111_a_close_that_cannot_be_written_leaves_the_log_to_the_next_start(tmp_path: Path) -> None:
    vfs = FailingSyncs()
    try:
        database = opened(created(tmp_path))
        database.run("INSERT INTO note (id, body) VALUES (1, x'00')")
        vfs.fail = 1
        database.close()
        assert (tmp_path / "vault.db-wal").exists()
        database = opened(tmp_path / "vault.db")
        assert database.rows("SELECT id FROM note") == [(1,)]
        database.close()
        assert not (tmp_path / "vault.db-wal").exists()
    finally:
        vfs.unregister()


def test_commit_may_run_in_another_thread(tmp_path: Path) -> None:
    database = opened(created(tmp_path))
    database.begin()
    database.run("INSERT INTO note (body) VALUES (x'01')")
    worker = threading.Thread(target=database.commit)
    worker.start()
    worker.join()
    assert database.rows("SELECT body FROM note") == [(b"\x01",)]
    database.close()


def test_wrong_types_are_refused_by_strict_tables() -> None:
    database = Database.memory()
    fill(database)
    with pytest.raises(RuntimeError, match="ConstraintError"):
        database.run("INSERT INTO note (body) VALUES ('text')")


def test_a_copy_is_whole_and_encrypted(tmp_path: Path) -> None:
    database = opened(created(tmp_path))
    database.run("INSERT INTO note (body) VALUES (?)", (CANARY,))
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"an older one")
    database.copy_to(copy, KEY)
    database.close()
    assert CANARY not in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    again = opened(copy)
    assert again.rows("SELECT body FROM note") == [(CANARY,)]
    again.close()


def child_environment() -> dict[str, str]:
    source = Path(__file__).parents[4] / "src"
    return {**os.environ, "PYTHONPATH": str(source)}


WRITER = """
import sys
from pathlib import Path
from coterie.adapters.vault.database import Database
from coterie.core.kernel.secret import Secret
database = Database.open(Path(sys.argv[1]), Secret(bytes(range(32))))
database.prepare()
for batch in range(100_000):
    database.begin()
    for part in range(3):
        with database.savepoint():
            database.run("INSERT INTO note (id, body) VALUES (?, ?)", (3 * batch + part, b"x" * 700))
    database.commit()
    print(batch, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 17, 60])
def test_T109_killed_writers_lose_nothing_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    """`kill -9` between and inside batches: what was said to be kept is kept, and no batch is kept in part."""
    path = created(tmp_path)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=child_environment()
    )
    assert writer.stdout is not None
    last = -1
    for line in writer.stdout:
        last = int(line)
        if last + 1 == acknowledged:
            writer.send_signal(signal.SIGKILL)
    writer.stdout.close()
    writer.wait()
    database = opened(path)
    ids = [row[0] for row in database.rows("SELECT id FROM note ORDER BY id")]
    database.close()
    assert last >= acknowledged - 1
    assert ids == list(range(len(ids)))
    assert len(ids) % 3 == 0
    assert len(ids) >= 3 * (last + 1)


def test_the_log_has_its_size_from_the_start_and_what_is_in_it_survives(tmp_path: Path) -> None:
    path = created(tmp_path)
    database = opened(path)
    log = path.with_name("vault.db-wal")
    assert log.stat().st_size == LOG_SIZE
    for _ in range(50):
        database.begin()
        database.run("INSERT INTO note (body) VALUES (?)", (bytes(3000),))
        database.commit()
    assert log.stat().st_size == LOG_SIZE
    copy = tmp_path / "copy"  # as a machine that lost its power finds them
    copy.mkdir(mode=0o700)
    for file in (path, log):
        shutil.copy(file, copy / file.name)
    found = opened(copy / path.name)
    assert found.count("SELECT count(*) FROM note") == 50
    found.close()
    database.close()
