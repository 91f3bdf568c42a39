"""Where the passphrase comes from."""

import getpass
import sys
from pathlib import Path

import pytest

from coterie.cli import passphrase
from coterie.core.kernel.errors import UserError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "passphrase"
    monkeypatch.setenv("COTERIE_PASSPHRASE_FILE", str(path))
    return path


def type_on_a_terminal(monkeypatch: pytest.MonkeyPatch, *typed: str) -> None:
    lines = iter(typed)
    monkeypatch.delenv("COTERIE_PASSPHRASE_FILE", raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(lines))


def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COTERIE_PASSPHRASE_FILE", raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)


@pytest.mark.parametrize("content", [b"correct horse", b"correct horse\n", b"correct horse\r\n"])
def test_from_a_file_without_its_line_end(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    found = passphrase.existing()
    assert found is not None
    assert found.reveal() == passphrase.chosen().reveal() == b"correct horse"


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "passphrase-empty"), (b"\n", "passphrase-empty"), (b"x" * 5000, "too-large")]
)
def test_a_file_that_holds_none(file: Path, content: bytes, code: str) -> None:
    file.write_bytes(content)
    with pytest.raises(UserError) as raised:
        passphrase.existing()
    assert raised.value.code == code


def test_a_file_that_cannot_be_read(file: Path) -> None:
    with pytest.raises(UserError) as raised:
        passphrase.chosen()
    assert raised.value.code == "passphrase-file"


def test_a_new_one_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    type_on_a_terminal(monkeypatch, "grün", "grün")
    assert passphrase.chosen().reveal() == "grün".encode()
    type_on_a_terminal(monkeypatch, "one", "two")
    with pytest.raises(UserError) as raised:
        passphrase.chosen()
    assert raised.value.code == "passphrase-mismatch"
    type_on_a_terminal(monkeypatch, "", "")
    with pytest.raises(UserError) as raised:
        passphrase.chosen()
    assert raised.value.code == "passphrase-empty"


def test_an_existing_one_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    type_on_a_terminal(monkeypatch, "once")
    found = passphrase.existing()
    assert found is not None
    assert found.reveal() == b"once"


def test_T110_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    no_terminal(monkeypatch)
    assert passphrase.existing() is None
    with pytest.raises(UserError) as raised:
        passphrase.chosen()
    assert raised.value.code == "passphrase-needed"
    assert "COTERIE_PASSPHRASE_FILE" in raised.value.hint


def test_bytes_that_are_no_text_are_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def type_latin(_prompt: str) -> str:
        return b"\xfc".decode()

    type_on_a_terminal(monkeypatch)
    monkeypatch.setattr(getpass, "getpass", type_latin)
    for ask in (passphrase.existing, passphrase.chosen):
        with pytest.raises(UserError) as raised:
            ask()
        assert raised.value.code == "bad-text"
