"""Rows in a dictionary."""

from coterie.core.mls.state import Delta
from coterie.testing.mls_rows import DictRows


def test_writing_sets_and_deletes() -> None:
    rows = DictRows({"a/1": b"1", "b": b"2"})
    rows.write(Delta((("a/1", None), ("a/2", b"3"), ("missing", None))))
    assert rows.values == {"a/2": b"3", "b": b"2"}
    assert rows.keys("a/") == ["a/2"]
    assert rows.get("a/1") is None


def test_a_copy_is_a_snapshot() -> None:
    rows = DictRows({"a": b"1"})
    copy = rows.copy()
    rows.write(Delta((("a", b"2"),)))
    assert copy.get("a") == b"1"
