"""What every parser of received bytes must do with what is nearly right (T001, T002, T003)."""

from collections.abc import Callable, Iterable
from typing import Protocol

from coterie.core.kernel.errors import PeerError


class Encodable(Protocol):
    def encode(self) -> bytes: ...


Parse = Callable[[bytes], object]


def is_refused(parse: Parse, data: bytes) -> bool:
    """Whether `parse` raises a PeerError; any other exception goes through and fails the test."""
    try:
        parse(data)
    except PeerError:
        return True
    return False


def accepted_prefixes(parse: Parse, data: bytes) -> list[int]:
    """T001: the lengths of proper prefixes that are accepted; none should be."""
    return [size for size in range(len(data)) if not is_refused(parse, data[:size])]


def accepted_extensions(parse: Parse, data: bytes) -> list[int]:
    """T002: how many trailing bytes (1 to 64, zeros and ones) are accepted; none should be."""
    tails = (bytes((fill,)) * count for count in range(1, 65) for fill in (0x00, 0xFF))
    return [len(tail) for tail in tails if not is_refused(parse, data + tail)]


def bit_flips(data: bytes, step: int = 1) -> Iterable[bytes]:
    """Every `step`-th bit of `data` flipped, one at a time."""
    for bit in range(0, len(data) * 8, step):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


def ambiguous_flips(parse: Callable[[bytes], Encodable], data: bytes) -> list[bytes]:
    """T003: flipped encodings that are read as something whose own encoding is another; none should be."""
    found: list[bytes] = []
    for flipped in bit_flips(data):
        try:
            value = parse(flipped)
        except PeerError:
            continue
        if value.encode() != flipped:
            found.append(flipped)
    return found
