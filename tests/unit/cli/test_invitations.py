"""invite and invitation list|withdraw|approve|deny."""

import json
import sys

import pytest

from coterie.api.schema import InvitationCreate
from tests.unit.cli.command_line import Line


@pytest.fixture(autouse=True)
def _circle(line: Line) -> None:
    line("circle", "create", "friends", "--as", "alice")


def test_the_link_is_the_only_data(line: Line) -> None:
    ran = line("invite", "friends")
    assert ran.out.startswith("coterie:join/")
    assert len(ran.out.splitlines()) == 1
    assert "invitation withdraw" in ran.err


def test_json_has_the_four_fields(line: Line) -> None:
    record = json.loads(line("invite", "friends", "--json").out)
    assert list(record) == ["schema", "id", "link", "expires_at"]


def test_options_reach_the_node(line: Line) -> None:
    line("invite", "friends", "--expires", "7d", "--approve")
    assert line.backend.calls[-1][1] == InvitationCreate(circle="friends", expires_ms=604_800_000, approve=True)
    line("invite", "friends")
    assert line.backend.calls[-1][1] == InvitationCreate(circle="friends", expires_ms=86_400_000)


def test_on_a_terminal_with_room_there_is_a_code(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LINES", "100")
    assert len(line("invite", "friends").out.splitlines()) > 20
    monkeypatch.setenv("LINES", "10")
    ran = line("invite", "friends")
    assert len(ran.out.splitlines()) == 1
    assert "too small" in ran.err


def test_the_list_and_the_decisions(line: Line) -> None:
    id = json.loads(line("invite", "friends", "--json").out)["id"]
    assert line("invitation", "list").out.split()[:3] == [id, "friends", "open"]
    assert "link" not in json.loads(line("invitation", "list", "--json").out)
    for verb, state in (("approve", "used"), ("deny", "denied"), ("withdraw", "withdrawn")):
        assert line("invitation", verb, id).status == 0
        assert json.loads(line("invitation", "list", "--json").out)["state"] == state


def test_an_unknown_id_is_refused(line: Line) -> None:
    ran = line("invitation", "withdraw", "nothing")
    assert (ran.status, ran.err.split(":")[1].strip()) == (1, "unknown-invitation")
