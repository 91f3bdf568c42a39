"""send."""

import io
import json
import sys

import pytest

from coterie.api import blocking
from coterie.api.errors import ApiError
from coterie.api.schema import Send
from coterie.core.kernel.limits import TEXT_SIZE
from tests.unit.cli.command_line import Line


def read_from(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def text_of(line: Line) -> str:
    params = line.backend.calls[-1][1]
    assert isinstance(params, Send)
    return params.text


def test_queued_is_silent_and_0(line: Line) -> None:
    ran = line("send", "carol", "hi there")
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert text_of(line) == "hi there"


def test_json_has_the_three_fields(line: Line) -> None:
    assert line("send", "carol", "x", "--json").out == '{"schema":"send/1","id":"m1","state":"queued"}\n'


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"hi", "hi"),
        (b"hi\n", "hi"),
        (b"a\nb\n\n", "a\nb\n"),
        ("grüße 🎉".encode(), "grüße 🎉"),
        (b"\x00\x1b", "\x00\x1b"),
    ],
)
def test_a_dash_reads_standard_input_exactly(
    line: Line, monkeypatch: pytest.MonkeyPatch, data: bytes, text: str
) -> None:
    read_from(monkeypatch, data)
    assert line("send", "carol", "-").status == 0
    assert text_of(line) == text


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        (b"", "empty-text", 1),
        (b"\n", "empty-text", 1),
        (b"\xff\xfe", "not-text", 1),
        (b"x" * (8 << 20), "too-large", 5),
    ],
)
def test_T004_input_that_is_no_message_is_refused(
    line: Line, monkeypatch: pytest.MonkeyPatch, data: bytes, code: str, status: int
) -> None:
    read_from(monkeypatch, data)
    ran = line("send", "carol", "-")
    assert (ran.status, ran.err.split(":")[1].strip()) == (status, code)
    assert line.backend.calls == []


def test_T004_the_limit_is_in_bytes_and_the_largest_text_passes(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    largest = "é" * (TEXT_SIZE // 2)
    read_from(monkeypatch, f"{largest}\n".encode())
    assert line("send", "carol", "-").status == 0
    for longer in (f"{largest}x", f"{largest}\n\n"):
        read_from(monkeypatch, longer.encode())
        ran = line("send", "carol", "-")
        assert (ran.status, ran.err.split(":")[1].strip(), str(TEXT_SIZE) in ran.err) == (5, "too-large", True)


def test_options_reach_the_node(line: Line) -> None:
    line("send", "nobody", "x", "--wait", "read", "--timeout", "1d", "--client-id", "c")
    params = Send(to="nobody", text="x", wait="read", timeout_ms=86_400_000, client_id="c")
    assert line.backend.calls[-1][1] == params


def test_too_late_is_9_and_json_ends_with_the_state_that_was_reached(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise ApiError("timeout", "not read within 1 s", "it goes on", "m7", "delivered")

    monkeypatch.setattr(blocking, "call", late)
    ran = line("send", "carol", "x", "--wait", "read", "--json")
    assert ran.status == 9
    assert json.loads(ran.out) == {"schema": "send/1", "id": "m7", "state": "delivered"}
    assert ran.err.startswith("error: timeout: ")


def test_text_that_begins_with_a_dash_goes_after_two(line: Line) -> None:
    assert "--" in line("send", "carol", "-x").err
    assert line("send", "carol", "--", "-x").status == 0
    assert text_of(line) == "-x"
