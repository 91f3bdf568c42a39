"""When a node's vault last made something durable, for who measures it from another process.

One number in a file that both map, by the monotonic clock, which is the same for all processes: it costs a node next
to nothing, where an event for each recipient would cost more than what is measured.
"""

import mmap
import struct
import time
from pathlib import Path

from coterie.adapters.vault.vault import Vault

NAME = "stored-at"
FORM = "<d"
SIZE = struct.calcsize(FORM)


class StampedVault(Vault):
    """A vault that notes the end of each commit; `stamp` is called before the first."""

    __slots__ = ("_stamp",)

    def stamp(self, home: Path) -> None:
        """Notes from now on, under this home."""
        (home / NAME).write_bytes(bytes(SIZE))
        self._stamp = _mapped(home)

    def commit(self) -> None:
        super().commit()
        struct.pack_into(FORM, self._stamp, 0, time.monotonic())


class Stamps:
    """The last commits of some homes."""

    def __init__(self, homes: list[Path]) -> None:
        self._maps = [_mapped(home) for home in homes]

    def last(self) -> float:
        """The latest of all, as `time.monotonic` has it."""
        return max(float(struct.unpack_from(FORM, stamp, 0)[0]) for stamp in self._maps)


def _mapped(home: Path) -> mmap.mmap:
    with (home / NAME).open("r+b") as stream:
        return mmap.mmap(stream.fileno(), SIZE)
