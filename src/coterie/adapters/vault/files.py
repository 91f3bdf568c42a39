"""The few files of a data directory that are not the database's own: checks, and durable private writing."""

import os
from pathlib import Path

from coterie.adapters.vault.errors import DATA_DIR_PERMISSION, DATA_DIR_READ_ONLY, translated_os, user_error

PRIVATE_FILE = 0o600
ZEROS = bytes(64 * 1024)


def check_directory(directory: Path) -> None:
    """Raises `data-dir-missing`, `data-dir-permission` or `data-dir-read-only`, before any file is touched (T113)."""
    try:
        directory.stat()
        listed = directory.is_dir() and os.access(directory, os.R_OK | os.W_OK | os.X_OK, effective_ids=True)
        read_only = os.statvfs(directory).f_flag & os.ST_RDONLY
    except OSError as error:
        raise translated_os(error) from error
    if read_only:
        raise user_error(DATA_DIR_READ_ONLY)
    if not listed:
        raise user_error(DATA_DIR_PERMISSION)


def check_file(path: Path) -> None:
    """Raises unless `path` is there and this user may read and write it."""
    check_directory(path.parent)
    try:
        path.stat()
    except OSError as error:
        raise translated_os(error) from error
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        raise user_error(DATA_DIR_PERMISSION)


def sync_directory(directory: Path) -> None:
    """Makes names that were added, replaced or removed in `directory` survive a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def reserve(path: Path, size: int) -> None:
    """Makes a file at least `size` bytes long by zeros that are really on disk, without touching what is in it."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            missing = size - os.fstat(handle).st_size
            while missing > 0:
                missing -= os.write(handle, ZEROS[:missing])
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise translated_os(error) from error


def write_private(path: Path, data: bytes) -> None:
    """Writes `data` with mode 0600 so that after a power cut `path` is the old file or the whole new one."""
    check_directory(path.parent)
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise translated_os(error) from error


def read_bounded(path: Path, limit: int) -> bytes:
    """At most `limit` + 1 bytes of a file, so that the caller can refuse a longer one without reading it all."""
    check_directory(path.parent)
    try:
        with path.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise translated_os(error) from error
