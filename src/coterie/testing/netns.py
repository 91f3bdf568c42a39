"""A network of its own for a test: a namespace with nothing but loopback in it (Linux).

`python -m coterie.testing.netns COMMAND…` runs a command in one, as root or, where user namespaces are allowed, as
anybody. `OwnNetwork` lets a test process go in and out, as root only. Neither needs a program from outside.
Where it is not possible, `why_not()` says why.
"""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

MARK = "COTERIE_OWN_NETWORK"
"""Set in the environment of a process that runs in a network of its own already."""

_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWNET = 0x4000_0000
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1


def inside() -> bool:
    """True when this process was started in a network of its own."""
    return os.environ.get(MARK) == "1"


def why_not() -> str | None:
    """None when a command can be run in a network of its own here, else the reason in one line."""
    tried = subprocess.run(
        [sys.executable, "-m", __name__, sys.executable, "-c", ""], capture_output=True, text=True, check=False
    )
    return None if tried.returncode == 0 else (tried.stderr.strip().splitlines() or ["no reason given"])[-1]


def enter() -> None:
    """Moves this thread, and what it starts from now on, into a new network with loopback up. There is no way back.

    OSError when the machine does not allow it.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        _libc("unshare", _CLONE_NEWNET)
    else:
        _libc("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    _loopback_up()


class OwnNetwork:
    """A network that this process, as root, can go into and come back from. One for all tests of a process.

    A library keeps its threads where they were started, so entering a fresh network for each test would leave them
    behind in the first one.
    """

    def __init__(self) -> None:
        """OSError when the machine, or not being root, does not allow it."""
        if os.geteuid() != 0:
            raise PermissionError("only root can change networks and come back")
        self._outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            enter()
            self._inside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        finally:
            _libc("setns", self._outside, _CLONE_NEWNET)

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """This thread, and what it starts meanwhile, in that network."""
        _libc("setns", self._inside, _CLONE_NEWNET)
        try:
            yield
        finally:
            _libc("setns", self._outside, _CLONE_NEWNET)


def main(command: Sequence[str]) -> None:
    """Replaces this process with `command` in a network of its own; exit code 77 and the reason if that fails."""
    try:
        enter()
    except OSError as error:
        print(f"no network of its own: {error}", file=sys.stderr)
        raise SystemExit(77) from None
    os.environ[MARK] = "1"
    os.execvp(command[0], list(command))


def _libc(function: str, *arguments: int) -> None:
    if not sys.platform.startswith("linux"):
        raise OSError("network namespaces are a Linux thing")
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def _loopback_up() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as any_socket:  # interfaces answer on any kind
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m coterie.testing.netns COMMAND…")
    main(sys.argv[1:])
