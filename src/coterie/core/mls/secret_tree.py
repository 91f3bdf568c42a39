"""The secret tree (RFC 9420 section 9): from an epoch's encryption secret to the key of one message.

Pure derivations; which secrets still exist is kept in rows by `ratchets.py`.
"""

from coterie.core.crypto.kdf import expand_with_label
from coterie.core.crypto.suites import Suite
from coterie.core.mls import tree_math


def derive_tree_secret(suite: Suite, secret: bytes, label: str, generation: int, length: int) -> bytes:
    """DeriveTreeSecret of section 9."""
    return expand_with_label(suite, secret, label, generation.to_bytes(4, "big"), length)


def children(suite: Suite, node: int, secret: bytes) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    """(node, secret) of the left and of the right child; the parent's secret must be dropped then."""
    size = suite.hash_size
    return (
        (tree_math.left(node), expand_with_label(suite, secret, "tree", b"left", size)),
        (tree_math.right(node), expand_with_label(suite, secret, "tree", b"right", size)),
    )


def ratchet_roots(suite: Suite, leaf_secret: bytes) -> tuple[bytes, bytes]:
    """First secrets of a leaf's handshake ratchet and of its application ratchet."""
    size = suite.hash_size
    return (
        expand_with_label(suite, leaf_secret, "handshake", b"", size),
        expand_with_label(suite, leaf_secret, "application", b"", size),
    )


def message_key(suite: Suite, secret: bytes, generation: int) -> tuple[bytes, bytes]:
    """AEAD key and nonce of one generation of a ratchet."""
    return (
        derive_tree_secret(suite, secret, "key", generation, suite.key_size),
        derive_tree_secret(suite, secret, "nonce", generation, suite.nonce_size),
    )


def next_secret(suite: Suite, secret: bytes, generation: int) -> bytes:
    """The ratchet's secret of the next generation."""
    return derive_tree_secret(suite, secret, "secret", generation, suite.hash_size)
