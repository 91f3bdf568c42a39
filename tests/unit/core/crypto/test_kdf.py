"""RFC 5869 appendix A, and the shapes that RFC 9420 gives to labels."""

import hmac

import pytest

from coterie.core.crypto import kdf
from coterie.core.crypto.suites import SUITES
from coterie.core.kernel.errors import PeerError

SHA256 = SUITES[0x0001]
SHA384 = SUITES[0x0007]


def test_rfc_5869_case_1() -> None:
    prk = kdf.extract(SHA256, bytes(range(13)), b"\x0b" * 22)
    assert prk.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    okm = kdf.expand(SHA256, prk, bytes(range(0xF0, 0xFA)), 42)
    assert okm.hex() == ("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")


def test_expand_gives_at_most_255_blocks() -> None:
    assert len(kdf.expand(SHA256, b"\x07" * 32, b"info", 255 * 32)) == 255 * 32
    with pytest.raises(ValueError, match="255"):
        kdf.expand(SHA256, b"\x07" * 32, b"info", 255 * 32 + 1)


@pytest.mark.parametrize("suite", [SHA256, SHA384])
@pytest.mark.parametrize("length", [1, 12, 16, 32, 48, 49, 200])
def test_expand_with_label_is_expand_of_the_spelt_out_label(suite: object, length: int) -> None:
    secret, context = b"\x07" * 48, b"context"
    spelt = length.to_bytes(2, "big") + b"\x0bMLS 1.0 key" + b"\x07context"
    chosen = SHA256 if suite is SHA256 else SHA384
    assert kdf.expand_with_label(chosen, secret, "key", context, length) == kdf.expand(chosen, secret, spelt, length)


@pytest.mark.parametrize("suite", [SHA256, SHA384])
def test_derive_secret_is_expand_with_label_without_context(suite: object) -> None:
    chosen = SHA256 if suite is SHA256 else SHA384
    secret = b"\x09" * chosen.hash_size
    expected = kdf.expand_with_label(chosen, secret, "epoch", b"", chosen.hash_size)
    assert kdf.derive_secret(chosen, secret, "epoch") == expected


def test_labels_of_the_same_text_and_other_length_differ() -> None:
    secret = b"\x01" * 32
    long = kdf.expand_with_label(SHA256, secret, "key", b"", 32)
    assert kdf.expand_with_label(SHA256, secret, "key", b"", 16) != long[:16]


@pytest.mark.parametrize("change", ["flip", "cut", "extend", "empty"])
def test_a_mac_is_compared_whole(change: str) -> None:
    tag = kdf.mac(SHA256, b"key", b"data")
    kdf.verify_mac(SHA256, b"key", b"data", tag)
    other = {
        "flip": bytes([tag[0] ^ 1]) + tag[1:],
        "cut": tag[:-1],
        "extend": tag + b"\x00",
        "empty": b"",
    }[change]
    with pytest.raises(PeerError) as caught:
        kdf.verify_mac(SHA256, b"key", b"data", other)
    assert caught.value.code == "bad-mac"


def test_a_mac_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def record(ours: bytes, theirs: bytes) -> bool:
        compared.append((ours, theirs))
        return True

    monkeypatch.setattr(hmac, "compare_digest", record)
    kdf.verify_mac(SHA256, b"key", b"data", b"anything")
    assert compared == [(kdf.mac(SHA256, b"key", b"data"), b"anything")]
