"""The TLS presentation language as RFC 9420 uses it: a bounded reader and a writer.

Vectors `<V>` carry the variable-size length of RFC 9420 section 2.1.2 (QUIC varints, minimal form only).
The reader never allocates by a declared length: it slices what is there or raises `malformed`.
"""

from collections.abc import Callable
from struct import unpack
from typing import TypeVar

from coterie.core.kernel.errors import PeerError

T = TypeVar("T")

MAX_VARINT = (1 << 30) - 1
_NUMBERS = {2: "H", 4: "I"}
"""What `struct` calls unsigned numbers of these sizes."""


def malformed(what: str) -> PeerError:
    """The error of every strict parser. `what` names the field, never its content."""
    return PeerError("malformed", f"malformed {what}")


class Budget:
    """How many list elements may still be read of one input, whatever lists they stand in (T007)."""

    __slots__ = ("left",)

    def __init__(self, elements: int) -> None:
        self.left = elements

    def take(self) -> None:
        """One element more; `too-large` when there were too many."""
        self.left -= 1
        if self.left < 0:
            raise PeerError("too-large", "the lists of an input have more elements than its limit")


class Reader:
    """Reads one buffer from front to back. Every method raises `PeerError("malformed")` at its end.

    With a `budget`, the elements of all lists together are counted, also of lists in lists.
    """

    __slots__ = ("_budget", "_data", "_end", "_offset")

    def __init__(self, data: bytes, budget: Budget | None = None) -> None:
        self._data = data
        self._offset = 0
        self._end = len(data)
        self._budget = budget

    def _take(self, size: int) -> bytes:
        start = self._offset
        stop = start + size
        if stop > self._end:
            raise malformed("input: cut short")
        self._offset = stop
        return self._data[start:stop]

    def u8(self) -> int:
        """One byte, 0…255."""
        return self._take(1)[0]

    def u16(self) -> int:
        """Two bytes, big-endian."""
        return int.from_bytes(self._take(2), "big")

    def u32(self) -> int:
        """Four bytes, big-endian."""
        return int.from_bytes(self._take(4), "big")

    def u64(self) -> int:
        """Eight bytes, big-endian."""
        return int.from_bytes(self._take(8), "big")

    def fixed(self, size: int) -> bytes:
        """Exactly `size` bytes, without a length in front."""
        return self._take(size)

    def varint(self) -> int:
        """RFC 9420 2.1.2: 1, 2 or 4 bytes; the prefix 0b11 and longer forms than needed are refused."""
        first = self.u8()
        prefix = first >> 6
        if prefix == 0:
            return first
        if prefix == 3:
            raise malformed("length: reserved prefix")
        extra = 1 if prefix == 1 else 3
        value = int.from_bytes(bytes([first & 0x3F]) + self._take(extra), "big")
        if value < (1 << 6) or (prefix == 2 and value < (1 << 14)):
            raise malformed("length: not minimal")
        return value

    def opaque(self, limit: int | None = None) -> bytes:
        """`opaque<V>`; more than `limit` bytes are refused as `too-large`."""
        size = self.varint()
        if limit is not None and size > limit:
            raise PeerError("too-large", "a field is longer than its limit")
        return self._take(size)

    def opaque8(self) -> bytes:
        """`opaque<0..255>`: a one-byte length in front."""
        return self._take(self.u8())

    def vector(self, read: Callable[["Reader"], T], limit: int | None = None) -> list[T]:
        """`T<V>`: elements one after the other until the vector's bytes are used up; at most `limit` of them."""
        budget = self._budget
        inner = Reader(self.opaque(), budget)
        items: list[T] = []
        while inner._offset < inner._end:
            if limit is not None and len(items) >= limit:
                raise PeerError("too-large", "a list has more elements than its limit")
            if budget is not None:
                budget.take()
            before = inner._offset
            items.append(read(inner))
            if inner._offset == before:
                raise malformed("list: empty element")
        return items

    def numbers(self, size: int, limit: int) -> tuple[int, ...]:
        """`uintN<V>`, `size` bytes each (2 or 4), big-endian: as `vector` would read them, in one step."""
        data = self.opaque(limit * size)
        count, rest = divmod(len(data), size)
        if rest:
            raise malformed("list: cut short")
        return unpack(f">{count}{_NUMBERS[size]}", data)

    def optional(self, read: Callable[["Reader"], T]) -> T | None:
        """`optional<T>`: 0 absent, 1 present, anything else refused."""
        present = self.u8()
        if present > 1:
            raise malformed("optional: neither 0 nor 1")
        return read(self) if present else None

    def boolean(self) -> bool:
        """0 or 1, anything else refused."""
        value = self.u8()
        if value > 1:
            raise malformed("boolean: neither 0 nor 1")
        return value == 1

    @property
    def offset(self) -> int:
        """How many bytes have been read."""
        return self._offset

    def since(self, start: int) -> bytes:
        """The bytes read since `offset` was `start`: what a nested structure was encoded as."""
        return self._data[start : self._offset]

    def rest(self) -> bytes:
        """All that is left."""
        return self._take(self._end - self._offset)

    def left(self) -> int:
        """How many bytes have not been read."""
        return self._end - self._offset

    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._offset == self._end

    def finish(self) -> None:
        """Refuses trailing bytes. Every top-level parser ends with it."""
        if self._offset != self._end:
            raise malformed("input: trailing bytes")


