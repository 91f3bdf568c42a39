"""One process for each home."""

import errno
import fcntl
import os

import pytest

from coterie.api.paths import Home, read_lock
from coterie.core.kernel.errors import UserError
from coterie.node import home_lock


def test_T077_a_second_holder_is_told_who_has_it(home: Home) -> None:
    home.lock.write_bytes(b"1\n/an/earlier/one\n")
    with home_lock.hold(home):
        with pytest.raises(UserError) as raised, home_lock.hold(home):
            raise AssertionError
        assert raised.value.code == "already-running"
        assert str(os.getpid()) in raised.value.message
        assert home_lock.is_held(home)
    assert not home_lock.is_held(home)
    with home_lock.hold(home):
        pass


def test_it_says_where_the_socket_is(home: Home) -> None:
    with home_lock.hold(home):
        holder = read_lock(home)
        assert holder is not None
        assert (holder.pid, holder.socket) == (os.getpid(), str(home.socket()))


def test_T113_a_home_that_was_removed_or_replaced_is_noticed(home: Home) -> None:
    with home_lock.hold(home) as lock:
        assert lock.still_ours()
        home.lock.rename(home.root / "moved")
        assert not lock.still_ours()
        home.lock.write_bytes(b"")
        assert not lock.still_ours()


def test_T113_a_file_system_that_cannot_lock_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(UserError) as raised, home_lock.hold(home):
        raise AssertionError
    assert raised.value.code == "data-dir-locking"


def test_T113_a_home_that_is_not_there(home: Home) -> None:
    with pytest.raises(UserError) as raised, home_lock.hold(Home(home.root / "gone")):
        raise AssertionError
    assert raised.value.code == "data-dir-missing"
