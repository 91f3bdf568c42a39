import tracemalloc
from typing import Any

import pytest

from coterie.core.crypto import hpke, kem
from coterie.core.crypto.suites import SUITES, Suite
from coterie.core.kernel.errors import PeerError

ALL = list(SUITES.values())


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_what_is_sealed_opens_with_the_same_info_and_aad_only(suite: Suite, entropy: Any) -> None:
    pair = kem.generate_key_pair(suite, entropy)
    enc, sealed = hpke.seal(suite, pair.public, b"info", b"aad", b"secret", entropy)
    assert hpke.open_sealed(suite, pair.private, enc, b"info", b"aad", sealed) == b"secret"
    stranger = kem.generate_key_pair(suite, entropy).private
    for private, info, aad, text in (
        (pair.private, b"other", b"aad", sealed),
        (pair.private, b"info", b"other", sealed),
        (pair.private, b"info", b"aad", sealed[:-1]),
        (pair.private, b"info", b"aad", b""),
        (stranger, b"info", b"aad", sealed),
    ):
        with pytest.raises(PeerError) as caught:
            hpke.open_sealed(suite, private, enc, info, aad, text)
        assert caught.value.code == "bad-ciphertext"


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_both_sides_export_the_same_secret(suite: Suite, entropy: Any) -> None:
    pair = kem.generate_key_pair(suite, entropy)
    enc, sent = hpke.send_export(suite, pair.public, b"", b"label", suite.hash_size, entropy)
    assert len(sent) == suite.hash_size
    assert hpke.receive_export(suite, pair.private, enc, b"", b"label", suite.hash_size) == sent
    assert hpke.receive_export(suite, pair.private, enc, b"", b"other", suite.hash_size) != sent


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_labels_keep_uses_apart(suite: Suite, entropy: Any) -> None:
    pair = kem.generate_key_pair(suite, entropy)
    enc, sealed = hpke.encrypt_with_label(suite, pair.public, "Welcome", b"context", b"text", entropy)
    assert hpke.decrypt_with_label(suite, pair.private, "Welcome", b"context", enc, sealed) == b"text"
    with pytest.raises(PeerError):
        hpke.decrypt_with_label(suite, pair.private, "UpdatePathNode", b"context", enc, sealed)


def test_rfc_9180_a_1_1_the_key_schedule_of_suite_1() -> None:
    """RFC 9180 appendix A.1.1: the base setup of DHKEM(X25519), HKDF-SHA256, AES-128-GCM."""
    suite = SUITES[0x0001]
    pair = kem.derive_key_pair(suite, bytes.fromhex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037"))
    assert pair.public.hex() == "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"
    plaintext = hpke.open_sealed(
        suite,
        pair.private,
        bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
        bytes.fromhex("4f6465206f6e2061204772656369616e2055726e"),
        bytes.fromhex("436f756e742d30"),
        bytes.fromhex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"),
    )
    assert plaintext == b"Beauty is truth, truth beauty"


def test_large_contexts_do_not_stay_in_memory(entropy: Any) -> None:
    """A Welcome's context is as large as its tree: a peer that sends many must not fill the memory."""
    chosen = SUITES[1]
    pair = kem.generate_key_pair(chosen, entropy)
    tracemalloc.start()
    try:
        for number in range(24):
            context = number.to_bytes(4, "big") * (1 << 18)
            sealed = hpke.encrypt_with_label(chosen, pair.public, "Welcome", context, b"secret", entropy)
            hpke.decrypt_with_label(chosen, pair.private, "Welcome", context, *sealed)
        del context
        assert tracemalloc.get_traced_memory()[0] < 4 << 20
    finally:
        tracemalloc.stop()
