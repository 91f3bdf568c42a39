"""Random bytes that are the same for the same seed. Never outside tests: whoever knows the seed knows every key."""

import hashlib


class SeededEntropy:
    """SHA-256 in counter mode over a seed: an `Entropy` whose bytes replay."""

    def __init__(self, seed: int | str | bytes) -> None:
        self._seed = hashlib.sha256(f"coterie test {seed!r}".encode()).digest()
        self._count = 0
        self._left = b""

    def random(self, size: int) -> bytes:
        """The next `size` bytes of the stream."""
        while len(self._left) < size:
            self._left += hashlib.sha256(self._seed + self._count.to_bytes(8, "big")).digest()
            self._count += 1
        taken, self._left = self._left[:size], self._left[size:]
        return taken
