"""`coterie doctor`: what on this machine could keep a node from working, each with a fix."""

import os
import platform
import shutil
import stat
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import coterie
from coterie.adapters.vault.database import check_library
from coterie.api.checks import Check
from coterie.api.paths import Home, read_lock
from coterie.core.kernel.errors import UserError
from coterie.node import data_dir, home_lock

LIBRARIES = ("cryptography", "iroh", "apsw-sqlite3mc", "argon2-cffi")
FREE_BYTES_NEEDED = 100 * 1024 * 1024
FREE_BYTES_WANTED = 1024 * 1024 * 1024
FILE_VARIABLE = "COTERIE_PASSPHRASE_FILE"


def run(home: Home) -> list[Check]:
    """Every check, whatever the others say."""
    return [_versions(), _sqlite(), _passphrase_file(), *(_looked(name, look, home) for name, look in _AT_HOME)]


def _looked(name: str, look: Callable[[Home], Check], home: Home) -> Check:
    try:
        return look(home)
    except OSError as error:
        problem = data_dir.translated(error)
        return _bad(name, problem.message, problem.hint)
    except UserError as error:
        return _bad(name, error.message, error.hint)


def _ok(check: str, detail: str) -> Check:
    return Check(check=check, level="ok", detail=detail, fix="")


def _note(check: str, detail: str, fix: str) -> Check:
    return Check(check=check, level="note", detail=detail, fix=fix)


def _bad(check: str, detail: str, fix: str) -> Check:
    return Check(check=check, level="bad", detail=detail, fix=fix)


def _versions() -> Check:
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            return _bad("versions", f"{library} is not installed", "install the locked requirements again")
    own = f"coterie {coterie.__version__}, Python {platform.python_version()}"
    return _ok("versions", ", ".join([own, *found]))


def _sqlite() -> Check:
    try:
        check_library()
    except UserError as error:
        return _bad("sqlite", error.message, error.hint)
    return _ok("sqlite", "3.51.3 or newer")


def _clock(home: Home) -> Check:
    """Without asking anybody: no earlier than this program was installed, no earlier than the vault's last write."""
    now = time.time()
    marks = [Path(coterie.__file__), home.vault, home.vault.with_name(home.vault.name + "-wal")]
    latest = max((path.stat().st_mtime for path in marks if data_dir.is_there(path)), default=0.0)
    if now < latest - 60:
        return _bad("clock", "it is behind the last write of this node", "set the time; switch on time synchronisation")
    return _ok("clock", time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(now)))


def _directory(home: Home) -> Check:
    if not data_dir.is_there(home.root):
        return _note("home", f"{home.root} is not there", f"make it: coterie {home.option} init")
    data_dir.require(home.root)
    return _ok("home", f"{home.root}, ours alone")


def _files(home: Home) -> Check:
    if not data_dir.is_there(home.vault):
        return _note("vault", "there is none", f"make it: coterie {home.option} init")
    if not data_dir.is_there(home.vault_key):
        return _bad("vault", "its key file is missing", "restore vault.db and vault.key together from a backup")
    for path in (home.vault, home.vault_key):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return _bad("vault", f"others may read {path.name}", f"chmod 600 {path}")
    return _ok("vault", "database and key file are there, closed to others")


def _passphrase_file() -> Check:
    named = os.environ.get(FILE_VARIABLE)
    if not named:
        return _ok("passphrase", "asked for on the terminal")
    try:
        mode = Path(named).stat().st_mode
        empty = stat.S_ISREG(mode) and _is_empty(Path(named))  # a pipe can be read only once
    except OSError:
        return _bad("passphrase", "its file cannot be read", f"see {FILE_VARIABLE}")
    if empty:
        return _bad("passphrase", "its file is empty", f"write the passphrase into {named}")
    if stat.S_IMODE(mode) & 0o077:
        return _note("passphrase", "others may read its file", f"chmod 600 {named}")
    return _ok("passphrase", "in a file, closed to others")


def _is_empty(path: Path) -> bool:
    """Nothing, or the end of a line alone."""
    with path.open("rb") as stream:
        return stream.read(3) in (b"", b"\n", b"\r\n")


def _disk(home: Home) -> Check:
    place = next((path for path in (home.root, *home.root.parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    detail = f"{free // (1024 * 1024)} MiB free"
    if free < FREE_BYTES_NEEDED:
        return _bad("disk", detail, "free some space")
    if free < FREE_BYTES_WANTED:
        return _note("disk", detail, "free some space soon")
    return _ok("disk", detail)


def _lock(home: Home) -> Check:
    if not home_lock.is_held(home):
        return _ok("lock", "no node runs on this home")
    holder = read_lock(home)
    return _ok("lock", f"a node runs on this home, process {holder.pid if holder else 'unknown'}")


def _socket(home: Home) -> Check:
    path = home.socket()
    if path.parent == home.root:
        return _ok("socket", str(path))
    return _note("socket", f"the home's path is too long for it; it stands at {path}", "choose a shorter --home")


_AT_HOME: tuple[tuple[str, Callable[[Home], Check]], ...] = (
    ("clock", _clock),
    ("home", _directory),
    ("vault", _files),
    ("disk", _disk),
    ("lock", _lock),
    ("socket", _socket),
)
