"""Key objects of each signature scheme behind two small protocols, in the encodings of RFC 9420."""

from collections.abc import Callable
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa

from coterie.core.crypto import ed25519_keys
from coterie.core.crypto.curves import CURVES, Curve
from coterie.core.crypto.suites import SignatureScheme
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.world import Entropy


class PrivateKey(Protocol):
    """A ready private key. `private_bytes` is what `load_private` takes."""

    def sign(self, message: bytes) -> bytes: ...

    def public_bytes(self) -> bytes: ...

    def private_bytes(self) -> bytes: ...


class PublicKey(Protocol):
    """A checked public key; `verify` raises the library's InvalidSignature."""

    def verify(self, signature: bytes, message: bytes) -> None: ...


class _Ed25519Private:
    __slots__ = ("_key", "sign")

    def __init__(self, seed: bytes) -> None:
        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.sign = self._key.sign

    def public_bytes(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def private_bytes(self) -> bytes:
        return self._key.private_bytes_raw()


class _EcdsaPrivate:
    __slots__ = ("_algorithm", "_curve", "_key")

    def __init__(self, curve: Curve, hash_algorithm: hashes.HashAlgorithm, scalar: bytes) -> None:
        if len(scalar) != curve.scalar_size or not curve.is_scalar(scalar):
            raise ValueError("not a private key of this curve")
        self._curve = curve
        self._key = ec.derive_private_key(int.from_bytes(scalar, "big"), curve.parameters)
        self._algorithm = ec.ECDSA(hash_algorithm, deterministic_signing=True)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message, self._algorithm)

    def public_bytes(self) -> bytes:
        return self._curve.encode(self._key.public_key())

    def private_bytes(self) -> bytes:
        return self._key.private_numbers().private_value.to_bytes(self._curve.scalar_size, "big")


class _EcdsaPublic:
    __slots__ = ("_algorithm", "_key")

    def __init__(self, curve: Curve, hash_algorithm: hashes.HashAlgorithm, point: bytes) -> None:
        self._key = curve.parse(point)
        self._algorithm = ec.ECDSA(hash_algorithm)

    def verify(self, signature: bytes, message: bytes) -> None:
        self._key.verify(signature, message, self._algorithm)


_ECDSA: dict[SignatureScheme, tuple[Curve, hashes.HashAlgorithm]] = {
    SignatureScheme.ECDSA_P256_SHA256: (CURVES["P-256"], hashes.SHA256()),
    SignatureScheme.ECDSA_P384_SHA384: (CURVES["P-384"], hashes.SHA384()),
}

_MLDSA_LOADERS: dict[SignatureScheme, Callable[[bytes], PublicKey]] = {
    SignatureScheme.MLDSA44: mldsa.MLDSA44PublicKey.from_public_bytes,
    SignatureScheme.MLDSA65: mldsa.MLDSA65PublicKey.from_public_bytes,
    SignatureScheme.MLDSA87: mldsa.MLDSA87PublicKey.from_public_bytes,
}


def load_private(scheme: SignatureScheme, private: bytes) -> PrivateKey:
    """A ready key from its stored bytes; ValueError if they are not one."""
    if scheme is SignatureScheme.ED25519:
        return _Ed25519Private(private)
    if scheme in _ECDSA:
        curve, hash_algorithm = _ECDSA[scheme]
        return _EcdsaPrivate(curve, hash_algorithm, private)
    raise ValueError("no software signer for this scheme yet")


def private_from(scheme: SignatureScheme, entropy: Entropy) -> PrivateKey:
    """A new key: 32 bytes for Ed25519, a scalar by rejection sampling for ECDSA (FIPS 186-5 A.2.2)."""
    if scheme is SignatureScheme.ED25519:
        return _Ed25519Private(entropy.random(32))
    if scheme in _ECDSA:
        curve, hash_algorithm = _ECDSA[scheme]
        while not curve.is_scalar(candidate := entropy.random(curve.scalar_size)):
            pass
        return _EcdsaPrivate(curve, hash_algorithm, candidate)
    raise ValueError("no software signer for this scheme yet")


def load_public(scheme: SignatureScheme, public_key: bytes) -> PublicKey:
    """A checked key: `malformed` or, for Ed25519 of low order or non-canonical form, `weak-key`."""
    if scheme is SignatureScheme.ED25519:
        ed25519_keys.check_encoding(public_key)
        return ed25519.Ed25519PublicKey.from_public_bytes(public_key)
    if scheme in _ECDSA:
        curve, hash_algorithm = _ECDSA[scheme]
        return _EcdsaPublic(curve, hash_algorithm, public_key)
    try:
        return _MLDSA_LOADERS[scheme](public_key)
    except ValueError:
        raise PeerError("malformed", "malformed ML-DSA key") from None
