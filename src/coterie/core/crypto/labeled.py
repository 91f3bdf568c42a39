"""The labelled key derivations of HPKE (RFC 9180 section 4; draft-ietf-hpke-pq for LabeledDerive)."""

import hashlib
import hmac

from coterie.core.crypto.kdf import expand_hash

_VERSION = b"HPKE-v1"


def labeled_extract(hash_name: str, suite_id: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """LabeledExtract of RFC 9180 section 4."""
    return hmac.digest(salt, _VERSION + suite_id + label + ikm, hash_name)


def labeled_expand(
    hash_name: str, hash_size: int, suite_id: bytes, prk: bytes, label: bytes, info: bytes, length: int
) -> bytes:
    """LabeledExpand of RFC 9180 section 4: `length` bytes."""
    labeled_info = length.to_bytes(2, "big") + _VERSION + suite_id + label + info
    return expand_hash(hash_name, hash_size, prk, labeled_info, length)


def labeled_derive(suite_id: bytes, ikm: bytes, label: bytes, context: bytes, length: int) -> bytes:
    """SHAKE256.LabeledDerive of draft-ietf-hpke-pq: one squeeze of `length` bytes."""
    head = _VERSION + suite_id + len(label).to_bytes(2, "big") + label
    return hashlib.shake_256(ikm + head + length.to_bytes(2, "big") + context).digest(length)


def kem_suite_id(kem_id: int) -> bytes:
    """ "KEM" ‖ I2OSP(kem_id, 2)."""
    return b"KEM" + kem_id.to_bytes(2, "big")
