"""Whether the write-ahead log is as whole as SQLite believes it to be.

SQLite reads a log up to the first frame that is damaged and takes the rest for what a power cut left of the last
transaction. So one flipped bit in the log's head would silently bring back an old vault, or an empty one. Each of our
commits is synced before the next begins; so whatever stands behind the damage and was followed by another transaction
had been committed.

File format: https://sqlite.org/walformat.html (32 bytes of head; frames of 24 bytes and a page, checksums chained).
"""

import struct
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from coterie.adapters.vault.errors import DB_CORRUPT, translated_os, user_error

_HEAD = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682
"""With the last bit set, the checksums are over big-endian numbers."""
_COVERED = 8
"""Bytes of a frame's head that its checksum covers, before the page."""


def log_of(path: Path) -> Path:
    """Where SQLite keeps the log of a database."""
    return path.with_name(path.name + "-wal")


def check_log(path: Path, size: int) -> bool:
    """Before the database at `path` is opened: whether it has a log of the `size` that it is given before anything is
    written into it. Raises `db-corrupt` for one with a damaged head, or one that is shorter and not empty."""
    try:
        with log_of(path).open("rb") as stream:
            head = stream.read(_HEAD.size)
            written = any(head + stream.read(_FRAME.size))
            whole = stream.seek(0, 2) >= size
            if written and (_salts(head) is None or not whole):
                raise user_error(DB_CORRUPT)
            return whole
    except FileNotFoundError:
        return False
    except OSError as error:
        raise translated_os(error) from error


def check_recovered(path: Path, frames: int) -> None:
    """After it was opened, with so many `frames` of the log read: `db-corrupt` if a transaction behind them had been
    committed."""
    try:
        with log_of(path).open("rb") as stream:
            head = stream.read(_HEAD.size)
            if (salts := _salts(head)) is not None and _goes_on(stream, head, salts, frames):
                raise user_error(DB_CORRUPT)
    except FileNotFoundError:
        return
    except OSError as error:
        raise translated_os(error) from error


def _salts(head: bytes) -> tuple[int, int] | None:
    """The two numbers that every frame of this log's present round repeats; None for a damaged or empty head."""
    if len(head) < _HEAD.size:
        return None
    magic, _, _, _, salt1, salt2, *checksum = _HEAD.unpack(head)
    if magic | 1 != _MAGIC | 1 or _checksum(magic, head[:24], (0, 0)) != tuple(checksum):
        return None
    return salt1, salt2


def _goes_on(stream: BinaryIO, head: bytes, salts: tuple[int, int], frames: int) -> bool:
    magic, _, page_size, *_ = _HEAD.unpack(head)
    stream.seek(_HEAD.size + (frames + 1) * (_FRAME.size + page_size))  # the next one is damaged, or not of this round
    found = []
    while len(frame := stream.read(_FRAME.size + page_size)) == _FRAME.size + page_size:
        _, _, *of_frame, _, _ = _FRAME.unpack_from(frame)
        if tuple(of_frame) != salts:
            break
        found.append(frame)
    return any(_commits(one) and _follows(magic, one, two) for one, two in pairwise(found))


def _commits(frame: bytes) -> bool:
    """The last frame of a transaction says how long the database is after it."""
    return bool(_FRAME.unpack_from(frame)[1])


def _follows(magic: int, one: bytes, two: bytes) -> bool:
    """Whether `two` was written as the frame after `one`."""
    before, own = _FRAME.unpack_from(one)[4:], _FRAME.unpack_from(two)[4:]
    return _checksum(magic, two[:_COVERED] + two[_FRAME.size :], before) == own


def _checksum(magic: int, data: bytes, start: tuple[int, ...]) -> tuple[int, int]:
    one, two = start
    for first, second in struct.iter_unpack(">II" if magic & 1 else "<II", data):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
