"""Deterministic CBOR (RFC 8949 section 4.2.1): one encoding for each value, and a decoder that takes no other.

Map keys are sorted bytewise on their encoded form (not the older length-first order). The decoder is written for bytes
from strangers: it is bounded in size, depth and number of items before it starts, never allocates by a declared
length, and needs no re-encoding to know that what it read is canonical.

Values are None, bool, int (64 bits and sign), float, bytes, str, list, dict with int, str or bytes as keys, and `Tag`.
"""

import math
import struct
from dataclasses import dataclass
from typing import TypeAlias

from coterie.core.codec.tls import malformed
from coterie.core.kernel.errors import PeerError

MAX_SIZE = 1 << 20
"""Bytes of one encoded value: well above the largest content that is not a file."""
MAX_DEPTH = 16
"""Nested arrays, maps and tags: MIMI content of 4 levels of parts needs 10."""
MAX_ITEMS = 16_384
"""Values in all, keys included: 1,024 parts of 15 fields fit."""

Key: TypeAlias = int | str | bytes


@dataclass(frozen=True, slots=True)
class Tag:
    """A tagged value; the tag is kept and means nothing here."""

    number: int
    value: "Value"


Value: TypeAlias = bool | int | float | bytes | str | list["Value"] | dict[Key, "Value"] | Tag | None

_UINT, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_SIMPLE_VALUES: dict[int, bool | None] = {20: False, 21: True, 22: None}
_SMALLEST = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}
_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
_NAN = b"\xf9\x7e\x00"


def _head(major: int, argument: int) -> bytes:
    kind = major << 5
    if argument < 24:
        return bytes((kind | argument,))
    if argument < 1 << 8:
        return bytes((kind | 24, argument))
    if argument < 1 << 16:
        return bytes((kind | 25,)) + argument.to_bytes(2, "big")
    if argument < 1 << 32:
        return bytes((kind | 26,)) + argument.to_bytes(4, "big")
    return bytes((kind | 27,)) + argument.to_bytes(8, "big")  # OverflowError beyond 64 bits: our bug


def _encode_float(value: float) -> bytes:
    if math.isnan(value):
        return _NAN
    for info, (form, _) in _FLOATS.items():
        try:
            packed = struct.pack(form, value)
        except OverflowError:
            continue
        if struct.unpack(form, packed)[0] == value:
            return bytes((_SIMPLE << 5 | info,)) + packed
    raise ValueError("a float that no form holds")


def _encode_map(value: dict[Key, Value]) -> bytes:
    pairs: list[tuple[bytes, bytes]] = []
    for key, item in value.items():
        if type(key) not in (int, str, bytes):
            raise TypeError("a map key is an int, a str or bytes")
        pairs.append((encode(key), encode(item)))
    pairs.sort()
    return _head(_MAP, len(pairs)) + b"".join([key + item for key, item in pairs])


def encode(value: Value) -> bytes:
    """The one encoding of `value`; TypeError or OverflowError for what CBOR cannot hold (our bug)."""
    kind = type(value)
    if kind is str:
        text = value.encode("utf-8")  # type: ignore[union-attr]
        return _head(_TEXT, len(text)) + text
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    if value is None:
        return b"\xf6"
    if value is True or value is False:
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(_UINT, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
    if isinstance(value, list):
        return _head(_ARRAY, len(value)) + b"".join([encode(item) for item in value])
    if isinstance(value, dict):
        return _encode_map(value)
    if isinstance(value, float):
        return _encode_float(value)
    if isinstance(value, Tag):
        return _head(_TAG, value.number) + encode(value.value)
    raise TypeError("not a value of CBOR")


def _non_canonical(what: str) -> PeerError:
    return PeerError("non-canonical", f"CBOR: {what}")


class _Decoder:
    __slots__ = ("_data", "_depth", "_end", "_items", "offset")

    def __init__(self, data: bytes, max_depth: int, max_items: int) -> None:
        self._data = data
        self._end = len(data)
        self._depth = max_depth
        self._items = max_items
        self.offset = 0

    def value(self) -> Value:
        if self._items == 0:
            raise PeerError("too-large", "CBOR: more values than the limit")
        self._items -= 1
        if self.offset >= self._end:
            raise malformed("CBOR: cut short")
        first = self._data[self.offset]
        self.offset += 1
        major, info = first >> 5, first & 31
        if major == _SIMPLE:
            return self._simple(info)
        argument = info if info < 24 else self._argument(info)
        if major == _TEXT:
            return self._text(argument)
        if major == _BYTES:
            return self._take(argument)
        if major == _UINT:
            return argument
        if major == _NEGATIVE:
            return -1 - argument
        return self._container(major, argument)

    def _container(self, major: int, argument: int) -> Value:
        if self._depth == 0:
            raise PeerError("too-large", "CBOR: nested deeper than the limit")
        self._depth -= 1
        value: Value
        if major == _ARRAY:
            value = [self.value() for _ in range(argument)]
        elif major == _MAP:
            value = self._map(argument)
        else:
            value = Tag(argument, self.value())
        self._depth += 1
        return value

    def _map(self, count: int) -> dict[Key, Value]:
        result: dict[Key, Value] = {}
        previous = b""
        for _ in range(count):
            start = self.offset
            key = self.value()
            if isinstance(key, bool) or not isinstance(key, int | str | bytes):
                raise malformed("CBOR: a map key that is no int, text or bytes")
            encoded = self._data[start : self.offset]
            if encoded <= previous:
                raise _non_canonical("map keys twice or out of order")
            previous = encoded
            result[key] = self.value()
        return result

    def _take(self, size: int) -> bytes:
        start = self.offset
        stop = start + size
        if stop > self._end:
            raise malformed("CBOR: a length beyond the end")
        self.offset = stop
        return self._data[start:stop]

    def _text(self, size: int) -> str:
        try:
            return self._take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise malformed("CBOR: text that is not UTF-8") from None

    def _argument(self, info: int) -> int:
        if info == 31:
            raise _non_canonical("indefinite length")
        if info > 27:
            raise malformed("CBOR: reserved length")
        size = 1 << (info - 24)
        argument = int.from_bytes(self._take(size), "big")
        if argument < _SMALLEST[size]:
            raise _non_canonical("a longer head than needed")
        return argument

    def _simple(self, info: int) -> Value:
        if info in _SIMPLE_VALUES:
            return _SIMPLE_VALUES[info]
        if info not in _FLOATS:
            raise malformed("CBOR: simple value")
        form, size = _FLOATS[info]
        start = self.offset - 1
        value: float = struct.unpack(form, self._take(size))[0]
        if _encode_float(value) != self._data[start : self.offset]:
            raise _non_canonical("a float in a longer form than needed")
        return value


def decode(data: bytes, *, max_size: int = MAX_SIZE, max_depth: int = MAX_DEPTH, max_items: int = MAX_ITEMS) -> Value:
    """The value that `data` is the one encoding of. Raises PeerError: `malformed`, `non-canonical`, `too-large`."""
    if len(data) > max_size:
        raise PeerError("too-large", "CBOR: more bytes than the limit")
    decoder = _Decoder(data, max_depth, max_items)
    value = decoder.value()
    if decoder.offset != len(data):
        raise malformed("CBOR: trailing bytes")
    return value
