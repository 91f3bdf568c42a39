"""join."""

import io
import json
import sys

import pytest

from coterie.api.schema import Join
from tests.unit.cli.command_line import Line


def test_it_says_where_one_is_and_the_words(line: Line) -> None:
    ran = line("join", "coterie:join/OK", "--as", "al")
    assert ran.out.splitlines() == [
        "you are in friends as al, invited by alice",
        "words to compare with alice: apple bread chair dance eagle flame",
    ]
    assert json.loads(line("join", "coterie:join/OK", "--as", "al", "--json").out)["schema"] == "join/1"


def test_options_reach_the_node(line: Line) -> None:
    line("join", "coterie:join/OK", "--as", "al", "--timeout", "90s")
    assert line.backend.calls[-1][1] == Join(link="coterie:join/OK", pseudonym="al", timeout_ms=90_000)
    line("join", "coterie:join/OK", "--as", "al")
    assert line.backend.calls[-1][1] == Join(link="coterie:join/OK", pseudonym="al", timeout_ms=20_000)


def test_the_link_may_come_on_standard_input(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("coterie:join/OK"))
    assert line("join", "-", "--as", "al").status == 0


def test_what_is_no_link_is_malformed(line: Line) -> None:
    ran = line("join", "http://example.org", "--as", "al")
    assert (ran.status, ran.err.split(":")[1].strip()) == (1, "malformed")
