from typing import Any

import pytest

from coterie.core.crypto import signature
from coterie.core.crypto.suites import SUITES, Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret

ALL = list(SUITES.values())
CURVES = [SUITES[0x0002], SUITES[0x0007]]


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_what_is_signed_verifies(suite: Suite, entropy: Any) -> None:
    signer = signature.generate_signer(suite, entropy)
    signature.check_public_key(suite, signer.public_key)
    sig = signer.sign(b"message")
    signature.verify(suite, signer.public_key, b"message", sig)
    other = signature.generate_signer(suite, entropy)
    for public, message, tag in (
        (signer.public_key, b"massage", sig),
        (other.public_key, b"message", sig),
        (signer.public_key, b"message", b""),
        (signer.public_key, b"message", sig[:-1]),
    ):
        with pytest.raises(PeerError) as caught:
            signature.verify(suite, public, message, tag)
        assert caught.value.code == "bad-signature"


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_the_same_entropy_gives_the_same_key_and_signature(suite: Suite, entropy: Any) -> None:
    first = signature.generate_signer(suite, type(entropy)())
    second = signature.generate_signer(suite, type(entropy)())
    assert first.public_key == second.public_key
    assert first.sign(b"x") == second.sign(b"x")


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_a_stored_private_key_makes_the_same_signer(suite: Suite, entropy: Any) -> None:
    signer = signature.generate_signer(suite, entropy)
    again = signature.SoftwareSigner.from_private(suite, signer.private)
    assert again.public_key == signer.public_key
    assert again.private == signer.private


def test_rfc_8032_test_2() -> None:
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    signer = signature.SoftwareSigner.from_private(SUITES[1], Secret(seed))
    assert signer.public_key.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signer.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
@pytest.mark.parametrize("size", [0, 31, 47, 49, 65])
def test_a_private_key_of_the_wrong_size_is_our_bug(suite: Suite, size: int) -> None:
    with pytest.raises(ValueError, match=r"key|bytes"):
        signature.SoftwareSigner.from_private(suite, Secret(b"\x01" * size))


@pytest.mark.parametrize("suite", CURVES, ids=lambda s: s.name)
def test_only_uncompressed_points_of_the_curve_are_keys(suite: Suite, entropy: Any) -> None:
    public = signature.generate_signer(suite, entropy).public_key
    half = (len(public) - 1) // 2
    compressed = bytes([2 + (public[-1] & 1)]) + public[1 : 1 + half]
    hybrid = bytes([6 + (public[-1] & 1)]) + public[1:]
    off_curve = public[:-1] + bytes([public[-1] ^ 1])
    for wrong in (b"", b"\x00", compressed, hybrid, off_curve, public + b"\x00", public[:-1]):
        with pytest.raises(PeerError) as caught:
            signature.check_public_key(suite, wrong)
        assert caught.value.code == "malformed"


def test_T011_a_weak_key_is_refused_on_every_use() -> None:
    for _ in range(2):
        with pytest.raises(PeerError) as caught:
            signature.verify(SUITES[1], bytes(32), b"", bytes(64))
        assert caught.value.code == "weak-key"


def test_labels_keep_uses_apart(entropy: Any) -> None:
    suite = SUITES[1]
    signer = signature.generate_signer(suite, entropy)
    sig = signer.sign(signature.sign_content("LeafNodeTBS", b"content"))
    assert signature.sign_content("LeafNodeTBS", b"content") == b"\x13MLS 1.0 LeafNodeTBS\x07content"
    signature.verify_with_label(suite, signer.public_key, "LeafNodeTBS", b"content", sig)
    with pytest.raises(PeerError):
        signature.verify_with_label(suite, signer.public_key, "KeyPackageTBS", b"content", sig)


def test_a_signer_shows_no_key(entropy: Any) -> None:
    signer = signature.generate_signer(SUITES[1], entropy)
    assert signer.private.reveal().hex() not in repr(signer)
    assert not hasattr(signer, "__dict__")
