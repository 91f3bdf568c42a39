"""The two ways in which a client ends what it says."""

import socket

from coterie.node.hung_up import has_hung_up


def test_only_who_is_gone_has_hung_up() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        assert not has_hung_up(ours.fileno())
        theirs.sendall(b"a call")
        theirs.shutdown(socket.SHUT_WR)
        assert not has_hung_up(ours.fileno())
        theirs.close()
        assert has_hung_up(ours.fileno())
