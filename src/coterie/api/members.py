"""Refuses JSON in which an object has one member twice: readers differ in which of the two they take."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from coterie.core.kernel.errors import PeerError

_ESCAPE = re.compile(rb"\\(?:u0022|.)", re.DOTALL)
_read: Final = msgspec.json.Decoder().decode
_write: Final = msgspec.json.Encoder().encode


def refuse_repeats(text: bytes, read: Callable[[bytes], object] = _read) -> None:
    """Raises `PeerError`: `invalid` when a member stands twice in one object, at any depth that `read` reads, or when
    a part cannot be read.

    The JSON library keeps the last of two and says nothing, so the text is written anew from what was kept. If that
    gives the same bytes nothing was lost, as with every line that the library itself has written; if not, a lost
    member shows by its quotation marks, once those inside strings are spelt in the one way that the library has.
    """
    try:
        kept = _write(read(text))
        if kept == text:
            return
        if rb"\u0022" in text:
            text = _ESCAPE.sub(_plainly, text)
            kept = _write(read(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise PeerError("invalid", "a text or a number in it cannot be read") from None
    if kept.count(b'"') != text.count(b'"'):
        raise PeerError("invalid", "an object in it has one member twice")


def _plainly(escape: re.Match[bytes]) -> bytes:
    return rb"\"" if escape[0] == rb"\u0022" else escape[0]
