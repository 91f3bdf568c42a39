"""Nothing received steers the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.cli import display
from coterie.core.kernel.names import is_refused

HOSTILE = [
    "\x1b[31mred",
    "\x1b]52;c;AAAA\x07",
    "\x1b]8;;http://x\x07link\x1b]8;;\x07",
    "\x9b31m",
    "\rover",
    "\x08\x08\x08",
    "a\u202eb",
    "a\u2066b\u2069",
    "a\u200bb",
    "\U000e0041",
    "a\u2028b",
    "\x00",
    "\x85",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_T015_T067_names_and_texts_lose_what_steers(text: str) -> None:
    for shown in (display.name(text), display.quote(text), *display.lines(text)):
        assert not any(is_refused(character) for character in shown)


def harmless(character: str) -> bool:
    """Printable, a space of any width, or one of the joiners that writing needs."""
    return character.isprintable() or unicodedata.category(character) == "Zs" or character in "\u200c\u200d\ufe0e\ufe0f"


@given(st.text(max_size=300))
def test_T067_no_text_keeps_a_control_character(text: str) -> None:
    for shown in display.lines(text):
        assert all(harmless(character) for character in shown)


def test_T015_a_long_name_is_cut() -> None:
    assert len(display.name("x" * (1 << 20))) == 64


def test_T067_zalgo_keeps_four_marks_a_letter() -> None:
    assert display.lines("a" + "\u0301" * 500 + "b") == ["a" + "\u0301" * 4 + "b"]


def test_what_people_write_stays_as_it_is() -> None:
    for text in ("grüße", "नमस्ते", "می‌خواهم", "👩‍👩‍👧 ❤️", "日本語", "e\u0301"):
        assert display.lines(text) == [text]


def test_only_line_feeds_end_lines() -> None:
    assert display.lines("a\nb\r\nc\rd\x0be") == ["a", "b", "c\ufffdd\ufffde"]


def test_errors_quote_at_most_40_characters() -> None:
    assert display.quote("x" * 40) == "'" + "x" * 40 + "'"
    assert display.quote("x" * 41) == "'" + "x" * 40 + "…'"
    assert len(display.quote("\x1b" * (1 << 20))) < 50


def test_times_and_ages() -> None:
    assert len(display.time("2026-01-02T03:04:05.678Z")) == 16
    assert [display.time(None), display.time(""), display.time("nonsense")] == ["-", "-", "-"]
    assert [display.age(ms) for ms in (None, 0, 59_999, 60_000, 3_600_000, 90_000_000)] == [
        "never", "0s", "59s", "1m", "1h", "1d"
    ]  # fmt: skip


def test_columns() -> None:
    assert display.table([]) == []
    assert display.table([("a", "bb", ""), ("ccc", "d", "")]) == ["a    bb", "ccc  d"]
