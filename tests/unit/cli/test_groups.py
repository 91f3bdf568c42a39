"""group create|add|remove|leave|list."""

import json

import pytest

from coterie.api.schema import Group, GroupList
from coterie.cli import groups
from tests.unit.cli.command_line import Line


def test_the_life_of_a_group(line: Line) -> None:
    assert line("group", "create", "team", "bob", "carol").out == "friends/team: bob, carol\n"
    assert line("group", "add", "team", "dave").out == "friends/team: bob, carol, dave\n"
    assert line("group", "remove", "team", "bob").out == "friends/team: carol, dave\n"
    assert line("group", "list").out == "friends/team: carol, dave\n"
    record = json.loads(line("group", "list", "--json").out)
    assert (record["schema"], record["title"], record["people"]) == ("group/1", "team", ["carol", "dave"])
    assert line("group", "leave", "team").out == "you have left team\n"


def test_T015_a_title_that_hides_something_is_refused(line: Line) -> None:
    assert line("group", "create", "te\u202eam", "bob").status == 1


def test_groups_of_one_title_are_told_apart(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        Group(id=id, title=title, circle="friends", admin=True, people=["bob"], created_at="")
        for id, title in (("abcdef", "team"), ("ghijkl", "team"), ("mnopqr", "other"))
    ]
    monkeypatch.setattr(groups, "ask", lambda *_: GroupList(groups=listed))
    assert line("group", "list").out.splitlines() == ["team~abcd: bob", "team~ghij: bob", "friends/other: bob"]


def test_an_unknown_group_is_refused(line: Line) -> None:
    assert line("group", "add", "none", "bob").err.startswith("error: unknown-group: ")
