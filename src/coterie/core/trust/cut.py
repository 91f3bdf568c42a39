"""The cut: up to where the chains of some issuers count (PROTOCOL 2, point 2)."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from coterie.core.codec.tls import Reader, Writer, malformed
from coterie.core.kernel.ids import ID_SIZE, ZERO_ID
from coterie.core.kernel.limits import CUT_ENTRIES
from coterie.core.trust.object_types import LAST_SERIAL


@dataclass(frozen=True, slots=True)
class CutEntry:
    """One chain: its issuer, the last serial that counts, and the id of the decision there.

    Serial 0 with a zero hash: nothing of this chain counts yet, but the issuer is named.
    """

    issuer: bytes
    serial: int
    hash: bytes


Cut: TypeAlias = tuple[CutEntry, ...]


def cut_of(entries: Iterable[CutEntry]) -> Cut:
    """A cut in its canonical order, by issuer and serial."""
    return tuple(sorted(entries, key=_place))


def bounded_cut(entries: Iterable[CutEntry]) -> Cut:
    """As much as one cut may name: chains that have something before those that have nothing, else as given.

    Who makes more chains than that loses what the last of them did when they are removed.
    """
    return cut_of(sorted(entries, key=_is_empty)[:CUT_ENTRIES])


def read_cut(reader: Reader) -> Cut:
    """`CutEntry cut<V>`, issuers strictly rising; at most 1,024 (`too-large`).

    One issuer stands twice only if the second entry names the certificate of its successor (the reserved serial).
    """
    entries = tuple(reader.vector(_read_entry, limit=CUT_ENTRIES))
    for one, other in itertools.pairwise(entries):
        twice = one.issuer == other.issuer and one.serial < other.serial == LAST_SERIAL
        if one.issuer >= other.issuer and not twice:
            raise malformed("cut: issuers not in rising order")
    return entries


def write_cut(out: Writer, cut: Cut) -> None:
    """`CutEntry cut<V>`."""
    inner = Writer()
    for entry in cut:
        inner.fixed(entry.issuer, ID_SIZE).u64(entry.serial).fixed(entry.hash, ID_SIZE)
    out.opaque(inner.bytes())


def _is_empty(entry: CutEntry) -> bool:
    return entry.serial == 0


def _place(entry: CutEntry) -> tuple[bytes, int]:
    return entry.issuer, entry.serial


def _read_entry(reader: Reader) -> CutEntry:
    entry = CutEntry(reader.fixed(ID_SIZE), reader.u64(), reader.fixed(ID_SIZE))
    if (entry.serial == 0) != (entry.hash == ZERO_ID):
        raise malformed("cut: serial and hash do not fit")
    return entry