def parse(read: Callable[[Reader], T], data: bytes, budget: Budget | None = None) -> T:
    """Reads one whole structure from `data`: too short and too long are both refused."""
    reader = Reader(data, budget)
    value = read(reader)
    reader.finish()
    return value


class Writer:
    """Builds one structure. Values are ours, so what does not fit is a bug (ValueError, OverflowError)."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def u8(self, value: int) -> "Writer":
        """One byte."""
        self._parts.append(value.to_bytes(1, "big"))
        return self

    def u16(self, value: int) -> "Writer":
        """Two bytes, big-endian."""
        self._parts.append(value.to_bytes(2, "big"))
        return self

    def u32(self, value: int) -> "Writer":
        """Four bytes, big-endian."""
        self._parts.append(value.to_bytes(4, "big"))
        return self

    def u64(self, value: int) -> "Writer":
        """Eight bytes, big-endian."""
        self._parts.append(value.to_bytes(8, "big"))
        return self

    def fixed(self, data: bytes, size: int | None = None) -> "Writer":
        """Bytes as they are; with `size`, exactly that many."""
        if size is not None and len(data) != size:
            raise ValueError(f"expected {size} bytes")
        self._parts.append(data)
        return self

    def varint(self, value: int) -> "Writer":
        """RFC 9420 2.1.2, minimal form."""
        self._parts.append(varint(value))
        return self

    def opaque(self, data: bytes) -> "Writer":
        """`opaque<V>`."""
        self._parts.append(varint(len(data)))
        self._parts.append(data)
        return self

    def opaque8(self, data: bytes) -> "Writer":
        """`opaque<0..255>`."""
        return self.u8(len(data)).fixed(data)

    def vector(self, encoded: list[bytes] | tuple[bytes, ...]) -> "Writer":
        """`T<V>` of elements that are encoded already."""
        return self.opaque(b"".join(encoded))

    def optional(self, encoded: bytes | None) -> "Writer":
        """`optional<T>` of an element that is encoded already."""
        return self.u8(0) if encoded is None else self.u8(1).fixed(encoded)

    def boolean(self, value: bool) -> "Writer":
        """0 or 1."""
        return self.u8(1 if value else 0)

    def bytes(self) -> "bytes":
        """The structure."""
        return b"".join(self._parts)


_SHORT = tuple(bytes([value]) for value in range(1 << 6))


def varint(value: int) -> bytes:
    """RFC 9420 2.1.2: the shortest of 1, 2 or 4 bytes."""
    if 0 <= value < (1 << 6):
        return _SHORT[value]
    if value < (1 << 14):
        return (value | 0x4000).to_bytes(2, "big")
    if value <= MAX_VARINT:
        return (value | 0x8000_0000).to_bytes(4, "big")
    raise ValueError("longer than RFC 9420 allows")


def opaque(data: bytes) -> bytes:
    """`opaque<V>` alone."""
    return varint(len(data)) + data
