"""Where a node's things stand."""

import os
from pathlib import Path

import pytest

from coterie.api import paths
from coterie.api.paths import Home, find_home, find_socket, read_lock
from coterie.core.kernel.errors import UserError


def test_the_option_wins_over_the_environment(tmp_path: Path) -> None:
    environment = {"COTERIE_HOME": str(tmp_path / "b"), "XDG_DATA_HOME": str(tmp_path / "c")}
    assert find_home(str(tmp_path / "a"), environment).root == tmp_path / "a"
    assert find_home(None, environment).root == tmp_path / "b"
    del environment["COTERIE_HOME"]
    assert find_home(None, environment).root == tmp_path / "c" / "coterie" / "default"


def test_an_empty_environment_names_no_home(tmp_path: Path) -> None:
    environment = {"COTERIE_HOME": "", "XDG_DATA_HOME": str(tmp_path)}
    assert find_home(None, environment).root == tmp_path / "coterie" / "default"


def test_from_a_directory_that_is_gone_no_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UserError) as raised:
        find_home("h", {})
    assert raised.value.code == "usage"


def test_a_home_is_absolute_and_the_same_by_every_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    assert find_home("link", {}) == find_home(str(tmp_path / "real"), {}) == Home(tmp_path / "real")


def test_everything_is_under_the_home() -> None:
    home = Home(Path("/h"))
    assert [home.vault, home.vault_key, home.lock, home.socket({})] == [
        Path("/h/vault.db"),
        Path("/h/vault.key"),
        Path("/h/lock"),
        Path("/h/node.sock"),
    ]
    assert home.socket_directories({}) == (Path("/h"),)


def test_the_longest_path_that_fits_stays_and_a_longer_one_moves() -> None:
    fits = paths.MAX_SOCKET_PATH - len("//node.sock")
    environment = {"XDG_RUNTIME_DIR": "/run/user/7"}
    assert Home(Path("/" + "h" * fits)).socket(environment).parent == Path("/" + "h" * fits)
    long = Home(Path("/" + "h" * (fits + 1)))
    assert long.socket(environment) == Path("/run/user/7/coterie") / long.name / "node.sock"
    assert long.socket_directories(environment) == (
        Path("/run/user/7/coterie"),
        Path("/run/user/7/coterie") / long.name,
    )
    assert len(os.fsencode(long.socket(environment))) <= paths.MAX_SOCKET_PATH


def test_the_limit_counts_bytes_not_characters() -> None:
    home = Home(Path("/" + "é" * 60))
    assert home.socket({"XDG_RUNTIME_DIR": "/r"}).parent != home.root


@pytest.mark.parametrize("runtime", [{}, {"XDG_RUNTIME_DIR": "relative"}])
def test_without_a_runtime_directory_it_is_one_of_this_user(runtime: dict[str, str]) -> None:
    assert paths.runtime_directory(runtime) == Path(f"/tmp/coterie-{os.getuid()}")


def test_a_lock_says_who_holds_it_and_where(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_lock(home) is None
    home.lock.write_bytes(b"12\n/somewhere/node.sock\n")
    assert read_lock(home) == paths.Holder(12, "/somewhere/node.sock")


@pytest.mark.parametrize("content", [b"", b"12", b"x\n/y\n", b"\x00" * 10_000])
def test_a_damaged_lock_says_nothing(tmp_path: Path, content: bytes) -> None:
    home = Home(tmp_path)
    home.lock.write_bytes(content)
    assert read_lock(home) is None


def test_a_socket_that_had_to_move_is_found_by_the_lock(tmp_path: Path) -> None:
    home = Home(tmp_path / ("h" * 120))
    home.root.mkdir()
    assert find_socket(home, {"XDG_RUNTIME_DIR": "/a"}).is_relative_to("/a")
    home.lock.write_bytes(b"12\n/b/coterie/x/node.sock\n")
    assert find_socket(home, {"XDG_RUNTIME_DIR": "/a"}) == Path("/b/coterie/x/node.sock")


def test_a_lock_that_names_no_socket_does_not_move_it(tmp_path: Path) -> None:
    home = Home(tmp_path / ("h" * 120))
    home.root.mkdir()
    home.lock.write_bytes(b"12\n\n")
    assert find_socket(home, {"XDG_RUNTIME_DIR": "/a"}).is_relative_to("/a")


def test_a_lock_does_not_move_a_socket_that_fits(home: Home) -> None:
    home.lock.write_bytes(b"12\n/b/coterie/x/node.sock\n")
    assert find_socket(home, {}) == home.root / "node.sock"


@pytest.mark.parametrize(
    ("option", "environment"),
    [
        ("", {"COTERIE_HOME": "/h"}),
        ("~nobody-of-this-name/x", {}),
        (None, {"COTERIE_HOME": "~nobody-of-this-name"}),
        (None, {"COTERIE_HOME": "/h\udcff"}),
        ("a\0b", {}),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(option: str | None, environment: dict[str, str]) -> None:
    with pytest.raises(UserError) as raised:
        find_home(option, environment)
    assert (raised.value.code, bool(raised.value.hint)) == ("usage", True)


def test_a_user_without_a_directory_needs_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    with pytest.raises(UserError) as raised:
        find_home(None, {})
    assert raised.value.code == "usage"
    assert find_home("/h", {}).root == Path("/h")


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/h", "/h"),
        ("/a b", "'/a b'"),
        ("/" + "x" * 39, "/" + "x" * 39),
        ("/" + "x" * 40, "DIR"),
        ("/\x1b[31m", "DIR"),
        ("/\u202ea", "DIR"),
    ],
)
def test_a_hint_names_a_path_that_can_be_typed(path: str, word: str) -> None:
    assert Home(Path(path)).option == f"--home {word}"
