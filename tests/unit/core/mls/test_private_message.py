"""PrivateMessage: padding, guards, sender data."""

from dataclasses import replace

import pytest

from coterie.core.crypto import aead
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.framing import AuthData, FramedContent, member
from coterie.core.mls.mls_message import encode_message, message_header, parse_message
from coterie.core.mls.private_message import (
    SENDER_DATA_SIZE,
    MessageKey,
    PrivateMessage,
    guarded,
    open_content,
    open_sender_data,
    padding_for,
    seal_private,
)
from coterie.core.mls.registry import CONTENT_APPLICATION, WIRE_PRIVATE_MESSAGE
from coterie.testing.mls_refusals import refused

SUITE = suite(1)
SECRET = bytes(32)
KEY = MessageKey(3, 9, bytes(16), bytes(12))
CONTENT = FramedContent(b"group", 5, member(3), b"clear", CONTENT_APPLICATION, b"text")
AUTH = AuthData(b"signature")


def sealed(wanted: int = 0) -> PrivateMessage:
    guard = b"\x01\x02\x03\x04"
    body = seal_private(SUITE, SECRET, CONTENT, AUTH, KEY, guard, (lambda size: wanted) if wanted else None)
    parsed = parse_message(message_header(WIRE_PRIVATE_MESSAGE) + body)
    assert isinstance(parsed, PrivateMessage)
    assert parsed.encode() == body
    return parsed


def test_what_is_sealed_opens_with_the_sender_hidden() -> None:
    message = sealed()
    data = open_sender_data(SUITE, SECRET, message)
    assert (data.leaf, data.generation, data.reuse_guard) == (3, 9, b"\x01\x02\x03\x04")
    assert open_content(SUITE, KEY.key, KEY.nonce, message, data) == (CONTENT, AUTH)


@pytest.mark.parametrize("wanted", [300, 512, 768, 16383, 16384, 16385, 16500, 20000])
def test_padding_reaches_the_wanted_size(wanted: int) -> None:
    message = sealed(wanted)
    assert len(encode_message(message)) in (wanted, wanted + 1)
    assert open_content(SUITE, KEY.key, KEY.nonce, message, open_sender_data(SUITE, SECRET, message))[0] == CONTENT


def test_a_wanted_size_below_the_least_adds_nothing() -> None:
    assert len(sealed(1).encode()) == len(sealed().encode())


def test_padding_is_exact_away_from_the_steps_of_the_length() -> None:
    for wanted in range(200, 400):
        padding = padding_for(60, 40, lambda _, wanted=wanted: wanted)  # type: ignore[misc]
        assert 60 + 2 + 40 + aead.TAG_SIZE + padding == wanted


def test_a_size_that_no_message_can_have_becomes_the_next_larger_one() -> None:
    """At 64 bytes the length of the ciphertext takes a second byte: nothing is 65 bytes long."""
    for wanted in (65, 66):
        assert padding_for(0, 20, lambda _, wanted=wanted: wanted) == 64 - 20 - aead.TAG_SIZE  # type: ignore[misc]


def test_T014_content_of_an_unknown_type() -> None:
    for kind in (0, 4, 255):
        message = encode_message(replace(sealed(), content_type=kind))
        with pytest.raises(PeerError) as caught:
            parse_message(message)
        assert caught.value.code == "malformed"


def test_T004_sender_data_of_another_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is in the group can encrypt sender data of any size."""
    seal = aead.seal
    for other in (b"", bytes(11), bytes(13), bytes(100)):

        def spoil(used: Suite, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes, other: bytes = other) -> bytes:
            return seal(used, key, nonce, aad, other if len(plaintext) == SENDER_DATA_SIZE else plaintext)

        with monkeypatch.context() as patched:
            patched.setattr(aead, "seal", spoil)
            message = sealed()
        with pytest.raises(PeerError) as caught:
            open_sender_data(SUITE, SECRET, message)
        assert caught.value.code == "malformed"


def test_padding_that_is_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    seal = aead.seal

    def spoil(used: Suite, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        return seal(used, key, nonce, aad, plaintext[:-1] + b"\x01" if len(plaintext) > 100 else plaintext)

    monkeypatch.setattr(aead, "seal", spoil)
    message = sealed(600)
    with refused("padding-not-zero"):
        open_content(SUITE, KEY.key, KEY.nonce, message, open_sender_data(SUITE, SECRET, message))


def test_the_guard_changes_the_first_four_bytes_of_the_nonce() -> None:
    assert guarded(bytes(12), b"\x01\x02\x03\x04") == b"\x01\x02\x03\x04" + bytes(8)
    assert guarded(b"\xff" * 12, b"\xff\x00\x00\x00") == b"\x00" + b"\xff" * 11


def test_every_clear_field_is_authenticated() -> None:
    message = sealed()
    data = open_sender_data(SUITE, SECRET, message)
    for field, value in (("authenticated_data", b"other"), ("group_id", b"other"), ("epoch", 6)):
        changed = PrivateMessage(
            **{**{name: getattr(message, name) for name in PrivateMessage.__slots__}, field: value}
        )
        with pytest.raises(PeerError) as caught:
            open_content(SUITE, KEY.key, KEY.nonce, changed, data)
        assert caught.value.code == "bad-ciphertext"


def test_keys_do_not_show() -> None:
    assert "b'" not in repr(KEY)
