"""T067: what received text may do to a terminal, which is nothing."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.kernel.terminal import MAX_MARKS, neutralise_line, neutralise_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hello", "hello"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("\x1b]52;c;c3RvbGVu\x07clipboard", "clipboard"),  # OSC 52
        ("\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\", "link"),  # OSC 8
        ("\x9d0;title\x9cbody", "body"),
        ("\x1b]0;never ended", ""),
        ("\x1b]0;never ended\nnext", "\nnext"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1b_G payload\x1b\\kitty", "kitty"),
        ("\x1bcreset", "reset"),
        ("\x1b", ""),
        ("a\rb", "a\nb"),
        ("a\r\nb", "a\nb"),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("bell\x07 back\x08 del\x7f nul\x00", "bell back del nul"),
        ("\u202egpj.exe", "gpj.exe"),
        ("\u2066a\u2069\u200eb\u200fc\u061cd", "abcd"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("שלום مرحبا", "שלום مرحبا"),
    ],
    ids=ascii,
)
def test_T067_controls_sequences_and_bidi_marks_are_taken_out(text: str, shown: str) -> None:
    assert neutralise_text(text) == shown


def test_T067_marks_do_not_cover_the_lines_above() -> None:
    zalgo = "a" + "\u0301" * 100 + "b"
    assert neutralise_text(zalgo) == "a" + "\u0301" * MAX_MARKS + "b"


def test_T067_a_megabyte_on_one_line_takes_linear_time() -> None:
    assert neutralise_text("\x1b]" + "x" * (1 << 20)) == ""
    assert len(neutralise_text("\x1b[" * (1 << 19))) == 0
    assert neutralise_text("x" * (1 << 20), 10) == "x" * 9 + "…"


@pytest.mark.parametrize(("limit", "shown"), [(0, ""), (1, "…"), (4, "abc…"), (5, "abcde"), (None, "abcde")])
def test_limits(limit: int | None, shown: str) -> None:
    assert neutralise_text("abcde", limit) == shown


def test_a_line_stays_one_line() -> None:
    assert neutralise_line("a\nb\tc\r\nd") == "a b c d"
    assert neutralise_line("x" * 100, 40) == "x" * 40


@given(st.text())
def test_nothing_dangerous_is_ever_left(text: str) -> None:
    shown = neutralise_text(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", shown)
    assert not any(unicodedata.bidirectional(c) in {"LRO", "RLO", "LRE", "RLE", "PDF"} for c in shown)
    assert neutralise_text(shown) == shown
