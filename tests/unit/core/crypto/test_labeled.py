"""The labelled derivations against RFC 9180 A.1.1 and their spelt-out inputs."""

import hashlib
import hmac

from coterie.core.crypto.labeled import kem_suite_id, labeled_derive, labeled_expand, labeled_extract

SUITE_ID = b"HPKE\x00\x20\x00\x01\x00\x01"


def test_rfc_9180_a_1_1() -> None:
    shared = bytes.fromhex("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc")
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    context = b"\x00" + labeled_extract("sha256", SUITE_ID, b"", b"psk_id_hash", b"")
    context += labeled_extract("sha256", SUITE_ID, b"", b"info_hash", info)
    secret = labeled_extract("sha256", SUITE_ID, shared, b"secret", b"")
    assert secret.hex() == "12fff91991e93b48de37e7daddb52981084bd8aa64289c3788471d9a9712f397"
    key = labeled_expand("sha256", 32, SUITE_ID, secret, b"key", context, 16)
    assert key.hex() == "4531685d41d65f03dc48f6b8302c05b0"


def test_extract_and_expand_spelt_out() -> None:
    extracted = labeled_extract("sha384", SUITE_ID, b"salt", b"label", b"ikm")
    assert extracted == hmac.digest(b"salt", b"HPKE-v1" + SUITE_ID + b"labelikm", "sha384")
    expanded = labeled_expand("sha384", 48, SUITE_ID, extracted, b"label", b"info", 32)
    spelt = b"\x00\x20HPKE-v1" + SUITE_ID + b"labelinfo\x01"
    assert expanded == hmac.digest(extracted, spelt, "sha384")[:32]


def test_derive_spelt_out() -> None:
    spelt = b"ikm" + b"HPKE-v1" + b"KEM\x64\x7a" + b"\x00\x05label" + b"\x00\x20" + b"context"
    derived = labeled_derive(kem_suite_id(0x647A), b"ikm", b"label", b"context", 32)
    assert derived == hashlib.shake_256(spelt).digest(32)
