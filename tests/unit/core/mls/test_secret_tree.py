"""Derivations of the secret tree (official values: tests/vectors)."""

from coterie.core.crypto.suites import suite
from coterie.core.mls.secret_tree import children, derive_tree_secret, message_key, next_secret, ratchet_roots

SUITE = suite(0xF602)
SECRET = bytes(48)


def test_everything_derived_differs() -> None:
    (left, left_secret), (right, right_secret) = children(SUITE, 3, SECRET)
    assert (left, right) == (1, 5)
    handshake, application = ratchet_roots(SUITE, SECRET)
    derived = [left_secret, right_secret, handshake, application, next_secret(SUITE, SECRET, 0), SECRET]
    assert len(set(derived)) == 6
    assert {len(value) for value in derived} == {SUITE.hash_size}


def test_generations_count() -> None:
    assert next_secret(SUITE, SECRET, 0) != next_secret(SUITE, SECRET, 1)
    key, nonce = message_key(SUITE, SECRET, 3)
    assert (len(key), len(nonce)) == (SUITE.key_size, SUITE.nonce_size)
    assert key == derive_tree_secret(SUITE, SECRET, "key", 3, SUITE.key_size)
    assert (key, nonce) != message_key(SUITE, SECRET, 4)
