"""Who is at the other end of a Unix socket (T075, A12)."""

import socket
import struct
import sys

_SOL_LOCAL = 0
_LOCAL_PEERCRED = 1
_XUCRED_SIZE = 76


def peer_uid(connection: socket.socket) -> int:
    """The user id of the process that connected; raises OSError when the system does not tell."""
    if sys.platform == "linux":
        size = struct.calcsize("3i")
        _pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return int(uid)
    else:
        raw = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_SIZE)
        _version, other = struct.unpack_from("II", raw)
        return int(other)
