"""Where the socket stands and who may reach it."""

import stat
from pathlib import Path

import pytest

from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.node.api_socket import open_socket, socket_id


def test_A12_its_modes(home: Home) -> None:
    with open_socket(home):
        assert stat.S_IMODE(home.socket().stat().st_mode) == 0o600


def test_who_hangs_up_before_being_accepted_holds_nobody_up(home: Home) -> None:
    with open_socket(home) as listener, pytest.raises(BlockingIOError):
        listener.accept()


def test_what_the_system_refuses_is_told_and_nothing_stays_open(home: Home) -> None:
    """A socket that was left open would be a ResourceWarning, and so an error."""
    home.socket().mkdir()
    with pytest.raises(UserError) as raised:
        open_socket(home)
    assert raised.value.code == "data-dir-missing"


def test_what_a_killed_node_left_is_replaced(home: Home) -> None:
    open_socket(home).close()
    assert home.socket().exists()
    with open_socket(home):
        pass


def test_A12_a_home_that_others_can_enter_is_refused(home: Home) -> None:
    home.root.chmod(0o755)
    with pytest.raises(UserError) as raised:
        open_socket(home)
    assert raised.value.code == "data-dir-permission"
    assert not home.socket().exists()


def test_A12_the_socket_of_a_long_home_stands_in_private_directories(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = home.root / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    long = Home(home.root / ("h" * 120))
    with open_socket(long):
        path = long.socket()
        assert path == runtime / "coterie" / long.name / "node.sock"
        for place in (path.parent, path.parent.parent):
            assert stat.S_IMODE(place.stat().st_mode) == 0o700


@pytest.mark.parametrize("inner", [False, True])
def test_A12_a_runtime_directory_prepared_by_somebody_else_is_refused(
    home: Home, monkeypatch: pytest.MonkeyPatch, inner: bool
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home.root))
    long = Home(home.root / ("h" * 120))
    prepared: Path = long.socket_directories()[1 if inner else 0]
    long.socket_directories()[0].mkdir(mode=0o700)
    prepared.mkdir(exist_ok=True)
    prepared.chmod(0o777)
    with pytest.raises(UserError) as raised:
        open_socket(long)
    assert raised.value.code == "data-dir-permission"


def test_only_a_socket_is_one(home: Home) -> None:
    assert socket_id(home.socket()) is None
    with open_socket(home):
        here = home.socket().stat()
        assert socket_id(home.socket()) == (here.st_dev, here.st_ino)
    home.socket().unlink()
    home.socket().touch()
    assert socket_id(home.socket()) is None
