"""status and stop."""

import json
from typing import Any

import pytest

from coterie.api import blocking, status_schema
from coterie.api.errors import ApiError, not_running
from coterie.api.schema import replace
from tests.unit.cli.command_line import Line

LINK = status_schema.LinkStatus(
    person="bob\x1b[31m",
    device_id="d",
    presence="linked",
    queued=2,
    linked_age_ms=5_000,
    heard_age_ms=100,
    attempts=0,
    attempt_age_ms=None,
    next_attempt_ms=None,
    sent_bytes=10,
    received_bytes=20,
)
AWAY = status_schema.LinkStatus(
    person="carol",
    device_id="e",
    presence="dialling",
    queued=0,
    linked_age_ms=None,
    heard_age_ms=None,
    attempts=3,
    attempt_age_ms=60_000,
    next_attempt_ms=2_000,
    sent_bytes=0,
    received_bytes=0,
)
CIRCLE = status_schema.CircleStatus(
    id="c",
    name="friends",
    endpoint_id="e",
    addresses=["127.0.0.1:1"],
    door=["127.0.0.1:2"],
    queued=2,
    links=[LINK, AWAY],
)


def status(*, ready: bool) -> status_schema.Status:
    return status_schema.Status(node="ready", ready=ready, started_at="", last_event=0, queued=2, circles=[CIRCLE])


def answer(monkeypatch: pytest.MonkeyPatch, with_: Any) -> None:
    def call(*_: object) -> Any:
        if isinstance(with_, Exception):
            raise with_
        return with_

    monkeypatch.setattr(blocking, "call", call)


def test_it_is_0_exactly_when_the_node_takes_commands(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    for ready, expected in ((True, 0), (False, 3)):
        answer(monkeypatch, status(ready=ready))
        assert line("status").status == line("status", "--json").status == expected


@pytest.mark.parametrize(
    "error", [not_running("/h"), ApiError("daemon-silent"), ApiError("internal"), ApiError("protocol-error")]
)
def test_else_it_is_3_and_json_says_so_too(line: Line, monkeypatch: pytest.MonkeyPatch, error: ApiError) -> None:
    answer(monkeypatch, error)
    assert line("status").status == 3
    ran = line("status", "--json")
    assert ran.status == 3
    assert json.loads(ran.out)["ready"] is False


def test_links_have_presence_queue_attempts_and_ages(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, status(ready=True))
    shown = line("status").out
    assert "linked    2 waiting  for 5s, heard 0s ago" in shown
    assert "dialling  0 waiting  3 failed attempts, the last 1m ago, next in 2s" in shown
    assert "at 127.0.0.1:1" in shown
    assert "door open at 127.0.0.1:2" in shown
    assert "\x1b" not in shown
    record = json.loads(line("status", "--json").out)
    assert record["schema"] == "status/1"
    assert record["circles"][0]["links"][0]["person"] == "bob\x1b[31m"


def test_a_relay_is_shown_where_one_is_used(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, status(ready=True))
    assert "relay" not in line("status").out
    linked = replace(LINK, path="relay")
    for reached, word in ((True, "reached"), (False, "not reached")):
        circle = replace(CIRCLE, relay="https://relay.example/", at_relay=reached, links=[linked, AWAY])
        answer(monkeypatch, replace(status(ready=True), circles=[circle]))
        shown = line("status").out
        assert f"  relay https://relay.example/ {word}\n" in shown
        assert "for 5s, heard 0s ago, through the relay" in shown


def test_stop_names_the_process(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, status_schema.Stopping(pid=77))
    assert line("stop").err == "process 77 is stopping\n"
