"""Who is at the other end."""

import os
import socket
import struct
import sys
from typing import cast

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


def test_A12_a_system_that_tells_in_the_other_way_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connection:
        """The `xucred` of BSD: version, user, number of groups, sixteen groups."""

        def getsockopt(self, level: int, option: int, size: int) -> bytes:
            assert (level, option, size) == (0, 1, 76)
            return struct.pack("IIh2x16I", 0, 501, 1, *range(20, 36))

    monkeypatch.setattr(sys, "platform", "darwin")
    assert peer_uid(cast(socket.socket, Connection())) == 501
