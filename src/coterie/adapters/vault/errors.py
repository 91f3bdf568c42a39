"""The one door between the database library and everybody else: no apsw exception leaves this folder.

What the user can mend becomes a `UserError`; a statement that the schema refuses is our bug and becomes a
`RuntimeError`. Texts name files and remedies, never rows.
"""

import errno

import apsw

from coterie.core.kernel.errors import UserError

DATA_DIR_MISSING = UserError(
    "data-dir-missing",
    "the data directory is not there (any more)",
    "bring it back, or choose another with --home",
)
DATA_DIR_PERMISSION = UserError(
    "data-dir-permission",
    "this user may not read and write the data directory",
    "make it yours: chown it and set mode 0700",
)
DATA_DIR_READ_ONLY = UserError(
    "data-dir-read-only",
    "the data directory is on a read-only file system",
    "remount it writable, or choose another with --home",
)
DATA_DIR_LOCKING = UserError(
    "data-dir-locking",
    "the file system of the data directory cannot lock files",
    "use a local file system, not a network share",
)
DATA_DIR_FAILED = UserError(
    "data-dir-failed",
    "the disk under the data directory reports an error",
    "check the disk; nothing unfinished was kept",
)
DISK_FULL = UserError("disk-full", "there is no space left for the vault", "free some space and try again")
DB_CORRUPT = UserError(
    "db-corrupt",
    "the vault's database is damaged or does not belong to its key",
    "restore vault.db and vault.key together from a backup",
)
ALREADY_RUNNING = UserError(
    "already-running",
    "another process has this vault open",
    "stop the other node, or use another --home",
)


def user_error(template: UserError) -> UserError:
    """A fresh copy: raising a shared instance would collect the tracebacks of all its uses."""
    return UserError(template.code, template.message, template.hint)


_BY_CLASS: tuple[tuple[type[apsw.Error], UserError], ...] = (
    (apsw.BusyError, ALREADY_RUNNING),
    (apsw.LockedError, ALREADY_RUNNING),
    (apsw.FullError, DISK_FULL),
    (apsw.ReadOnlyError, DATA_DIR_READ_ONLY),
    (apsw.PermissionsError, DATA_DIR_PERMISSION),
    (apsw.CantOpenError, DATA_DIR_MISSING),
    (apsw.ProtocolError, DATA_DIR_LOCKING),
    (apsw.NoLFSError, DATA_DIR_LOCKING),
    (apsw.CorruptError, DB_CORRUPT),
    (apsw.NotADBError, DB_CORRUPT),
    (apsw.FormatError, DB_CORRUPT),
)

_LOCK_CODES = frozenset({apsw.SQLITE_IOERR_LOCK, apsw.SQLITE_IOERR_RDLOCK, apsw.SQLITE_IOERR_UNLOCK})


def translated(error: apsw.Error) -> Exception:
    """What to raise instead of `error`; use as `raise translated(error) from error`."""
    for kind, template in _BY_CLASS:
        if isinstance(error, kind):
            return user_error(template)
    if isinstance(error, apsw.IOError):
        lock = getattr(error, "extendedresult", 0) in _LOCK_CODES
        return user_error(DATA_DIR_LOCKING if lock else DATA_DIR_FAILED)
    if isinstance(error, apsw.NoMemError):
        return MemoryError()
    return RuntimeError(f"the vault refused a statement: {type(error).__name__}")


def translated_os(error: OSError) -> UserError:
    """The same for the few files that the vault handles itself."""
    by_errno = {
        errno.ENOENT: DATA_DIR_MISSING,
        errno.ENOTDIR: DATA_DIR_MISSING,
        errno.EACCES: DATA_DIR_PERMISSION,
        errno.EPERM: DATA_DIR_PERMISSION,
        errno.EROFS: DATA_DIR_READ_ONLY,
        errno.ENOSPC: DISK_FULL,
        errno.EDQUOT: DISK_FULL,
    }
    return user_error(by_errno.get(error.errno or 0, DATA_DIR_FAILED))
