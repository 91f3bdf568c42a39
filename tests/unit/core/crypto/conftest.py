"""A seeded source of bytes: what these tests do, they do the same way each time."""

import hashlib

import pytest


class SeededEntropy:
    """SHAKE256 of a seed, in order."""

    def __init__(self, seed: bytes = b"crypto tests") -> None:
        self._seed = seed
        self._drawn = 0

    def random(self, size: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_256(self._seed + self._drawn.to_bytes(8, "big")).digest(size)


@pytest.fixture
def entropy() -> SeededEntropy:
    return SeededEntropy()
