"""The item list of (type, critical, bytes) that ends our own structures (PROTOCOL 0).

Unknown critical items are refused by name, others are kept byte for byte.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.kernel.errors import PeerError

MAX_ITEMS = 32


@dataclass(frozen=True, slots=True)
class Item:
    """One extension: its type, whether who does not know it must refuse the whole, and its bytes."""

    type: int
    critical: bool
    data: bytes

    def write(self, out: Writer) -> None:
        out.u16(self.type).boolean(self.critical).opaque(self.data)


def read_item(reader: Reader) -> Item:
    """struct { uint16 type; uint8 critical; opaque data<V>; }"""
    return Item(reader.u16(), reader.boolean(), reader.opaque())


def read_items(reader: Reader) -> tuple[Item, ...]:
    """`Item items<V>`, in rising order of type, no type twice."""
    items = tuple(reader.vector(read_item, limit=MAX_ITEMS))
    if any(a.type >= b.type for a, b in pairwise(items)):
        raise malformed("items: not in rising order")
    return items


def write_items(out: Writer, items: Iterable[Item]) -> None:
    """`Item items<V>`."""
    inner = Writer()
    for item in items:
        item.write(inner)
    out.opaque(inner.bytes())


def refuse_unknown_critical(items: Iterable[Item], known: frozenset[int]) -> None:
    """Raises `needs-newer-version`, naming the first critical item whose type is not in `known`."""
    for item in items:
        if item.critical and item.type not in known:
            raise PeerError("needs-newer-version", f"critical item {item.type} is not known to this version")
