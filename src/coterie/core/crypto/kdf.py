"""Hash, MAC and HKDF of a suite (RFC 5869; RFC 9420 sections 5.2 and 8).

Outputs no longer than the hash, which is nearly all of them, cost one HMAC.
"""

import hashlib
import hmac
from functools import lru_cache

from coterie.core.codec.tls import varint
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError


def digest(suite: Suite, data: bytes) -> bytes:
    """Hash of the suite: `hash_size` bytes."""
    return hashlib.new(suite.kdf_hash, data).digest()


def mac(suite: Suite, key: bytes, data: bytes) -> bytes:
    """HMAC with the suite's hash: `hash_size` bytes (RFC 9420 5.2)."""
    return hmac.digest(key, data, suite.kdf_hash)


def verify_mac(suite: Suite, key: bytes, data: bytes, tag: bytes) -> None:
    """Compares in constant time, full length only; `bad-mac` otherwise."""
    if not hmac.compare_digest(hmac.digest(key, data, suite.kdf_hash), tag):
        raise PeerError("bad-mac", "a message authentication code does not match")


def extract(suite: Suite, salt: bytes, ikm: bytes) -> bytes:
    """HKDF-Extract; an empty salt means `hash_size` zero bytes, as in RFC 5869."""
    return hmac.digest(salt, ikm, suite.kdf_hash)


def expand(suite: Suite, prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand: `length` bytes, at most 255 times `hash_size` (ValueError beyond)."""
    return expand_hash(suite.kdf_hash, suite.hash_size, prk, info, length)


def expand_hash(hash_name: str, hash_size: int, prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand for a hash named apart from any suite (HPKE KEMs have their own)."""
    if length <= hash_size:
        return hmac.digest(prk, info + b"\x01", hash_name)[:length]
    blocks = -(-length // hash_size)
    if blocks > 255:
        raise ValueError("HKDF-Expand gives at most 255 blocks")
    output = block = b""
    for counter in range(1, blocks + 1):
        block = hmac.digest(prk, block + info + bytes([counter]), hash_name)
        output += block
    return output[:length]


@lru_cache(maxsize=256)
def _label_head(label: str, length: int) -> bytes:
    name = b"MLS 1.0 " + label.encode("ascii")
    return length.to_bytes(2, "big") + varint(len(name)) + name


def expand_with_label(suite: Suite, secret: bytes, label: str, context: bytes, length: int) -> bytes:
    """ExpandWithLabel of RFC 9420 section 8; `label` without its "MLS 1.0 " prefix."""
    info = _label_head(label, length) + varint(len(context)) + context
    if length <= suite.hash_size:  # one block, as nearly always: the same as below, without a call
        return hmac.digest(secret, info + b"\x01", suite.kdf_hash)[:length]
    return expand_hash(suite.kdf_hash, suite.hash_size, secret, info, length)


def derive_secret(suite: Suite, secret: bytes, label: str) -> bytes:
    """DeriveSecret of RFC 9420 section 8: `hash_size` bytes."""
    return hmac.digest(secret, _label_head(label, suite.hash_size) + b"\x00\x01", suite.kdf_hash)
