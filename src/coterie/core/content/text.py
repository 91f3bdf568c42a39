"""Text in and out of MIMI content: what a person writes, and what is shown of what arrived.

What this version does not understand is kept whole and shown as such, never dropped and never guessed at.
"""

from dataclasses import dataclass
from enum import StrEnum

from coterie.core.content.mimi import Extensions, MimiContent
from coterie.core.content.parts import (
    Disposition,
    ExternalPart,
    MultiPart,
    NullPart,
    Part,
    Semantics,
    SinglePart,
)
from coterie.core.content.status import STATUS_TYPE
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.limits import TEXT_SIZE

PLAIN_TEXT = "text/plain;charset=utf-8"
NEEDS_NEWER = "needs a newer version"

_TEXT_TYPES = frozenset({"text/plain", "text/markdown"})
_CHARSETS = frozenset({"charset=utf-8", 'charset="utf-8"', "charset=us-ascii"})


class Shown(StrEnum):
    """What kind of line a message becomes."""

    TEXT = "text"
    REACTION = "reaction"
    DELETION = "deletion"
    ATTACHMENT = "attachment"
    REPORT = "report"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Display:
    """A message for a reader. `text` is exact as received: a terminal neutralises it, a page uses text nodes."""

    kind: Shown
    text: str

    def __repr__(self) -> str:
        return f"Display({self.kind})"


_UNSUPPORTED = Display(Shown.UNSUPPORTED, NEEDS_NEWER)


def plain_text(text: str, extensions: Extensions, salt: bytes) -> MimiContent:
    """A message of plain text; UserError for an empty, too long or unencodable one."""
    if not text:
        raise UserError("empty-text", "the text is empty", "write something, or use - to read standard input")
    try:
        encoded = text.encode("utf-8")
    except UnicodeEncodeError:
        raise UserError("bad-text", "the text is not valid Unicode", "send it as UTF-8") from None
    if len(encoded) > TEXT_SIZE:
        raise UserError("text-too-long", f"a text has at most {TEXT_SIZE} bytes", "send it as a file")
    return MimiContent(salt, extensions, SinglePart(PLAIN_TEXT, encoded))


def display(content: MimiContent) -> Display:
    """What is shown of a message; anything unknown is `unsupported` with the text NEEDS_NEWER."""
    return _display(content.part, deletion=content.replaces is not None)


def _display(part: Part, *, deletion: bool) -> Display:
    if isinstance(part, SinglePart):
        return _single(part)
    if isinstance(part, NullPart):
        return Display(Shown.DELETION, "") if deletion else _UNSUPPORTED
    if isinstance(part, ExternalPart):
        return Display(Shown.ATTACHMENT, part.filename or part.description)
    return _multi(part, deletion=deletion)


def _single(part: SinglePart) -> Display:
    if part.content_type == STATUS_TYPE:
        return Display(Shown.REPORT, "")
    if not is_text(part.content_type):
        return _UNSUPPORTED
    try:
        text = part.content.decode("utf-8")
    except UnicodeDecodeError:
        return _UNSUPPORTED
    return Display(Shown.REACTION if part.disposition == Disposition.REACTION else Shown.TEXT, text)


def _multi(part: MultiPart, *, deletion: bool) -> Display:
    shown = [_display(inner, deletion=deletion) for inner in part.parts]
    known = [each for each in shown if each.kind is not Shown.UNSUPPORTED]
    if part.semantics is Semantics.CHOOSE_ONE:
        return known[0] if known else _UNSUPPORTED
    if part.semantics is Semantics.SINGLE_UNIT and len(known) < len(shown):
        return _UNSUPPORTED  # parts that make sense only together
    kind = known[0].kind if known else Shown.UNSUPPORTED
    return Display(kind, "\n".join(each.text for each in shown))


def is_text(content_type: str) -> bool:
    """Whether this is plain text or Markdown (shown as plain text) in UTF-8."""
    if content_type == PLAIN_TEXT:
        return True
    kind, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charsets = [parameter for parameter in parameters if parameter.startswith("charset=")]
    return kind in _TEXT_TYPES and all(charset in _CHARSETS for charset in charsets)
