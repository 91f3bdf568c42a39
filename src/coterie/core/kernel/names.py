"""Names of people, circles and groups: what is refused when we choose one, and how a received one is shown.

A name is 1 to 64 characters in normal form C, without characters that cannot be seen or that change the direction
of what follows: two names that look the same are the same.
"""

import unicodedata

from coterie.core.kernel.errors import UserError
from coterie.core.kernel.limits import NAME_CHARACTERS

MAX_CHARACTERS = NAME_CHARACTERS
"""Fits a terminal line and a screen; long enough for any pseudonym or title."""

MAX_TYPED = 16 * MAX_CHARACTERS
"""Characters of what somebody typed that are put in normal form C; nothing longer is a name, and its form is slow."""

REPLACEMENT = "\ufffd"

_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180F, 0x2800, 0x3164, 0xFFA0}
    | set(range(0x180B, 0x180E))
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)
"""Characters of other categories that have no width: joiners, fillers, variation selectors."""


def is_refused(character: str) -> bool:
    """Whether a character is a control, bidi, zero-width, unassigned or private one."""
    return unicodedata.category(character) in _REFUSED_CATEGORIES or ord(character) in _INVISIBLE


def composed(text: str) -> str:
    """What somebody typed, in normal form C: keyboards and copied names write one letter in several ways."""
    return unicodedata.normalize("NFC", text) if len(text) <= MAX_TYPED else text


def check_name(text: str, what: str = "name") -> str:
    """The name in normal form C, or UserError `bad-name`. `what` says in the message which name it is."""
    text = composed(text)
    if not 1 <= len(text) <= MAX_CHARACTERS:
        raise UserError("bad-name", f"a {what} has 1 to {MAX_CHARACTERS} characters", "choose another one")
    if any(is_refused(character) for character in text):
        raise UserError("bad-name", f"a {what} has no invisible or control characters", "type it by hand")
    if text != text.strip():
        raise UserError("bad-name", f"a {what} does not begin or end with a space", "leave the space out")
    return text


def neutralise(text: str) -> str:
    """How a received name is shown: what would be refused becomes U+FFFD, what is too long is cut, never empty."""
    shown = "".join(REPLACEMENT if is_refused(character) else character for character in text)
    shown = unicodedata.normalize("NFC", shown)[:MAX_CHARACTERS].strip()
    return shown or REPLACEMENT
