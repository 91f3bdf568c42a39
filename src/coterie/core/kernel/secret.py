"""A secret is its own type: it has no readable repr, compares in constant time and is revealed by name.

Python cannot promise to wipe memory; `docs/security/limitations.md` says so.
"""

import hmac
from typing import final


@final
class Secret:
    """Secret bytes. `reveal()` is the only way out."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """The bytes themselves, for a primitive or for the vault. Never for a log, an error or argv."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        raise TypeError("a Secret is not hashable")

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not picklable")
