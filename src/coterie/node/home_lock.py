"""One process for each home (T077): a lock that the system itself drops when the process dies."""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator

from coterie.api.paths import Home, read_lock
from coterie.core.kernel.errors import UserError
from coterie.node.data_dir import translated


@contextlib.contextmanager
def hold(home: Home) -> Iterator["HomeLock"]:
    """The home's lock while the block runs; `already-running` with the holder's process id when it is taken,
    `data-dir-…` when the file cannot be made or locked. The file stays: there is nothing to clean."""
    try:
        handle = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise translated(error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _taken(home) if error.errno == errno.EWOULDBLOCK else translated(error) from error
        lock = HomeLock(home, handle)
        lock.announce()  # at once: who finds it taken must not read the process id of an earlier holder
        yield lock
    finally:
        os.close(handle)


def _taken(home: Home) -> UserError:
    holder = read_lock(home)
    who = f" (process {holder.pid})" if holder is not None else ""
    return UserError(
        "already-running", f"a node is running on this home{who}", "use it, stop it, or name another --home"
    )


def is_held(home: Home) -> bool:
    """Whether some process holds the lock now."""
    try:
        handle = os.open(home.lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno == errno.EWOULDBLOCK
    finally:
        os.close(handle)
    return False


class HomeLock:
    """The lock that this process holds."""

    def __init__(self, home: Home, handle: int) -> None:
        self._home = home
        self._handle = handle

    def announce(self) -> None:
        """Writes who holds it and where it listens, for those who find it taken."""
        text = f"{os.getpid()}\n".encode() + os.fsencode(self._home.socket()) + b"\n"
        try:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, text, 0)
        except OSError as error:
            raise translated(error) from error

    def still_ours(self) -> bool:
        """Whether the file that we hold is still the one under that name: false when the home was removed or
        replaced under us (T113)."""
        try:
            there, held = self._home.lock.stat(), os.fstat(self._handle)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)
