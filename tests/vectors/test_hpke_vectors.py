"""The official HPKE-PQ vectors: DeriveKeyPair, Decap, and for the HKDF suites opening and exporting."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from coterie.core.crypto import hpke, kem
from coterie.core.crypto.suites import AeadId, KemId, SignatureScheme, Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret

Load = Callable[[str], Any]

HASHES = {1: "sha256", 2: "sha384", 3: "sha512"}
NOT_OURS = {0x0021, 0x0040}
"""X448 and ML-KEM-512: in no suite of MLS that we follow."""


class SystemEntropy:
    def random(self, size: int) -> bytes:
        return os.urandom(size)


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def suite_of(vector: dict[str, Any]) -> Suite:
    return Suite(
        0,
        "a suite of a vector",
        KemId(vector["kem_id"]),
        HASHES.get(vector["kdf_id"], "sha256"),
        AeadId(vector["aead_id"]),
        SignatureScheme.ED25519,
    )


def ours(load: Load) -> list[dict[str, Any]]:
    found = [vector for vector in load("hpke/hpke-pq.json") if vector["kem_id"] not in NOT_OURS]
    assert found
    return found


def test_key_pairs_and_decapsulation(load: Load) -> None:
    for vector in ours(load):
        suite = suite_of(vector)
        pair = kem.derive_key_pair(suite, h(vector["ikmR"]))
        assert pair.private == Secret(h(vector["skRm"]))
        assert pair.public == h(vector["pkRm"])
        kem.check_public_key(suite, pair.public)
        assert kem.decapsulate(suite, pair.private, h(vector["enc"])) == h(vector["shared_secret"])


def test_our_encapsulation_opens_with_the_vectors_keys(load: Load) -> None:
    for vector in ours(load):
        suite = suite_of(vector)
        made = kem.encapsulate(suite, h(vector["pkRm"]), SystemEntropy())
        assert kem.decapsulate(suite, Secret(h(vector["skRm"])), made.enc) == made.secret


def test_opening_and_exporting(load: Load) -> None:
    opened = 0
    for vector in ours(load):
        if vector["kdf_id"] not in HASHES:  # one-stage KDFs: no MLS suite of ours uses them
            continue
        suite, private, enc, info = (
            suite_of(vector),
            Secret(h(vector["skRm"])),
            h(vector["enc"]),
            h(vector["info"]),
        )
        first = vector["encryptions"][0]
        plain = hpke.open_sealed(suite, private, enc, info, h(first["aad"]), h(first["ct"]))
        assert plain == h(first["pt"])
        with pytest.raises(PeerError):
            hpke.open_sealed(suite, private, enc, info + b"x", h(first["aad"]), h(first["ct"]))
        for export in vector["exports"]:
            context, length = h(export["exporter_context"]), export["L"]
            exported = hpke.receive_export(suite, private, enc, info, context, length)
            assert exported == h(export["exported_value"])
        opened += 1
    assert opened
