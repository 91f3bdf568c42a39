"""log, page by page."""

import json

import pytest

from coterie.api import limits
from tests.unit.cli.command_line import Line


@pytest.fixture(autouse=True)
def _entries(line: Line) -> None:
    for number in range(2500):
        line.backend.receive("bob", f"text {number}")


def texts(line: Line, *options: str) -> list[str]:
    return [json.loads(text)["text"] for text in line("log", "bob", "--json", *options).out.splitlines()]


def test_the_whole_conversation_oldest_first(line: Line) -> None:
    assert texts(line) == [f"text {number}" for number in range(2500)]


def test_a_limit_gives_the_last_ones_oldest_first(line: Line) -> None:
    assert texts(line, "--limit", "2") == ["text 2498", "text 2499"]
    assert texts(line, "--limit", "1500") == [f"text {number}" for number in range(1000, 2500)]
    assert len(texts(line, "--limit", "999999")) == 2500


def test_since_gives_what_follows(line: Line) -> None:
    assert texts(line, "--since", "m2498") == ["text 2498", "text 2499"]
    assert texts(line, "--since", "m1", "--limit", "2") == ["text 1", "text 2"]
    assert texts(line, "--since", "m1", "--limit", "1200") == [f"text {number}" for number in range(1, 1201)]
    assert texts(line, "--since", "m2500") == []


def test_an_unknown_id_or_conversation_is_refused(line: Line) -> None:
    assert line("log", "bob", "--since", "nothing").status == 1
    assert line("log", "nobody").status == 1


def test_every_record_has_all_fields(line: Line) -> None:
    record = json.loads(line("log", "bob", "--json", "--limit", "1").out)
    fields = "schema id kind conversation from text state sent_at received_at"
    assert list(record) == fields.split()


def test_a_page_is_bounded(line: Line) -> None:
    texts(line)
    sizes = [params.limit for method, params in line.backend.calls if method == "conversation.log"]  # type: ignore[attr-defined]
    assert max(sizes) <= limits.MAX_LOG_PAGE
