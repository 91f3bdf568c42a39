"""Checks of derivations notice what differs (good cases: tests/vectors)."""

import json
from pathlib import Path

import pytest

from coterie.core.crypto.signature import SoftwareSigner, sign_content
from coterie.core.crypto.suites import SUITES
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.mls.framing import AuthData, AuthenticatedContent, FramedContent, member
from coterie.core.mls.registry import CONTENT_APPLICATION, WIRE_PRIVATE_MESSAGE
from coterie.testing.mls_vector_keys import (
    check_crypto_basics,
    check_deserialization,
    check_key_schedule,
    check_secret_tree,
    check_transcript_hashes,
    check_tree_math,
)
from coterie.testing.mls_vector_tools import Case, MismatchError

DATA = Path(__file__).parents[2] / "vectors" / "data" / "mls"


def case(name: str) -> Case:
    found: Case = json.loads((DATA / f"{name}.json").read_text("utf-8"))[0]
    return found


def test_tree_math() -> None:
    with pytest.raises(MismatchError, match="left"):
        check_tree_math({**case("tree-math"), "left": [1]})


def test_tree_math_of_trees_that_mls_does_not_have() -> None:
    good = case("tree-math")
    assert good["n_leaves"] == 1
    with pytest.raises(MismatchError, match="n_leaves"):
        check_tree_math({**good, "n_leaves": 3, "n_nodes": 7})
    with pytest.raises(MismatchError, match="left"):
        check_tree_math({**good, "n_leaves": 1 << 40, "n_nodes": (1 << 41) - 1})


def test_deserialization() -> None:
    with pytest.raises(PeerError):
        check_deserialization({"vlbytes_header": "c0", "length": 0})
    check_deserialization({"vlbytes_header": "4040", "length": 64})


def test_crypto_basics() -> None:
    good = case("crypto-basics")
    for part, field in (("ref_hash", "out"), ("expand_with_label", "out"), ("encrypt_with_label", "plaintext")):
        with pytest.raises(MismatchError, match=part):
            check_crypto_basics({**good, part: {**good[part], field: "00"}})


def test_crypto_basics_with_a_private_key_that_begins_with_zero() -> None:
    good = next(c for c in json.loads((DATA / "crypto-basics.json").read_text("utf-8")) if c["cipher_suite"] == 2)
    suite, private = SUITES[2], Secret(b"\x00" + b"\x01" * 31)
    signer = SoftwareSigner.from_private(suite, private)
    sign = {**good["sign_with_label"], "priv": "01" * 31, "pub": signer.public_key.hex()}
    content = sign_content(sign["label"], bytes.fromhex(sign["content"]))
    check_crypto_basics({**good, "sign_with_label": {**sign, "signature": signer.sign(content).hex()}})


def test_key_schedule() -> None:
    good = case("key-schedule")
    epochs = [{**good["epochs"][0], "resumption_psk": "00"}]
    with pytest.raises(MismatchError, match="resumption_psk"):
        check_key_schedule({**good, "epochs": epochs})


def test_secret_tree() -> None:
    good = case("secret-tree")
    leaf = [{**good["leaves"][0][0], "handshake_nonce": "00"}]
    with pytest.raises(MismatchError, match="handshake_nonce"):
        check_secret_tree({**good, "leaves": [leaf]})


def test_transcript_hashes() -> None:
    with pytest.raises(PeerError):
        check_transcript_hashes({**case("transcript-hashes"), "confirmation_key": "00" * 32})


def test_transcript_hashes_over_something_else_than_a_commit() -> None:
    content = FramedContent(b"group", 1, member(0), b"", CONTENT_APPLICATION, b"text")
    encoded = AuthenticatedContent(WIRE_PRIVATE_MESSAGE, content, AuthData(b"signature")).encode()
    with pytest.raises(MismatchError, match="authenticated_content"):
        check_transcript_hashes({**case("transcript-hashes"), "authenticated_content": encoded.hex()})
