"""A network of its own for a command and what it starts: a namespace with nothing but loopback in it (Linux).

`python -m coterie.node.own_network COMMAND…` runs a command in one, as root or, where user namespaces are allowed, as
anybody. It needs no program from outside. Where it is not possible, `why_not()` says why.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

MARK = "COTERIE_OWN_NETWORK"
"""Set in the environment of a process that runs in a network of its own already."""

CLONE_NEWNET = 0x4000_0000
_CLONE_NEWUSER = 0x1000_0000
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1


def inside() -> bool:
    """True when this process was started in a network of its own."""
    return os.environ.get(MARK) == "1"


def why_not() -> str | None:
    """None when a command can be run in a network of its own here, else the reason in one line."""
    tried = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", __name__, sys.executable, "-c", ""], capture_output=True, text=True, check=False
    )
    return None if tried.returncode == 0 else (tried.stderr.strip().splitlines() or ["no reason given"])[-1]


def enter() -> None:
    """Moves this thread, and what it starts from now on, into a new network with loopback up. There is no way back.

    OSError when the machine does not allow it; then the process may be left without any network, so try it first in
    another (`why_not`).
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        call("unshare", CLONE_NEWNET)
    else:
        call("unshare", _CLONE_NEWUSER | CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    _loopback_up()


def main(command: Sequence[str]) -> None:
    """Replaces this process with `command` in a network of its own; exit code 77 and the reason if that fails."""
    if not command:
        raise SystemExit("usage: a command to run in a network of its own")
    try:
        enter()
    except OSError as error:
        sys.stderr.write(f"no network of its own: {error}\n")
        raise SystemExit(77) from None
    os.environ[MARK] = "1"
    os.execvp(command[0], list(command))  # noqa: S606 - what the caller asked for


def call(function: str, *arguments: int) -> None:
    """A function of the C library that answers 0; OSError with its reason for anything else."""
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
    main(sys.argv[1:])
