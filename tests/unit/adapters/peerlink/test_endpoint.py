"""What can be said without a socket. Everything else: tests/e2e/test_peerlink.py."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from coterie.adapters.peerlink import endpoint
from coterie.adapters.peerlink.hints import encode_hint
from coterie.adapters.peerlink.listen import Listen


def test_unusable_hints_are_left_out_of_a_dial() -> None:
    hints = [b"", b"\x05x", encode_hint("0.0.0.0", 5), encode_hint("192.0.2.1", 5), encode_hint("2001:db8::1", 6)]
    assert endpoint._socket_addresses(hints) == ["192.0.2.1:5", "[2001:db8::1]:6"]


@pytest.mark.parametrize(("host", "expected"), [("", 5), ("127.0.0.1", 5), ("::1", 6)])
def test_the_port_is_that_of_the_family_that_was_asked_for(host: str, expected: int) -> None:
    bound = cast(Any, SimpleNamespace(bound_sockets=lambda: ["127.0.0.1:5", "[::]:6"]))
    assert endpoint._bound_port(bound, Listen(host)) == expected
