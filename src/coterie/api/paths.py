"""Where the things of one node stand: everything under its home, the socket too where its path allows it."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coterie.core.kernel.errors import UserError

MAX_SOCKET_PATH = 107 if sys.platform == "linux" else 103
"""Bytes of a path in `sockaddr_un`, without its final zero."""

MAX_LOCK_FILE = 8192

QUOTED_CHARACTERS = 40
"""What an error may quote of a path; a longer one is named by a word that stands for it."""


@dataclass(frozen=True, slots=True)
class Home:
    """One node's directory; absolute and without symbolic links."""

    root: Path

    @property
    def vault(self) -> Path:
        """The encrypted database; where it is, `init` is done."""
        return self.root / "vault.db"

    @property
    def vault_key(self) -> Path:
        """The database's key, wrapped by the passphrase."""
        return self.root / "vault.key"

    @property
    def lock(self) -> Path:
        """Locked while a node runs; holds its process id and the path of its socket."""
        return self.root / "lock"

    def socket(self, environment: Mapping[str, str] = os.environ) -> Path:
        """Where a node that starts now makes its socket."""
        inside = self.root / "node.sock"
        if len(os.fsencode(inside)) <= MAX_SOCKET_PATH:
            return inside
        return runtime_directory(environment) / self.name / "node.sock"

    def socket_directories(self, environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
        """The directories on the way to the socket that must be this user's alone, outermost first."""
        parent = self.socket(environment).parent
        return (parent,) if parent == self.root else (parent.parent, parent)

    @property
    def option(self) -> str:
        """`--home DIR` for the commands in hints."""
        return f"--home {in_command(self.root)}"

    @property
    def name(self) -> str:
        """A short name that stands for this path: the first half of its SHA-256."""
        import hashlib

        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:32]


def find_home(option: str | None, environment: Mapping[str, str] = os.environ) -> Home:
    """The home that `--home`, else `COTERIE_HOME`, else the user's data directory names; `usage` when it names none."""
    named = environment.get("COTERIE_HOME") if option is None else option
    if named == "" and option is not None:
        raise UserError("usage", "the home's name is empty", "--home takes a directory")
    data = environment.get("XDG_DATA_HOME") or "~/.local/share"
    try:
        root = os.path.realpath(Path(named or f"{data}/coterie/default").expanduser())
        root.encode()
    except UnicodeEncodeError:
        raise UserError("usage", "the home's path is not valid UTF-8", "choose another --home") from None
    except (OSError, ValueError, RuntimeError):  # the last: a `~` of nobody
        raise UserError("usage", "the home's name leads to no directory", "write --home DIR from the root") from None
    return Home(Path(root))


def in_command(word: Path | str, otherwise: str = "DIR") -> str:
    """A path or a URL as one word of a command that a hint names; `otherwise` when it is too long to be quoted, or not
    to be typed."""
    text = str(word)
    return shlex.quote(text) if len(text) <= QUOTED_CHARACTERS and text.isprintable() else otherwise


def runtime_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_RUNTIME_DIR/coterie`, or a directory of this user under /tmp where the system has no such place."""
    runtime = environment.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_absolute():
        return Path(runtime) / "coterie"
    return Path("/tmp") / f"coterie-{os.getuid()}"  # noqa: S108 - the server refuses it unless it is ours, 0700


@dataclass(frozen=True, slots=True)
class Holder:
    """What a running node has written into its lock."""

    pid: int
    socket: str


def read_lock(home: Home) -> Holder | None:
    """Who held the lock last; it says nothing about whether that node still runs."""
    try:
        with home.lock.open("rb") as file:
            first, second, *_ = file.read(MAX_LOCK_FILE).split(b"\n")
        return Holder(int(first), os.fsdecode(second))
    except (OSError, ValueError):
        return None


def find_socket(home: Home, environment: Mapping[str, str] = os.environ) -> Path:
    """Where a running node of this home listens: another session may have another runtime directory."""
    expected = home.socket(environment)
    if expected.parent == home.root:
        return expected
    holder = read_lock(home)
    return Path(holder.socket) if holder is not None and holder.socket else expected
