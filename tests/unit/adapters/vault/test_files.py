"""The vault's own files: private, durable, checked before they are touched."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from coterie.adapters.vault.files import (
    PRIVATE_FILE,
    check_directory,
    check_file,
    read_bounded,
    reserve,
    sync_directory,
    write_private,
)
from coterie.core.kernel.errors import UserError


def test_a_private_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_a_left_over_of_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "key.new").write_bytes(b"half")
    write_private(tmp_path / "key", b"whole")
    assert (tmp_path / "key").read_bytes() == b"whole"


def test_reading_stops_one_byte_beyond_the_limit(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(bytes(100))
    assert len(read_bounded(tmp_path / "key", 10)) == 11


def test_T113_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        check_directory(tmp_path / "gone")
    assert caught.value.code == "data-dir-missing"
    with pytest.raises(UserError) as caught:
        write_private(tmp_path / "gone" / "key", b"x")
    assert caught.value.code == "data-dir-missing"


def test_T113_a_directory_that_one_may_not_write_is_named(ordinary_user: Path) -> None:
    check_directory(ordinary_user)
    ordinary_user.chmod(0o500)
    with pytest.raises(UserError) as caught:
        check_directory(ordinary_user)
    assert caught.value.code == "data-dir-permission"


def test_T113_a_file_that_one_may_not_read_is_named(ordinary_user: Path) -> None:
    path = ordinary_user / "vault.db"
    path.write_bytes(b"x")
    check_file(path)
    path.chmod(0o000)
    with pytest.raises(UserError) as caught:
        check_file(path)
    assert caught.value.code == "data-dir-permission"


def test_T113_a_read_only_file_system_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    with pytest.raises(UserError) as caught:
        write_private(tmp_path / "key", b"x")
    assert caught.value.code == "data-dir-read-only"
    assert list(tmp_path.iterdir()) == []


def test_T113_what_takes_no_file_is_named() -> None:
    # /proc/sys and /sys are read-only in containers and on ordinary machines alike for nobody but the kernel;
    # what is portable is that neither takes a file.
    with pytest.raises(UserError) as caught:
        write_private(Path("/proc/key"), b"x")
    assert caught.value.code.startswith("data-dir-")


def test_a_directory_can_be_synced(tmp_path: Path) -> None:
    sync_directory(tmp_path)


def test_a_reserved_file_is_lengthened_by_zeros_and_never_shortened(tmp_path: Path) -> None:
    path = tmp_path / "log"
    reserve(path, 100_000)
    assert path.read_bytes() == bytes(100_000)
    assert path.stat().st_mode & 0o777 == PRIVATE_FILE
    path.write_bytes(b"what is in it")
    reserve(path, 20)
    assert path.read_bytes() == b"what is in it" + bytes(7)
    reserve(path, 5)
    assert path.stat().st_size == 20
