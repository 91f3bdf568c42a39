"""What a node tells of itself: every field always there, a link that never was has no ages."""

import json

from coterie.api import codec
from coterie.api.status_schema import CircleStatus, LinkStatus, Status, Stopping

AWAY = LinkStatus(
    person="bob",
    device_id="d",
    presence="away",
    queued=2,
    linked_age_ms=None,
    heard_age_ms=None,
    attempts=3,
    attempt_age_ms=900,
    next_attempt_ms=4_100,
    sent_bytes=0,
    received_bytes=0,
)


def test_a_status_shows_all_its_fields_even_those_that_are_empty() -> None:
    circle = CircleStatus(id="c", name="Friends", endpoint_id="e", addresses=[], door=[], queued=2, links=[AWAY])
    found = json.loads(
        codec.encode_record(Status(node="ready", ready=True, started_at="t", last_event=9, queued=2, circles=[circle]))
    )
    assert list(found) == [
        "schema", "node", "version", "home", "socket", "pid", "ready", "started_at", "last_event", "queued", "circles",
    ]  # fmt: skip
    assert found["schema"] == "status/1"
    shown = found["circles"][0]["links"][0]
    assert shown["linked_age_ms"] is None
    assert shown["attempt_age_ms"] == 900
    assert set(shown) == set(LinkStatus.__struct_fields__)


def test_what_the_server_fills_in_is_empty_until_it_has() -> None:
    status = Status(node="stopped", ready=False, started_at="", last_event=0, queued=0, circles=[])
    assert (status.version, status.home, status.socket, status.pid) == ("", "", "", 0)


def test_stopping_names_the_process_that_will_be_gone() -> None:
    assert codec.encode_record(Stopping(pid=7)) == b'{"schema":"stop/1","pid":7}\n'
