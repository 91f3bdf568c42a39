"""The directory of one node: made private, and its troubles named (T113)."""

import errno
import os
import stat
from pathlib import Path

from coterie.adapters.vault.errors import DATA_DIR_LOCKING, translated_os, user_error
from coterie.adapters.vault.files import check_directory
from coterie.api.paths import in_command
from coterie.core.kernel.errors import UserError

_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})
_NO_PATHS = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
_TAKEN = frozenset({errno.EEXIST, errno.EISDIR})


def translated(error: OSError) -> UserError:
    """What to raise instead of an OSError about the data directory: `data-dir-…` or `disk-full`."""
    if error.errno in _NO_LOCKS:
        return user_error(DATA_DIR_LOCKING)
    if error.errno in _TAKEN:
        return UserError(
            "data-dir-missing", "something else has the name of the home, or of a file in it", "choose another --home"
        )
    if error.errno in _NO_PATHS:
        return UserError(
            "data-dir-missing", "the home's path leads nowhere: too long, or links in a circle", "choose another --home"
        )
    return translated_os(error)


def is_there(path: Path) -> bool:
    """Whether something has this name; raises `data-dir-…` when that cannot be known."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise translated(error) from error
    return True


def require(directory: Path) -> None:
    """Raises `data-dir-…` unless the directory is there, writable, ours and closed to others."""
    check_directory(directory)
    try:
        found = directory.stat()
    except OSError as error:
        raise translated(error) from error
    if found.st_uid != os.geteuid():
        raise UserError("data-dir-permission", "the data directory belongs to another user", "run as its owner")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise UserError(
            "data-dir-permission",
            "other users can reach into the data directory",
            f"chmod 700 {in_command(directory)}",
        )


def make_private(directory: Path) -> None:
    """Makes the directory, 0700, with its parents, or checks the one that is there."""
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise translated(error) from error
    require(directory)
