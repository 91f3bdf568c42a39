"""Data to standard output, talk to standard error."""

import errno
import io
import json
import sys

import pytest

from coterie.api import schema
from coterie.cli import output


def test_json_is_exact_whatever_the_encoding_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    output.records([schema.Sent(id="é\u202e", state="queued")])
    assert json.loads(raw.getvalue())["id"] == "é\u202e"


def test_a_terminal_that_cannot_show_a_character_gets_a_substitute(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    output.prepare()
    output.say("é")
    sys.stdout.flush()
    assert raw.getvalue() == b"\\xe9\n"


def test_talk_is_not_data(capsys: pytest.CaptureFixture[str]) -> None:
    output.talk("beside")
    output.say("data")
    assert capsys.readouterr() == ("data\n", "beside\n")


def test_a_decision_is_a_record_or_a_line(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    done = schema.Done(id="o", subject="bob")
    output.done(done, "bob is out", json=False)
    output.done(done, "bob is out", json=True)
    first, second = capsysbinary.readouterr().out.splitlines()
    assert first == b"bob is out"
    assert json.loads(second) == {"schema": "done/1", "id": "o", "subject": "bob"}


class _Full(io.RawIOBase):
    """A file on a full disk."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("buffering", [False, True])
def test_whoever_does_not_listen_stops_nothing(monkeypatch: pytest.MonkeyPatch, buffering: bool) -> None:
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(_Full(), write_through=not buffering))  # type: ignore[type-var]
    output.talk("beside")
    output.finish()
