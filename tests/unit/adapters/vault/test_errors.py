"""Every error of the database library has one translation."""

import errno
import inspect

import apsw
import pytest

from coterie.adapters.vault.errors import ALREADY_RUNNING, translated, translated_os, user_error
from coterie.core.kernel.errors import UserError


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (apsw.BusyError, "already-running"),
        (apsw.FullError, "disk-full"),
        (apsw.ReadOnlyError, "data-dir-read-only"),
        (apsw.CantOpenError, "data-dir-missing"),
        (apsw.ProtocolError, "data-dir-locking"),
        (apsw.CorruptError, "db-corrupt"),
        (apsw.NotADBError, "db-corrupt"),
        (apsw.IOError, "data-dir-failed"),
    ],
)
def test_what_the_user_can_mend_has_a_code_and_a_hint(kind: type[apsw.Error], code: str) -> None:
    error = translated(kind("text of the library"))
    assert isinstance(error, UserError)
    assert error.code == code
    assert error.hint
    assert "text of the library" not in str(error)


def test_T113_a_failing_lock_is_named_as_such() -> None:
    error = apsw.IOError("x")
    error.__dict__["extendedresult"] = apsw.SQLITE_IOERR_LOCK
    translation = translated(error)
    assert isinstance(translation, UserError)
    assert translation.code == "data-dir-locking"


def test_no_error_class_of_the_library_is_left_over() -> None:
    kinds = [kind for _, kind in inspect.getmembers(apsw, inspect.isclass) if issubclass(kind, apsw.Error)]
    assert len(kinds) > 30
    for kind in kinds:
        assert not isinstance(translated(kind("x")), apsw.Error)
    assert isinstance(translated(apsw.NoMemError("x")), MemoryError)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOENT, "data-dir-missing"),
        (errno.EACCES, "data-dir-permission"),
        (errno.EROFS, "data-dir-read-only"),
        (errno.ENOSPC, "disk-full"),
        (errno.EIO, "data-dir-failed"),
    ],
)
def test_file_errors_have_the_same_codes(number: int, code: str) -> None:
    assert translated_os(OSError(number, "x")).code == code


def test_each_raise_gets_its_own_instance() -> None:
    assert user_error(ALREADY_RUNNING) is not ALREADY_RUNNING
