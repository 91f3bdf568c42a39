import pytest

from coterie.core.crypto import aead, kdf
from coterie.core.crypto.suites import SUITES, Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import LINK_FRAMES
from coterie.core.wire.link_cipher import LinkCipher, link_cipher
from coterie.testing.strictness import bit_flips

SUITE = suite(0x0001)


def pair(of: Suite = SUITE) -> tuple[LinkCipher, LinkCipher]:
    prk = bytes(of.hash_size)
    return link_cipher(of, prk, outgoing="a", incoming="b"), link_cipher(of, prk, outgoing="b", incoming="a")


def code_of(cipher: LinkCipher, frame_type: int, body: bytes) -> str:
    with pytest.raises(PeerError) as caught:
        cipher.open_sealed(frame_type, body)
    return caught.value.code


@pytest.mark.parametrize("of", SUITES.values(), ids=lambda of: f"{of.id:#06x}")
def test_both_directions(of: Suite) -> None:
    left, right = pair(of)
    for number in range(5):
        body = b"message %d" % number
        assert right.open_sealed(number, left.seal(number, body)) == body
        assert left.open_sealed(0x80, right.seal(0x80, body)) == body


def test_equal_frames_look_different() -> None:
    left, _ = pair()
    assert left.seal(1, b"same") != left.seal(1, b"same")


def test_a_frame_is_sixteen_bytes_longer() -> None:
    left, _ = pair()
    assert len(left.seal(1, b"")) == 16


def test_T003_every_flipped_bit_is_refused() -> None:
    sealed = pair()[0].seal(1, b"some message")
    for flipped in bit_flips(sealed):
        assert code_of(pair()[1], 1, flipped) == "bad-ciphertext"


def test_T041_a_frame_opens_only_as_the_type_it_was_sealed_as() -> None:
    sealed = pair()[0].seal(0x42, b"body")
    for frame_type in range(256):
        if frame_type != 0x42:
            assert code_of(pair()[1], frame_type, sealed) == "bad-ciphertext"


def test_replayed_dropped_reordered_and_reflected_frames_are_refused() -> None:
    left, right = pair()
    first, second = left.seal(1, b"first"), left.seal(1, b"second")
    assert code_of(right, 1, second) == "bad-ciphertext"
    assert right.open_sealed(1, first) == b"first"
    assert code_of(right, 1, first) == "bad-ciphertext"
    assert code_of(left, 1, left.seal(1, b"mine")) == "bad-ciphertext"


@pytest.mark.parametrize("size", [0, 1, 15])
def test_T012_short_bodies_are_refused(size: int) -> None:
    assert code_of(pair()[1], 1, bytes(size)) == "bad-ciphertext"


def test_the_counter_is_in_the_nonce_from_one() -> None:
    left, _ = pair()
    key = kdf.expand(SUITE, bytes(32), b"a", SUITE.key_size)
    assert left.seal(9, b"x") == aead.seal(SUITE, key, (1).to_bytes(12, "big"), b"\x09", b"x")
    assert left.seal(9, b"x") == aead.seal(SUITE, key, (2).to_bytes(12, "big"), b"\x09", b"x")


def test_a_link_knows_when_it_is_worn_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LINK_FRAMES == 1 << 20
    monkeypatch.setattr("coterie.core.wire.link_cipher.LINK_FRAMES", 2)
    monkeypatch.setattr("coterie.core.wire.link_cipher._HARD_LIMIT", 4)
    left, right = pair()
    sealed = [left.seal(1, b"") for _ in range(2)]
    assert [cipher.needs_new_handshake for cipher in (left, right)] == [True, False]
    for body in sealed:
        right.open_sealed(1, body)
    assert right.needs_new_handshake
    sealed = [left.seal(1, b"") for _ in range(2)]
    with pytest.raises(PeerError) as caught:
        left.seal(1, b"")
    assert caught.value.code == "link-worn-out"
    for body in sealed:
        right.open_sealed(1, body)
    assert code_of(right, 1, bytes(16)) == "link-worn-out"


def test_T004_a_frame_that_was_passed_over_takes_its_nonce_with_it() -> None:
    left, right = pair()
    left.seal(1, b"too long")
    following = left.seal(2, b"next")
    assert code_of(right, 2, following) == "bad-ciphertext"
    right.pass_over()
    assert right.open_sealed(2, following) == b"next"


def test_repr_shows_no_key() -> None:
    left, _ = pair()
    left.seal(1, b"")
    assert repr(left) == "LinkCipher(sealed=1, opened=0)"
