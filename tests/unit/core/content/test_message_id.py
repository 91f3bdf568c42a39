import hashlib

import pytest

from coterie.core.content.message_id import hash_id, message_id
from coterie.core.content.mimi import MimiContent, encode_content
from coterie.core.content.parts import NullPart
from coterie.core.kernel.errors import PeerError


def test_the_inputs_spelt_out() -> None:
    expected = hashlib.sha256(b"\x00\x02ab" + b"\x00\x01c" + b"message" + b"salt").digest()[:31]
    assert hash_id(b"ab", b"c", b"message", b"salt") == b"\x01" + expected


def test_T006_moving_a_byte_from_one_uri_to_the_other_gives_another_id() -> None:
    assert hash_id(b"ab", b"c", b"m", b"s") != hash_id(b"a", b"bc", b"m", b"s")


@pytest.mark.parametrize("extensions", [{}, {1: "a"}, {2: "b"}, {1: "a", 2: 5}, {1: "a" * 65_536, 2: "b"}])
def test_without_sender_and_room_there_is_no_id(extensions: dict[int | str, int | str]) -> None:
    content = MimiContent(bytes(16), dict(extensions.items()), NullPart())
    with pytest.raises(PeerError) as caught:
        message_id(content, encode_content(content))
    assert caught.value.code == "malformed"
