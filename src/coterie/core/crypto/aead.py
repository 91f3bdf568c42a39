"""The suite's AEAD (RFC 9420 section 5.1). Tags are always whole: 16 bytes."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from coterie.core.crypto.suites import AeadId, Suite
from coterie.core.kernel.errors import PeerError

TAG_SIZE = 16
"""Bytes that a ciphertext is longer than its plaintext."""

_CIPHERS: Mapping[AeadId, type[AESGCM] | type[ChaCha20Poly1305]] = MappingProxyType(
    {
        AeadId.AES_128_GCM: AESGCM,
        AeadId.AES_256_GCM: AESGCM,
        AeadId.CHACHA20_POLY1305: ChaCha20Poly1305,
    }
)


def _cipher(suite: Suite, key: bytes, nonce: bytes) -> AESGCM | ChaCha20Poly1305:
    if len(key) != suite.key_size or len(nonce) != suite.nonce_size:
        raise ValueError("AEAD key or nonce of the wrong size for this suite")
    return _cipher_class(suite)(key)


@lru_cache(maxsize=32)
def _cipher_class(suite: Suite) -> type[AESGCM] | type[ChaCha20Poly1305]:
    return _CIPHERS[suite.aead]


def seal(suite: Suite, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    """Ciphertext with its tag. A key and nonce are used once in all; the caller sees to that."""
    return _cipher(suite, key, nonce).encrypt(nonce, plaintext, aad)


def open_sealed(suite: Suite, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
    """The plaintext; `bad-ciphertext` if anything was altered, cut or added."""
    try:
        return _cipher(suite, key, nonce).decrypt(nonce, ciphertext, aad)
    except InvalidTag:
        raise PeerError("bad-ciphertext", "a ciphertext does not open") from None


class ReadyKey:
    """One AEAD key prepared once, for who uses it many times: half the cost of a small message is preparing the key."""

    __slots__ = ("_cipher",)

    def __init__(self, suite: Suite, key: bytes) -> None:
        self._cipher = _cipher(suite, key, bytes(suite.nonce_size))

    def seal(self, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """As the function `seal`."""
        return self._cipher.encrypt(nonce, plaintext, aad)

    def open_sealed(self, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """As the function `open_sealed`."""
        try:
            return self._cipher.decrypt(nonce, ciphertext, aad)
        except InvalidTag:
            raise PeerError("bad-ciphertext", "a ciphertext does not open") from None

    def __repr__(self) -> str:
        return "ReadyKey(…)"
