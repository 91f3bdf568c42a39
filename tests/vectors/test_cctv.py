"""T011: the 914 Ed25519 edge cases of CCTV, as foreign keys and signatures."""

from collections.abc import Callable
from typing import Any

import pytest

from coterie.core.crypto import signature
from coterie.core.crypto.suites import SUITES
from coterie.core.kernel.errors import PeerError

Load = Callable[[str], Any]

SUITE = SUITES[0x0001]


def test_T011_low_order_and_non_canonical_keys_are_refused_when_first_seen(load: Load) -> None:
    refused = 0
    for case in load("cctv/ed25519.json"):
        flags = case["flags"] or []
        public = bytes.fromhex(case["key"])
        if "low_order_A" in flags or "non_canonical_A" in flags:
            refused += 1
            with pytest.raises(PeerError) as caught:
                signature.check_public_key(SUITE, public)
            assert caught.value.code == "weak-key"
            with pytest.raises(PeerError):
                signature.verify(SUITE, public, case["msg"].encode(), bytes.fromhex(case["sig"]))
        else:
            signature.check_public_key(SUITE, public)
    assert refused


def test_T011_a_signature_with_a_second_encoding_of_r_is_refused(load: Load) -> None:
    for case in load("cctv/ed25519.json"):
        if "non_canonical_R" in (case["flags"] or []):
            with pytest.raises(PeerError):
                signature.verify(SUITE, bytes.fromhex(case["key"]), case["msg"].encode(), bytes.fromhex(case["sig"]))
