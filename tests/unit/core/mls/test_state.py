"""Rows and deltas."""

import pytest

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.state import Delta, NoRows, Overlay, deletions, difference, read_delta, write_delta
from coterie.testing.mls_rows import DictRows


def test_of_two_changes_of_one_row_the_later_counts() -> None:
    merged = Delta((("a", b"1"), ("b", b"1"))) + Delta((("a", None), ("c", b"2")))
    assert dict(merged.changes) == {"a": None, "b": b"1", "c": b"2"}


def test_an_overlay_shows_rows_as_they_will_be() -> None:
    base = DictRows({"a/1": b"1", "a/2": b"2", "b": b"3"})
    after = Overlay(base, Delta((("a/1", None), ("a/3", b"4"), ("b", b"5"))))
    assert (after.get("a/1"), after.get("a/2"), after.get("a/3"), after.get("b")) == (None, b"2", b"4", b"5")
    assert after.keys("a/") == ["a/2", "a/3"]
    assert base.get("a/1") == b"1"


def test_no_rows() -> None:
    assert NoRows().get("a") is None
    assert NoRows().keys("") == []


def test_differences_turn_one_state_into_the_other() -> None:
    old, new = {"a": b"1", "b": b"2", "c": b"3"}, {"a": b"1", "b": b"9", "d": b"4"}
    rows = DictRows(old)
    changes = Delta(tuple(difference(old, new)))
    rows.write(changes)
    assert rows.values == new
    assert "a" not in dict(changes.changes)


def test_deletions() -> None:
    assert deletions(["a", "b"]) == Delta((("a", None), ("b", None)))


def test_deltas_are_stored_and_read_back() -> None:
    delta = Delta((("a", b"1"), ("b", None), ("c", b"")))
    out = Writer()
    write_delta(out, delta)
    assert parse(read_delta, out.bytes()) == delta


def test_a_deletion_with_a_value_is_malformed() -> None:
    inner = Writer().opaque(b"a").boolean(False).opaque(b"1")
    with pytest.raises(PeerError):
        read_delta(Reader(Writer().opaque(inner.bytes()).bytes()))


def test_a_row_whose_name_is_no_ascii_is_malformed() -> None:
    inner = Writer().opaque(b"\xe9").boolean(True).opaque(b"1")
    with pytest.raises(PeerError):
        read_delta(Reader(Writer().opaque(inner.bytes()).bytes()))


def test_values_do_not_show() -> None:
    assert "secret" not in repr(Delta((("a", b"secret"),)))
