"""circle create|list|show|remove|role|leave."""

import json

from coterie.api import schema
from tests.unit.cli.command_line import Line


def test_the_life_of_a_circle(line: Line) -> None:
    assert line("circle", "create", "friends", "--as", "alice").out == "circle friends is there; you are alice\n"
    assert line("circle", "list").out == "friends  you are alice  owner  4 people\n"
    shown = line("circle", "show", "friends").out.splitlines()
    assert shown[0].startswith("friends: owner, suite ")
    assert shown[2].split() == ["friends/alice", "owner", "you", "founder", "1", "device"]
    assert "not verified  admitted by alice" in shown[3]
    assert line("circle", "remove", "bob").out == "bob is removed\n"
    assert line("circle", "role", "carol", "admin").out == "carol is admin\n"
    assert line("circle", "leave", "friends").out == "you have left friends\n"
    assert line("circle", "list").out == ""


def test_json_is_a_record_a_line(line: Line) -> None:
    line("circle", "create", "friends", "--as", "alice")
    for arguments, name in (
        (("circle", "list"), "circle/1"),
        (("circle", "show", "friends"), "circle-details/1"),
        (("circle", "role", "bob", "guest"), "done/1"),
        (("circle", "remove", "bob"), "done/1"),
        (("circle", "create", "more", "--as", "a"), "circle/1"),
    ):
        (record,) = line(*arguments, "--json").out.splitlines()
        assert json.loads(record)["schema"] == name


def test_T015_names_of_our_own_that_hide_something_are_refused(line: Line) -> None:
    for name in ("", "x" * 65, "a\u202eb", "a\u200bb", "a\nb"):
        ran = line("circle", "create", name, "--as", "alice")
        assert (ran.status, ran.err.split(":")[1].strip()) == (1, "bad-name")
        assert line("circle", "create", "ok", "--as", name).status == 1
    assert line.backend.circles == {}


def test_T015_received_names_are_neutralised_on_the_terminal_and_exact_in_json(line: Line) -> None:
    hostile = "eve\u202e\x1b[31m" + "x" * 100
    line.backend.circles[hostile] = schema.Circle(
        id="i", name=hostile, pseudonym=hostile, role="owner", suite="s", people=1, created_at=""
    )
    shown = line("circle", "list").out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("x") < 130
    assert json.loads(line("circle", "list", "--json").out)["name"] == hostile
    assert "\x1b" not in line("person", "list").out


def test_a_circle_that_we_are_out_of_says_so(line: Line) -> None:
    line("circle", "create", "friends", "--as", "alice")
    line.backend.circles["friends"] = schema.replace(line.backend.circles["friends"], state="removed")
    assert line("circle", "list").out == "friends  you are alice  removed  4 people\n"
    assert line("circle", "show", "friends").out.startswith("friends: removed, suite ")
    assert json.loads(line("circle", "list", "--json").out)["state"] == "removed"
