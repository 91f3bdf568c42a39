"""Received text on a terminal: what could move the cursor, reorder the line or hide itself is taken out (T067).

Programs get the exact text in JSON; this is for eyes only.
"""

import re
import unicodedata

MAX_MARKS = 8
"""Combining marks in a row: more than any script needs, fewer than it takes to cover the lines above."""

_SEQUENCE = re.compile(
    "(?:\x1b\\]|\x9d|\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    "|\x1b[ -/]*[0-~]?"  # other escapes
)
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_NEEDS_WORK = re.compile("[^\n\t -~]")


def neutralise_text(text: str, limit: int | None = None) -> str:
    """`text` with line feeds and tabs kept and every other control taken out; at most `limit` characters."""
    if _NEEDS_WORK.search(text):
        text = _SEQUENCE.sub("", text)
        text = _BREAKS.sub("\n", text)
        text = _UNSAFE.sub("", text)
        text = _limit_marks(text)
    if limit is not None and len(text) > limit:
        return text[: limit - 1] + "…" if limit > 0 else ""
    return text


def neutralise_line(text: str, limit: int | None = None) -> str:
    """The same on one line: line feeds and tabs become spaces. For input quoted in errors."""
    return neutralise_text(text, None if limit is None else 4 * limit).replace("\n", " ").replace("\t", " ")[:limit]


def _limit_marks(text: str) -> str:
    if not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)
