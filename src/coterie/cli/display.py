"""How names, texts and times from others are shown: nothing received steers the terminal (T015, T067)."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from coterie.core.kernel.names import REPLACEMENT, is_refused, neutralise

QUOTED_CHARACTERS = 40
MARKS_IN_A_ROW = 4
"""Combining marks kept on one letter: every living script needs fewer, zalgo needs more."""

_KEPT_IN_TEXT = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Joiners and presentation selectors that writing and emoji need; they do not reorder what is shown."""


def name(text: str) -> str:
    """A received name on one line."""
    return neutralise(text)


def plain(text: str) -> str:
    """One line of ours that may hold a path or other input: nothing in it steers the terminal."""
    return "".join(REPLACEMENT if is_refused(character) else character for character in text)


def quote(text: str) -> str:
    """Input named in an error: at most 40 neutralised characters."""
    shown = plain(text[:QUOTED_CHARACTERS])
    return f"'{shown}…'" if len(text) > QUOTED_CHARACTERS else f"'{shown}'"


def lines(text: str) -> list[str]:
    """A received text, line by line; only line feeds end lines."""
    return [_line(line) for line in text.replace("\r\n", "\n").split("\n")]


def _line(text: str) -> str:
    shown: list[str] = []
    marks = 0
    for character in text.replace("\t", "    "):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MARKS_IN_A_ROW:
            continue
        refused = is_refused(character) and character not in _KEPT_IN_TEXT
        shown.append(REPLACEMENT if refused else character)
    return "".join(shown)


def time(iso: str | None) -> str:
    """A time of the API in this machine's zone, to the minute."""
    if not iso:
        return "-"
    try:
        return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return "-"


def age(milliseconds: int | None) -> str:
    """How long ago, in one unit."""
    if milliseconds is None:
        return "never"
    seconds = milliseconds // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows in columns."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
