"""Signatures: the signer interface, the software signer and verification (RFC 9420 section 5.1.2).

Encodings are those of RFC 9420: raw Ed25519 keys, uncompressed points and DER signatures for ECDSA.
ECDSA is deterministic (RFC 6979), so a replayed run signs the same bytes.
"""

from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature

from coterie.core.codec.tls import opaque
from coterie.core.crypto.signature_keys import PrivateKey, PublicKey, load_private, load_public, private_from
from coterie.core.crypto.suites import SignatureScheme, Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy

CACHED_PUBLIC_KEYS = 1024
"""Checked public keys kept ready: all devices of a large circle, at under a kilobyte each."""


class Signer(Protocol):
    """Who can sign at once: bytes in, signature out. A slow one is driven through `signing.Signing`."""

    @property
    def suite(self) -> Suite: ...

    @property
    def public_key(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


class SoftwareSigner:
    """A signer whose private key is in memory, as a ready key object."""

    __slots__ = ("_key", "public_key", "suite")

    def __init__(self, suite: Suite, key: PrivateKey) -> None:
        self.suite = suite
        self._key = key
        self.public_key = key.public_bytes()

    @classmethod
    def from_private(cls, suite: Suite, private: Secret) -> "SoftwareSigner":
        """From what `private` gave; ValueError if it is not a private key of this suite."""
        return cls(suite, load_private(suite.signature, private.reveal()))

    @property
    def private(self) -> Secret:
        """The private key (seed or scalar of fixed size), for the vault only."""
        return Secret(self._key.private_bytes())

    def sign(self, message: bytes) -> bytes:
        """A signature over exactly these bytes; labels are the caller's (`sign_content`)."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"SoftwareSigner({self.suite.name})"


def generate_signer(suite: Suite, entropy: Entropy) -> SoftwareSigner:
    """A new signing key from `entropy`."""
    return SoftwareSigner(suite, private_from(suite.signature, entropy))


@lru_cache(maxsize=CACHED_PUBLIC_KEYS)
def _checked_key(scheme: SignatureScheme, public_key: bytes) -> PublicKey:
    return load_public(scheme, public_key)


def check_public_key(suite: Suite, public_key: bytes) -> None:
    """Refuses a foreign key once, before anything signed by it counts: `malformed` or `weak-key`."""
    _checked_key(suite.signature, public_key)


def verify(suite: Suite, public_key: bytes, message: bytes, signature: bytes) -> None:
    """Raises `bad-signature`, or what `check_public_key` raises."""
    key = _checked_key(suite.signature, public_key)
    try:
        key.verify(signature, message)
    except InvalidSignature:
        raise PeerError("bad-signature", "a signature does not verify") from None


def sign_content(label: str, content: bytes) -> bytes:
    """The bytes that are signed: SignContent of RFC 9420 5.1.2; `label` without its "MLS 1.0 " prefix."""
    return _sign_head(label) + opaque(content)


@lru_cache(maxsize=64)
def _sign_head(label: str) -> bytes:
    return opaque(b"MLS 1.0 " + label.encode("ascii"))


def verify_with_label(suite: Suite, public_key: bytes, label: str, content: bytes, signature: bytes) -> None:
    """VerifyWithLabel of RFC 9420 5.1.2; raises as `verify`."""
    verify(suite, public_key, sign_content(label, content), signature)
