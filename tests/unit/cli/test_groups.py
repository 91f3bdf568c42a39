"""group create|add|remove|leave|list."""

import json

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


def test_an_unknown_group_is_refused(line: Line) -> None:
    assert line("group", "add", "none", "bob").err.startswith("error: unknown-group: ")
