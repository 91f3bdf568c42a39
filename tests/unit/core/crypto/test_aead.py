import pytest

from coterie.core.crypto import aead
from coterie.core.crypto.suites import SUITES, Suite
from coterie.core.kernel.errors import PeerError

ALL = list(SUITES.values())
NONCE = b"\x05" * 12


def key_of(suite: Suite) -> bytes:
    return b"\x04" * suite.key_size


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_what_is_sealed_opens(suite: Suite) -> None:
    sealed = aead.seal(suite, key_of(suite), NONCE, b"aad", b"hello")
    assert len(sealed) == 5 + aead.TAG_SIZE
    assert aead.open_sealed(suite, key_of(suite), NONCE, b"aad", sealed) == b"hello"


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_T003_every_flipped_bit_is_refused(suite: Suite) -> None:
    sealed = aead.seal(suite, key_of(suite), NONCE, b"aad", b"hello")
    for bit in range(8 * len(sealed)):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(PeerError) as caught:
            aead.open_sealed(suite, key_of(suite), NONCE, b"aad", bytes(altered))
        assert caught.value.code == "bad-ciphertext"
    with pytest.raises(PeerError):
        aead.open_sealed(suite, key_of(suite), NONCE, b"other", sealed)


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_T012_a_cut_or_extended_tag_is_refused(suite: Suite) -> None:
    sealed = aead.seal(suite, key_of(suite), NONCE, b"", b"")
    for other in [sealed[:size] for size in range(16)] + [sealed + b"\x00"]:
        with pytest.raises(PeerError):
            aead.open_sealed(suite, key_of(suite), NONCE, b"", other)


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_T012_a_key_that_is_kept_ready_opens_no_more_than_any_other(suite: Suite) -> None:
    ready = aead.ReadyKey(suite, key_of(suite))
    sealed = ready.seal(NONCE, b"aad", b"hello")
    assert sealed == aead.seal(suite, key_of(suite), NONCE, b"aad", b"hello")
    assert ready.open_sealed(NONCE, b"aad", sealed) == b"hello"
    altered = [sealed[:size] for size in range(len(sealed))] + [sealed + b"\x00", bytes([sealed[0] ^ 1]) + sealed[1:]]
    for aad, other in [(b"other", sealed), *((b"aad", other) for other in altered)]:
        with pytest.raises(PeerError) as caught:
            ready.open_sealed(NONCE, aad, other)
        assert caught.value.code == "bad-ciphertext"


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_a_key_of_another_suite_is_our_bug(suite: Suite) -> None:
    wrong = b"\x04" * (48 - suite.key_size)
    with pytest.raises(ValueError, match="key"):
        aead.seal(suite, wrong, NONCE, b"", b"")
    with pytest.raises(ValueError, match="nonce"):
        aead.seal(suite, key_of(suite), NONCE[:-1], b"", b"")
