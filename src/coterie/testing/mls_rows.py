"""Rows of one MLS group in a dictionary, and how a test writes a delta."""

from coterie.core.mls.state import Delta


class DictRows:
    """Satisfies `coterie.core.mls.state.Rows`."""

    def __init__(self, values: dict[str, bytes] | None = None) -> None:
        self.values = dict(values or {})

    def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self.values if key.startswith(prefix)]

    def write(self, delta: Delta) -> None:
        """What the vault does in one transaction."""
        for key, value in delta.changes:
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value

    def copy(self) -> "DictRows":
        """A snapshot, as a backup or a stolen disk would hold."""
        return DictRows(self.values)
