"""The node's directory and its troubles, by name."""

import errno
import os
import stat
from pathlib import Path

import pytest

from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.node import data_dir


def code_of(directory: Path) -> str:
    with pytest.raises(UserError) as raised:
        data_dir.require(directory)
    assert raised.value.hint
    return raised.value.code


def test_a_new_directory_is_ours_alone(home: Home) -> None:
    data_dir.make_private(home.root / "a" / "b")
    assert stat.S_IMODE((home.root / "a" / "b").stat().st_mode) == 0o700
    data_dir.require(home.root / "a" / "b")


def test_T113_what_is_not_there(home: Home) -> None:
    assert code_of(home.root / "gone") == "data-dir-missing"


def test_T113_a_file_in_its_place(home: Home) -> None:
    (home.root / "file").write_bytes(b"")
    with pytest.raises(UserError) as raised:
        data_dir.make_private(home.root / "file" / "home")
    assert raised.value.code.startswith("data-dir-")
    with pytest.raises(UserError) as raised:
        data_dir.make_private(home.root / "file")
    assert (raised.value.code, "disk" in raised.value.message) == ("data-dir-missing", False)


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o770, 0o777])
def test_T113_others_can_reach_in(home: Home, mode: int) -> None:
    home.root.chmod(mode)
    assert code_of(home.root) == "data-dir-permission"


def test_T113_somebody_elses(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: home.root.stat().st_uid + 1)
    assert code_of(home.root) == "data-dir-permission"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EROFS, "data-dir-read-only"),
        (errno.EACCES, "data-dir-permission"),
        (errno.ENOENT, "data-dir-missing"),
        (errno.ENOSPC, "disk-full"),
        (errno.EIO, "data-dir-failed"),
    ],
)
def test_T113_each_failure_of_the_system_has_a_name(number: int, code: str) -> None:
    assert data_dir.translated(OSError(number, "x")).code == code


def test_T113_a_path_that_is_too_long_is_no_broken_disk() -> None:
    with pytest.raises(UserError) as raised:
        data_dir.is_there(Path("/" + "h" * 300))
    assert raised.value.code == "data-dir-missing"
    assert "disk" not in raised.value.message
