"""person list|verify."""

import builtins
import json
import sys

import pytest

from coterie.testing.fake_backend import WORDS
from tests.unit.cli.command_line import Line


def test_the_list(line: Line) -> None:
    line("circle", "create", "friends", "--as", "alice")
    assert "friends/bob    member  not verified  admitted by alice  1 device" in line("person", "list").out
    people = [json.loads(text) for text in line("person", "list", "--json").out.splitlines()]
    assert [person["name"] for person in people] == ["alice", "bob", "carol", "dave"]
    assert {"name", "circle", "role", "verified", "person_id", "devices"} <= set(people[0])


def test_verify_shows_the_words_and_changes_nothing_by_itself(line: Line) -> None:
    ran = line("person", "verify", "bob")
    assert ran.out == " ".join(WORDS) + "\n"
    assert "--yes" in ran.err
    assert line.backend.verified == set()
    assert json.loads(line("person", "verify", "bob", "--json").out)["verified"] is False


def test_yes_marks_the_person_verified(line: Line) -> None:
    assert line("person", "verify", "bob", "--yes").status == 0
    assert line.backend.verified == {"bob"}
    assert json.loads(line("person", "verify", "carol", "--yes", "--json").out)["verified"] is True


@pytest.mark.parametrize(
    ("answer", "verified"), [("y", True), ("YES ", True), ("", False), ("n", False), ("yeah", False)]
)
def test_on_a_terminal_it_asks(line: Line, monkeypatch: pytest.MonkeyPatch, answer: str, verified: bool) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(builtins, "input", lambda prompt: answer)
    line("person", "verify", "bob")
    assert (line.backend.verified == {"bob"}) is verified


def test_an_ambiguous_name_lists_the_forms_that_would_do(line: Line) -> None:
    ran = line("person", "verify", "twin")
    assert ran.status == 1
    assert "red/twin" in ran.err
    assert "blue/twin" in ran.err


@pytest.mark.parametrize("ended", [EOFError(), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no text")])
def test_what_is_no_answer_is_no(line: Line, monkeypatch: pytest.MonkeyPatch, ended: Exception) -> None:
    def ask(_prompt: str) -> str:
        raise ended

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(builtins, "input", ask)
    ran = line("person", "verify", "bob")
    assert (ran.status, "bob is not verified" in ran.err, line.backend.verified) == (0, True, set())
