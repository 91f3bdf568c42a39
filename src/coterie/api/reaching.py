"""The way to a node's socket, one attempt at a time: who has a loop and who has none wait in their own ways."""

import errno
import socket

from coterie.api import errors
from coterie.api.errors import ApiError
from coterie.api.paths import Home, find_socket

PATIENCE = 30.0
"""Seconds that a node may take to see who has come."""
PAUSE = 0.02
"""Seconds between two attempts."""


def attempt(home: Home) -> socket.socket | None:
    """A connection that does not block; None while more programs want one than the system lets wait: a node that has
    much to do is a running one. Raises `ApiError`: `daemon-not-running` or `daemon-not-permitted`."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.connect(str(find_socket(home)))
    except (OSError, ValueError) as problem:
        connection.close()
        if isinstance(problem, OSError) and problem.errno == errno.EAGAIN:
            return None
        if isinstance(problem, PermissionError):
            raise ApiError(
                "daemon-not-permitted", "the node's socket belongs to another user", "run as the user of the node"
            ) from None
        raise errors.not_running(home.option) from None
    return connection
