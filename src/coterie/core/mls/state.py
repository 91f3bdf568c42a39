"""State of one group: small rows of bytes, and the change of them that every call returns.

Nothing here stores anything. A call reads `Rows` and returns a `Delta`; who called writes the delta in the
transaction that also stores what the call produced. So a ciphertext never exists without the step of its
ratchet, and a refused message leaves no trace.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from coterie.core.codec.tls import Reader, Writer, malformed


class Rows(Protocol):
    """The rows of one group, as they stand in the store. Keys are short ASCII text."""

    def get(self, key: str) -> bytes | None:
        """The value of one row, or None."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with `prefix`, in any order."""
        ...


@dataclass(frozen=True, slots=True)
class Delta:
    """Rows to write (value) and to delete (None). Values are secret: they never show in a repr."""

    changes: tuple[tuple[str, bytes | None], ...] = field(default=(), repr=False)

    def __add__(self, other: "Delta") -> "Delta":
        """Both, one after the other: for a key in both the later one counts."""
        merged = dict(self.changes)
        merged.update(other.changes)
        return Delta(tuple(merged.items()))


class Overlay:
    """Rows as they will be once a delta is written."""

    __slots__ = ("_base", "_changes")

    def __init__(self, base: Rows, delta: Delta) -> None:
        self._base = base
        self._changes = dict(delta.changes)

    def get(self, key: str) -> bytes | None:
        """The value of one row, or None."""
        return self._changes[key] if key in self._changes else self._base.get(key)

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with `prefix`, in any order."""
        found = {key for key in self._base.keys(prefix) if key not in self._changes}
        found.update(k for k, v in self._changes.items() if v is not None and k.startswith(prefix))
        return sorted(found)


class NoRows:
    """The rows of a group that does not exist yet."""

    __slots__ = ()

    def get(self, key: str) -> bytes | None:
        """Always None."""
        return None

    def keys(self, prefix: str) -> list[str]:
        """Always empty."""
        return []


NO_ROWS = NoRows()


def difference(old: dict[str, bytes], new: dict[str, bytes]) -> list[tuple[str, bytes | None]]:
    """The changes that turn `old` into `new`."""
    changes: list[tuple[str, bytes | None]] = [(k, v) for k, v in new.items() if old.get(k) != v]
    changes.extend((k, None) for k in old if k not in new)
    return changes


def write_delta(out: Writer, delta: Delta) -> None:
    """A delta inside a staged commit: list of (key, optional value)."""
    inner = Writer()
    for key, value in delta.changes:
        inner.opaque(key.encode("ascii"))
        inner.boolean(value is not None).opaque(value or b"")
    out.opaque(inner.bytes())


def read_delta(reader: Reader) -> Delta:
    """The inverse of `write_delta`."""

    def change(inner: Reader) -> tuple[str, bytes | None]:
        key, present, value = inner.opaque(), inner.boolean(), inner.opaque()
        if not key.isascii() or (value and not present):
            raise malformed("delta")
        return key.decode("ascii"), value if present else None

    return Delta(tuple(reader.vector(change)))


def deletions(keys: Iterable[str]) -> Delta:
    """A delta that deletes `keys`."""
    return Delta(tuple((key, None) for key in keys))
