from typing import Any

import pytest

from coterie.core.crypto.signature_keys import load_private, load_public, private_from
from coterie.core.crypto.suites import SignatureScheme
from coterie.core.kernel.errors import PeerError

SIGNING = [
    SignatureScheme.ED25519,
    SignatureScheme.ECDSA_P256_SHA256,
    SignatureScheme.ECDSA_P384_SHA384,
]
VERIFY_ONLY = [SignatureScheme.MLDSA44, SignatureScheme.MLDSA65, SignatureScheme.MLDSA87]


@pytest.mark.parametrize("scheme", SIGNING, ids=lambda s: s.name)
def test_a_key_survives_its_bytes(scheme: SignatureScheme, entropy: Any) -> None:
    key = private_from(scheme, entropy)
    again = load_private(scheme, key.private_bytes())
    assert again.public_bytes() == key.public_bytes()
    load_public(scheme, key.public_bytes()).verify(again.sign(b"x"), b"x")


def test_rfc_6979_a_2_5_deterministic_ecdsa() -> None:
    """ECDSA on P-256 with SHA-256 of "sample": r and s of the RFC, as DER."""
    scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
    signed = load_private(SignatureScheme.ECDSA_P256_SHA256, bytes.fromhex(scalar)).sign(b"sample")
    r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    s = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    assert signed.hex() == f"3046022100{r}022100{s}"


def test_scalars_out_of_range_are_drawn_again() -> None:
    class Draws:
        def __init__(self) -> None:
            self.left = [b"\xff" * 32, bytes(32), b"\x05" * 32]

        def random(self, size: int) -> bytes:
            return self.left.pop(0)

    key = private_from(SignatureScheme.ECDSA_P256_SHA256, Draws())
    assert key.private_bytes() == b"\x05" * 32


@pytest.mark.parametrize("scheme", VERIFY_ONLY, ids=lambda s: s.name)
def test_ml_dsa_is_verified_only(scheme: SignatureScheme, entropy: Any) -> None:
    with pytest.raises(ValueError, match="no software signer"):
        private_from(scheme, entropy)
    with pytest.raises(ValueError, match="no software signer"):
        load_private(scheme, bytes(32))
    with pytest.raises(PeerError) as caught:
        load_public(scheme, bytes(31))
    assert caught.value.code == "malformed"
