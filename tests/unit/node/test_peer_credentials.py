"""Who is at the other end."""

import os
import socket

import pytest

from coterie.node.peer_credentials import peer_uid


def test_A12_the_other_end_of_a_pair_is_us() -> None:
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right:
        assert peer_uid(left) == os.geteuid()


def test_A12_without_credentials_it_raises() -> None:
    closed, other = socket.socketpair(socket.AF_UNIX)
    closed.close()
    other.close()
    with pytest.raises(OSError, match="descriptor"):
        peer_uid(closed)
