"""Every Wycheproof case of the primitives that we wrap (T010, T012, T013).

A case that is marked `valid` must be taken, one marked `invalid` must be refused with a PeerError, and where an
`acceptable` one is taken its result must be right. What our wrapper cannot be asked (192-bit keys, nonces other than
12 bytes) is counted apart and never passes as done.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from coterie.core.crypto import aead, kdf, kem, signature
from coterie.core.crypto.dh_groups import P256, P384, X25519, DhGroup
from coterie.core.crypto.suites import SUITES, AeadId, KemId, SignatureScheme, Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret

Load = Callable[[str], Any]


def suite_with(**parts: Any) -> Suite:
    base = {
        "id": 0,
        "name": "a suite of a vector",
        "kem": KemId.DHKEM_X25519,
        "kdf_hash": "sha256",
        "aead": AeadId.AES_128_GCM,
        "signature": SignatureScheme.ED25519,
    }
    return Suite(**{**base, **parts})


def cases(load: Load, name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in load(f"wycheproof/{name}.json")["testGroups"]:
        for case in group["tests"]:
            yield group, case


def taken(action: Callable[..., Any], *arguments: Any) -> Any:
    """The result (True for none), or None if our side refused what came from outside."""
    try:
        result = action(*arguments)
    except PeerError:
        return None
    return True if result is None else result


def h(text: str) -> bytes:
    return bytes.fromhex(text)


AEADS = {
    ("aes_gcm", 128): AeadId.AES_128_GCM,
    ("aes_gcm", 256): AeadId.AES_256_GCM,
    ("chacha20_poly1305", 256): AeadId.CHACHA20_POLY1305,
}


@pytest.mark.parametrize("name", ["aes_gcm", "chacha20_poly1305"])
def test_T013_aead(load: Load, name: str) -> None:
    wrong = []
    done = 0
    for group, case in cases(load, name):
        aead_id = AEADS.get((name, group["keySize"]))
        if aead_id is None:
            continue
        suite = suite_with(aead=aead_id)
        key, nonce, aad = h(case["key"]), h(case["iv"]), h(case["aad"])
        sealed = h(case["ct"]) + h(case["tag"])
        done += 1
        if group["ivSize"] != 96:
            with pytest.raises(ValueError, match="nonce"):
                aead.open_sealed(suite, key, nonce, aad, sealed)
            continue
        opened = taken(aead.open_sealed, suite, key, nonce, aad, sealed)
        good = opened == h(case["msg"]) if case["result"] == "valid" else opened is None
        if case["result"] == "valid":
            good = good and aead.seal(suite, key, nonce, aad, h(case["msg"])) == sealed
        if not good:
            wrong.append(case["tcId"])
    assert done
    assert wrong == []


@pytest.mark.parametrize("name", ["aes_gcm", "chacha20_poly1305"])
def test_T012_a_cut_or_extended_tag_is_refused(load: Load, name: str) -> None:
    done = 0
    for group, case in cases(load, name):
        aead_id = AEADS.get((name, group["keySize"]))
        if aead_id is None or group["ivSize"] != 96 or case["result"] != "valid" or done >= 20:
            continue
        done += 1
        suite, tag = suite_with(aead=aead_id), h(case["tag"])
        for other in [tag[:size] for size in range(16)] + [tag + b"\x00"]:
            sealed = h(case["ct"]) + other
            with pytest.raises(PeerError) as caught:
                aead.open_sealed(suite, h(case["key"]), h(case["iv"]), h(case["aad"]), sealed)
            assert caught.value.code == "bad-ciphertext"
    assert done


@pytest.mark.parametrize("hash_name", ["sha256", "sha384"])
def test_T013_hkdf(load: Load, hash_name: str) -> None:
    suite = suite_with(kdf_hash=hash_name)
    wrong = []
    for _, case in cases(load, f"hkdf_{hash_name}"):
        prk = kdf.extract(suite, h(case["salt"]), h(case["ikm"]))
        if case["result"] == "invalid":
            with pytest.raises(ValueError, match="255"):
                kdf.expand(suite, prk, h(case["info"]), case["size"])
        elif kdf.expand(suite, prk, h(case["info"]), case["size"]) != h(case["okm"]):
            wrong.append(case["tcId"])
    assert wrong == []


@pytest.mark.parametrize("hash_name", ["sha256", "sha384"])
def test_T013_hmac(load: Load, hash_name: str) -> None:
    suite = suite_with(kdf_hash=hash_name)
    wrong = []
    for group, case in cases(load, f"hmac_{hash_name}"):
        key, message, tag = h(case["key"]), h(case["msg"]), h(case["tag"])
        ours = kdf.mac(suite, key, message)
        if (ours[: len(tag)] == tag) != (case["result"] == "valid"):
            wrong.append(case["tcId"])
        whole = group["tagSize"] == 8 * suite.hash_size
        refused = taken(kdf.verify_mac, suite, key, message, tag) is None
        if refused == (whole and case["result"] == "valid"):
            wrong.append(case["tcId"])
    assert wrong == []


def test_T010_x25519(load: Load) -> None:
    wrong = []
    zero = 0
    for _, case in cases(load, "x25519"):
        private, public = h(case["private"]), h(case["public"])
        if "ZeroSharedSecret" in case["flags"]:
            zero += 1
            with pytest.raises(PeerError) as caught:
                X25519.private(private).exchange(public)
            assert caught.value.code == "weak-key"
            with pytest.raises(PeerError):
                kem.check_public_key(SUITES[1], public)
            with pytest.raises(PeerError):
                kem.decapsulate(SUITES[1], Secret(private), public)
        elif X25519.private(private).exchange(public) != h(case["shared"]):
            wrong.append(case["tcId"])
    assert zero
    assert wrong == []


@pytest.mark.parametrize(("name", "group"), [("secp256r1", P256), ("secp384r1", P384)])
def test_T013_ecdh(load: Load, name: str, group: DhGroup) -> None:
    wrong = []
    for _, case in cases(load, f"ecdh_{name}_ecpoint"):
        scalar = h(case["private"])[-group.scalar_size :].rjust(group.scalar_size, b"\x00")
        shared = taken(group.private(scalar).exchange, h(case["public"]))
        # "acceptable" is the compressed form, which HPKE does not use
        if shared != (h(case["shared"]) if case["result"] == "valid" else None):
            wrong.append(case["tcId"])
    assert wrong == []


SIGNATURES = {
    "ed25519": SignatureScheme.ED25519,
    "ecdsa_secp256r1_sha256": SignatureScheme.ECDSA_P256_SHA256,
    "ecdsa_secp384r1_sha384": SignatureScheme.ECDSA_P384_SHA384,
    "mldsa_44_verify": SignatureScheme.MLDSA44,
    "mldsa_65_verify": SignatureScheme.MLDSA65,
    "mldsa_87_verify": SignatureScheme.MLDSA87,
}


def public_of(group: dict[str, Any]) -> bytes:
    key = group["publicKey"]
    if isinstance(key, str):
        return h(key)
    return h(key["uncompressed"] if "uncompressed" in key else key["pk"])


@pytest.mark.parametrize("name", SIGNATURES)
def test_T013_signatures(load: Load, name: str) -> None:
    suite = suite_with(signature=SIGNATURES[name])
    wrong = []
    for group, case in cases(load, name):
        public, message, sig = public_of(group), h(case["msg"]), h(case["sig"])
        done = taken(signature.verify, suite, public, message, sig)
        expected = case["result"] == "valid" and not case.get("ctx")  # MLS signs with an empty context
        if bool(done) != expected:
            wrong.append((case["tcId"], case["flags"]))
    assert wrong == []


MLKEMS = {"768": KemId.MLKEM768, "1024": KemId.MLKEM1024}


@pytest.mark.parametrize("size", MLKEMS)
def test_T013_mlkem_decapsulation(load: Load, size: str) -> None:
    suite = suite_with(kem=MLKEMS[size])
    wrong = []
    for _, case in cases(load, f"mlkem_{size}"):
        seed, ciphertext = h(case["seed"]), h(case["c"])
        if len(seed) != 64:
            with pytest.raises(ValueError, match="seed"):
                kem.decapsulate(suite, Secret(seed), ciphertext)
            continue
        shared = taken(kem.decapsulate, suite, Secret(seed), ciphertext)
        if shared != (h(case["K"]) if case["result"] == "valid" else None):
            wrong.append(case["tcId"])
    assert wrong == []


@pytest.mark.parametrize("size", MLKEMS)
def test_T013_mlkem_public_keys(load: Load, size: str) -> None:
    suite = suite_with(kem=MLKEMS[size])
    wrong = []
    for _, case in cases(load, f"mlkem_{size}_encaps"):
        done = taken(kem.check_public_key, suite, h(case["ek"]))
        if bool(done) != (case["result"] == "valid"):
            wrong.append(case["tcId"])
    assert wrong == []
