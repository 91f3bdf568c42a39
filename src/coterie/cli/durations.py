"""Durations as people write them: `90s`, `15m`, `24h`, `7d`."""

from coterie.cli.display import quote
from coterie.core.kernel.errors import UserError

_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_MAX_DIGITS = 9


def parse_duration(text: str, longest: int = 10**9 * 86_400_000) -> int:
    """Milliseconds; raises `UserError`: `usage` for anything else, zero included, `bad-duration` above `longest`."""
    digits, unit = text[:-1], text[-1:]
    good = unit in _UNITS and digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS
    if not good or int(digits) == 0:
        raise UserError("usage", f"{quote(text)} is not a duration", "write 90s, 15m, 24h or 7d")
    milliseconds = int(digits) * _UNITS[unit]
    if milliseconds > longest:
        raise UserError("bad-duration", f"{quote(text)} is too long here", f"at most {longest // _UNITS['h']}h")
    return milliseconds
