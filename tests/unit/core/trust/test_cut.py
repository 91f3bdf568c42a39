"""Cuts in their one encoding."""

import pytest

from coterie.core.codec.tls import Reader, Writer
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.kernel.limits import CUT_ENTRIES
from coterie.core.trust.cut import Cut, CutEntry, bounded_cut, cut_of, read_cut, write_cut
from coterie.core.trust.object_types import LAST_SERIAL

A, B, HASH = b"\x01" * 32, b"\x02" * 32, b"\x09" * 32


def encoded(cut: Cut) -> bytes:
    out = Writer()
    write_cut(out, cut)
    return out.bytes()


def code_of(cut: Cut) -> str:
    with pytest.raises(PeerError) as refused:
        read_cut(Reader(encoded(cut)))
    return refused.value.code


def test_a_cut_travels_in_the_order_of_its_issuers() -> None:
    cut = cut_of([CutEntry(B, 3, HASH), CutEntry(A, LAST_SERIAL, HASH), CutEntry(A, 0, ZERO_ID)])
    assert [entry.issuer for entry in cut] == [A, A, B]
    assert read_cut(Reader(encoded(cut))) == cut


def test_T006_another_order_is_refused() -> None:
    assert code_of((CutEntry(B, 3, HASH), CutEntry(A, 3, HASH))) == "malformed"
    assert code_of((CutEntry(A, 3, HASH), CutEntry(A, 4, HASH))) == "malformed"
    assert code_of((CutEntry(A, LAST_SERIAL, HASH), CutEntry(A, LAST_SERIAL, HASH))) == "malformed"


def test_serial_zero_and_a_zero_hash_belong_together() -> None:
    assert code_of((CutEntry(A, 0, HASH),)) == "malformed"
    assert code_of((CutEntry(A, 1, ZERO_ID),)) == "malformed"


def test_T004_a_cut_is_bounded() -> None:
    many = tuple(CutEntry(index.to_bytes(32, "big"), 1, HASH) for index in range(CUT_ENTRIES + 1))
    assert read_cut(Reader(encoded(many[1:]))) == many[1:]
    assert code_of(many) == "too-large"


def test_a_bounded_cut_names_chains_that_have_something_first() -> None:
    entries = [CutEntry(bytes([0, *index.to_bytes(2, "big")]).ljust(32), index % 2, HASH) for index in range(2048)]
    cut = bounded_cut(entries)
    assert len(cut) == CUT_ENTRIES
    assert all(entry.serial for entry in cut)
    assert cut == cut_of(cut)
