"""What is shown fits a line."""

import json

import pytest

from coterie.api import limits, schema
from coterie.api.errors import ApiError
from coterie.node.api_fitting import encode_event, encode_reply


def entry(text: str, id: str = "m") -> schema.LogEntry:
    return schema.LogEntry(
        id=id, kind="message", conversation="c", sender="b", text=text, state="", sent_at=None, received_at=None
    )


def test_a_page_that_is_too_long_is_cut_and_says_so() -> None:
    page = schema.LogPage(conversation="c", entries=[entry("x" * 100_000, str(n)) for n in range(40)], more=False)
    line = encode_reply(1, page)
    shown = json.loads(line)["result"]
    assert len(line) <= limits.MAX_LINE
    assert [one["id"] for one in shown["entries"]] == [str(n) for n in range(len(shown["entries"]))]
    assert 0 < len(shown["entries"]) < 40
    assert shown["more"] is True


def test_a_page_that_fits_is_left_alone() -> None:
    page = schema.LogPage(conversation="c", entries=[entry("x")], more=False)
    assert json.loads(encode_reply(1, page))["result"]["more"] is False


def test_T067_the_longest_text_of_control_characters_is_cut_not_refused() -> None:
    hostile = entry("\x01" * limits.MAX_TEXT_CHARS)
    line = encode_reply(1, schema.LogPage(conversation="c", entries=[hostile], more=False))
    assert len(line) <= limits.MAX_LINE
    [shown] = json.loads(line)["result"]["entries"]
    assert shown["text"] == "\x01" * limits.SHOWN_TEXT_CHARS
    event = schema.Event(id=1, kind="message", at="", message=hostile)
    line = encode_event(event)
    assert len(line) <= limits.MAX_LINE
    assert json.loads(line)["params"]["message"]["text"] == "\x01" * limits.SHOWN_TEXT_CHARS


def test_T067_of_two_entries_that_do_not_fit_together_the_first_is_shown_and_the_other_asked_for() -> None:
    two = [entry("\x01" * limits.MAX_TEXT_CHARS, id) for id in ("m1", "m2")]
    shown = json.loads(encode_reply(1, schema.LogPage(conversation="c", entries=two, more=False)))["result"]
    assert ([one["id"] for one in shown["entries"]], shown["more"]) == (["m1"], True)


def test_an_event_is_called_so() -> None:
    note = json.loads(encode_event(schema.Event(id=1, kind="link", at="")))
    assert (note["method"], note["params"]["kind"]) == ("event", "link")


@pytest.mark.parametrize("text", ["x", "x" * limits.SHOWN_TEXT_CHARS])
def test_an_entry_that_no_cut_can_help_is_refused(text: str) -> None:
    page = schema.LogPage(conversation="c" * limits.MAX_LINE, entries=[entry(text)], more=False)
    with pytest.raises(ApiError) as raised:
        encode_reply(1, page)
    assert raised.value.code == "too-large"


def test_anything_else_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ApiError):
        encode_reply(1, schema.Sent(id="x" * limits.MAX_LINE, state=""))
    with pytest.raises(ApiError):
        encode_event(schema.Event(id=1, kind="x" * limits.MAX_LINE, at=""))
    with pytest.raises(ApiError):
        encode_reply(1, schema.LogPage(conversation="c" * limits.MAX_LINE, entries=[], more=False))
