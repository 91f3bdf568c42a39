"""What carriers may read."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import HIGHEST_NUMBER
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.mls_message import encode_message
from coterie.core.mls.peek import peek
from coterie.core.mls.private_message import PrivateMessage
from coterie.core.mls.registry import (
    CONTENT_APPLICATION,
    CONTENT_COMMIT,
    WIRE_PRIVATE_MESSAGE,
    WIRE_PUBLIC_MESSAGE,
)
from coterie.testing.mls_party import Party


def test_the_clear_part_of_both_wire_formats(pair: tuple[Party, Party]) -> None:
    alice, _ = pair
    seen = peek(alice.send(b"hidden", b"clear"))
    assert (seen.wire_format, seen.group_id, seen.epoch) == (WIRE_PRIVATE_MESSAGE, b"group", 1)
    assert (seen.content_type, seen.authenticated_data) == (CONTENT_APPLICATION, b"clear")
    seen = peek(alice.stage(CommitPlan(), public=True).message)
    assert (seen.wire_format, seen.content_type) == (WIRE_PUBLIC_MESSAGE, CONTENT_COMMIT)


def test_other_messages_are_malformed() -> None:
    for message in (Party("dora").key_package().message, b"", b"nonsense"):
        with pytest.raises(PeerError):
            peek(message)


def test_T004_an_epoch_that_no_store_holds_is_malformed() -> None:
    """Anybody can write any epoch into the clear part, and a message of a later epoch is held with its number."""
    for epoch, good in ((0, True), (HIGHEST_NUMBER - 1, True), (HIGHEST_NUMBER, False), ((1 << 64) - 1, False)):
        message = encode_message(PrivateMessage(b"group", epoch, CONTENT_APPLICATION, b"", b"sender", b"sealed"))
        if good:
            assert peek(message).epoch == epoch
        else:
            with pytest.raises(PeerError) as caught:
                peek(message)
            assert caught.value.code == "malformed"
