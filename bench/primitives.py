"""The floors of MLS: direct calls of `cryptography` and `hmac`, on ready key objects, with the sizes that MLS gives them."""

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coterie.core.crypto.suites import Suite

EXPANSIONS = 5
"""Of one message: key, nonce and next secret of the ratchet, key and nonce of the sender data."""
SENDER_DATA = 12
NONCE = bytes(12)


@dataclass(frozen=True, slots=True)
class MessageFloor:
    """What sending and receiving one message must at least do."""

    send: Callable[[], object]
    receive: Callable[[], object]


def message_floor(suite: Suite, signed: int, sealed: int, aad: int) -> MessageFloor:
    """For a message whose signature covers `signed` bytes and whose ciphertext holds `sealed`, with `aad` beside it."""
    signer = Ed25519PrivateKey.generate()
    verifier = signer.public_key()
    cipher = AESGCM(os.urandom(suite.key_size))
    secret, info = os.urandom(suite.hash_size), os.urandom(24)
    to_sign, plaintext, beside, sender = (
        os.urandom(signed),
        os.urandom(sealed),
        os.urandom(aad),
        os.urandom(SENDER_DATA),
    )
    signature = signer.sign(to_sign)
    ciphertext = cipher.encrypt(NONCE, plaintext, beside)
    sealed_sender = cipher.encrypt(NONCE, sender, beside)
    kdf_hash = suite.kdf_hash

    def expand() -> None:
        for _ in range(EXPANSIONS):
            hmac.digest(secret, info, kdf_hash)

    def send() -> None:
        expand()
        signer.sign(to_sign)
        cipher.encrypt(NONCE, plaintext, beside)
        cipher.encrypt(NONCE, sender, beside)

    def receive() -> None:
        expand()
        cipher.decrypt(NONCE, sealed_sender, beside)
        cipher.decrypt(NONCE, ciphertext, beside)
        verifier.verify(signature, to_sign)

    return MessageFloor(send, receive)


@dataclass(frozen=True, slots=True)
class GroupFloor:
    """The public-key operations of commits and joins, each as one call."""

    seal: Callable[[], object]
    open: Callable[[], object]
    sign: Callable[[], object]
    verify: Callable[[], object]


def group_floor(suite: Suite) -> GroupFloor:
    """Of this suite; HPKE on a path secret, signatures on a leaf of ordinary size."""
    post_quantum = suite.id != 1
    kem = hpke.KEM.MLKEM768_X25519 if post_quantum else hpke.KEM.X25519
    box = hpke.Suite(
        kem,
        hpke.KDF.HKDF_SHA384 if post_quantum else hpke.KDF.HKDF_SHA256,
        hpke.AEAD.AES_256_GCM if post_quantum else hpke.AEAD.AES_128_GCM,
    )
    x25519 = X25519PrivateKey.generate()
    private = hpke.MLKEM768X25519PrivateKey(MLKEM768PrivateKey.generate(), x25519) if post_quantum else x25519
    public = private.public_key()
    secret, info = os.urandom(suite.hash_size), os.urandom(200)
    sealed = box.encrypt(secret, public, info)
    signer = Ed25519PrivateKey.generate()
    verifier, leaf = signer.public_key(), os.urandom(1500 if post_quantum else 400)
    signature = signer.sign(leaf)
    return GroupFloor(
        seal=lambda: box.encrypt(secret, public, info),
        open=lambda: box.decrypt(sealed, private, info),
        sign=lambda: signer.sign(leaf),
        verify=lambda: verifier.verify(signature, leaf),
    )
