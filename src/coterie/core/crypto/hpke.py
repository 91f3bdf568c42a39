"""HPKE base mode (RFC 9180 sections 5 and 6.1) and the labelled use of it in MLS (RFC 9420 section 5.1.3)."""

from dataclasses import dataclass
from functools import lru_cache

from coterie.core.codec.tls import opaque
from coterie.core.crypto import aead, kem
from coterie.core.crypto.labeled import labeled_expand, labeled_extract
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy

_KDF_IDS = {"sha256": 1, "sha384": 2, "sha512": 3}
_MODE_BASE = b"\x00"


@dataclass(frozen=True, slots=True)
class _Context:
    suite: Suite
    suite_id: bytes
    schedule: bytes
    secret: bytes

    def expand(self, label: bytes, length: int) -> bytes:
        suite = self.suite
        return labeled_expand(suite.kdf_hash, suite.hash_size, self.suite_id, self.secret, label, self.schedule, length)

    def key_and_nonce(self) -> tuple[bytes, bytes]:
        return self.expand(b"key", self.suite.key_size), self.expand(b"base_nonce", self.suite.nonce_size)

    def export(self, exporter_context: bytes, length: int) -> bytes:
        suite = self.suite
        exporter = self.expand(b"exp", suite.hash_size)
        return labeled_expand(
            suite.kdf_hash, suite.hash_size, self.suite_id, exporter, b"sec", exporter_context, length
        )

    def __repr__(self) -> str:
        return "_Context(…)"


@lru_cache(maxsize=2)
def _schedule(suite: Suite, info: bytes) -> tuple[bytes, bytes]:
    """suite_id and key_schedule_context: public, and the same for all recipients of one commit.

    The last two are kept and no more: the `info` of a Welcome is its whole GroupInfo, with the tree.
    """
    suite_id = b"HPKE" + b"".join(
        number.to_bytes(2, "big") for number in (suite.kem, _KDF_IDS[suite.kdf_hash], suite.aead)
    )
    psk_id_hash = labeled_extract(suite.kdf_hash, suite_id, b"", b"psk_id_hash", b"")
    info_hash = labeled_extract(suite.kdf_hash, suite_id, b"", b"info_hash", info)
    return suite_id, _MODE_BASE + psk_id_hash + info_hash


def _context(suite: Suite, shared_secret: bytes, info: bytes) -> _Context:
    suite_id, schedule = _schedule(suite, info)
    secret = labeled_extract(suite.kdf_hash, suite_id, shared_secret, b"secret", b"")
    return _Context(suite, suite_id, schedule, secret)


def seal(
    suite: Suite, public: bytes, info: bytes, aad: bytes, plaintext: bytes, entropy: Entropy
) -> tuple[bytes, bytes]:
    """SealBase: (enc, ciphertext). Raises as `kem.check_public_key`."""
    encapsulated = kem.encapsulate(suite, public, entropy)
    key, nonce = _context(suite, encapsulated.secret, info).key_and_nonce()
    return encapsulated.enc, aead.seal(suite, key, nonce, aad, plaintext)


def open_sealed(suite: Suite, private: Secret, enc: bytes, info: bytes, aad: bytes, ciphertext: bytes) -> bytes:
    """OpenBase; `malformed`, `weak-key` or `bad-ciphertext`."""
    key, nonce = _context(suite, kem.decapsulate(suite, private, enc), info).key_and_nonce()
    return aead.open_sealed(suite, key, nonce, aad, ciphertext)


def send_export(
    suite: Suite, public: bytes, info: bytes, exporter_context: bytes, length: int, entropy: Entropy
) -> tuple[bytes, bytes]:
    """SendExportBase: (enc, exported secret of `length` bytes). RFC 9420 8.3 uses it for external init."""
    encapsulated = kem.encapsulate(suite, public, entropy)
    context = _context(suite, encapsulated.secret, info)
    return encapsulated.enc, context.export(exporter_context, length)


def receive_export(
    suite: Suite, private: Secret, enc: bytes, info: bytes, exporter_context: bytes, length: int
) -> bytes:
    """ReceiveExportBase: what `send_export` exported."""
    return _context(suite, kem.decapsulate(suite, private, enc), info).export(exporter_context, length)


def _encrypt_context(label: str, context: bytes) -> bytes:
    return opaque(b"MLS 1.0 " + label.encode("ascii")) + opaque(context)


def encrypt_with_label(
    suite: Suite, public: bytes, label: str, context: bytes, plaintext: bytes, entropy: Entropy
) -> tuple[bytes, bytes]:
    """EncryptWithLabel of RFC 9420 5.1.3: (kem_output, ciphertext); `label` without its prefix."""
    return seal(suite, public, _encrypt_context(label, context), b"", plaintext, entropy)


def decrypt_with_label(
    suite: Suite, private: Secret, label: str, context: bytes, kem_output: bytes, ciphertext: bytes
) -> bytes:
    """DecryptWithLabel of RFC 9420 5.1.3."""
    return open_sealed(suite, private, kem_output, _encrypt_context(label, context), b"", ciphertext)
