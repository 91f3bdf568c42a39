"""Bytes as text that survives people and chat programs: base32 with check symbols, white space and case ignored.

The bytes are followed by a four-byte checksum and cut into blocks of 15 (24 symbols; the last one may be shorter, its
fill bits zero). After each block stand two check symbols: the remainder of m(x)·x² by (x − α)(x − α²) over GF(32) with
x⁵ + x² + 1 and α = 2, where m is the block's number mod 32 followed by its symbols. That is a Reed-Solomon code: any
two wrong symbols of a block, a transposition, or blocks in another order are noticed, and the block is named.
"""

import base64
import hashlib
from collections.abc import Sequence

from coterie.core.kernel.errors import PeerError

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BLOCK_BYTES = 15
BLOCK_SYMBOLS = 24
CHECK_SYMBOLS = 2
CHECKSUM_SIZE = 4
IGNORED = frozenset(" \t\n\r\v\f\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""White space, and what word processors and chat programs put between characters."""

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}


def _powers() -> tuple[int, ...]:
    value, powers = 1, []
    for _ in range(31):
        powers.append(value)
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return tuple(powers)


_POWERS = _powers()
_LOGARITHMS = {power: exponent for exponent, power in enumerate(_POWERS)}


def _times(a: int, b: int) -> int:
    """Product in GF(32)."""
    return 0 if a == 0 or b == 0 else _POWERS[(_LOGARITHMS[a] + _LOGARITHMS[b]) % 31]


_LINEAR = _POWERS[1] ^ _POWERS[2]
_CONSTANT = _times(_POWERS[1], _POWERS[2])
"""(x − α)(x − α²) = x² + _LINEAR·x + _CONSTANT; minus is plus in this field."""


def check_symbols(number: int, symbols: Sequence[int]) -> tuple[int, int]:
    """The two check symbols of block `number` (from 0)."""
    high = low = 0
    for symbol in (number % 32, *symbols):
        feedback = symbol ^ high
        high = low ^ _times(feedback, _LINEAR)
        low = _times(feedback, _CONSTANT)
    return high, low


def checksum(label: bytes, data: bytes) -> bytes:
    """The first four bytes of SHA-256(label ‖ 0x00 ‖ data)."""
    return hashlib.sha256(label + b"\x00" + data).digest()[:CHECKSUM_SIZE]


def encode_text(label: bytes, data: bytes) -> str:
    """Upper-case symbols without a prefix. `label` is hashed into the checksum, so texts of two kinds never mix."""
    whole = data + checksum(label, data)
    parts = []
    for number, start in enumerate(range(0, len(whole), BLOCK_BYTES)):
        block = base64.b32encode(whole[start : start + BLOCK_BYTES]).decode("ascii").rstrip("=")
        checks = check_symbols(number, [_VALUES[symbol] for symbol in block])
        parts.append(block + "".join(ALPHABET[value] for value in checks))
    return "".join(parts)


def strip_ignored(text: str) -> str:
    """The text without white space and its invisible relatives."""
    return "".join(character for character in text if character not in IGNORED)


def decode_text(label: bytes, text: str) -> bytes:
    """The bytes of `text`, which `strip_ignored` has seen, in either case.

    Raises `malformed`, whose message names the first bad place (characters counted from 1 after the prefix, without
    white space), or `cut-or-mixed` when every block is right and the checksum is not.
    """
    size = BLOCK_SYMBOLS + CHECK_SYMBOLS
    whole = b"".join(
        _decode_block(number, text[start : start + size], start)
        for number, start in enumerate(range(0, len(text), size))
    )
    data, tail = whole[:-CHECKSUM_SIZE], whole[-CHECKSUM_SIZE:]
    if tail != checksum(label, data):
        raise PeerError("cut-or-mixed", "the text is cut short, or put together from two; copy the whole of it again")
    return data


def _decode_block(number: int, block: str, start: int) -> bytes:
    values = []
    for position, character in enumerate(block, start + 1):
        value = _VALUES.get(character.upper()) if character.isascii() else None
        if value is None:
            raise PeerError("malformed", f"character {position} is none that such a text can have")
        values.append(value)
    symbols, checks = values[:-CHECK_SYMBOLS], tuple(values[-CHECK_SYMBOLS:])
    bits = 5 * len(symbols)
    if not symbols or bits % 8 >= 5 or checks != check_symbols(number, symbols):
        raise _bad_block(start, len(block))
    value = 0
    for symbol in symbols:
        value = value << 5 | symbol
    if value & ((1 << bits % 8) - 1):
        raise _bad_block(start, len(block))
    return (value >> bits % 8).to_bytes(bits // 8, "big")


def _bad_block(start: int, size: int) -> PeerError:
    return PeerError("malformed", f"something is wrong between the characters {start + 1} and {start + size}")
