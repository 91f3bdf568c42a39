"""Roles and kinds on the wire."""

from collections.abc import Callable

import pytest

from coterie.core.codec.tls import Reader
from coterie.core.kernel.errors import PeerError
from coterie.core.trust.roles import Kind, Role, read_conversation_role, read_kind, read_role


@pytest.mark.parametrize(
    ("read", "known"),
    [
        (read_role, {Role.GUEST, Role.MEMBER, Role.ADMIN, Role.OWNER}),
        (read_conversation_role, {Role.MEMBER, Role.ADMIN}),
        (read_kind, set(Kind)),
    ],
)
def test_only_known_values_are_read(read: Callable[[Reader], int], known: set[int]) -> None:
    for value in range(256):
        if value in known:
            assert read(Reader(bytes([value]))) == value
        else:
            with pytest.raises(PeerError, match="unknown value"):
                read(Reader(bytes([value])))
