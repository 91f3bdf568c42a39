from typing import Any

import pytest

from coterie.core.crypto import kem
from coterie.core.crypto.suites import SUITES, AeadId, KemId, SignatureScheme, Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret

ALL = [Suite(0, kem_id.name, kem_id, "sha256", AeadId.AES_128_GCM, SignatureScheme.ED25519) for kem_id in KemId]
DHKEMS = [suite for suite in ALL if suite.kem.name.startswith("DHKEM")]
HYBRIDS = [suite for suite in ALL if "_" in suite.kem.name and suite not in DHKEMS]


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_what_is_encapsulated_is_found_again(suite: Suite, entropy: Any) -> None:
    pair = kem.generate_key_pair(suite, entropy)
    kem.check_public_key(suite, pair.public)
    made = kem.encapsulate(suite, pair.public, entropy)
    assert kem.decapsulate(suite, pair.private, made.enc) == made.secret
    other = kem.generate_key_pair(suite, entropy)
    assert kem.decapsulate(suite, other.private, made.enc) != made.secret


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_key_pairs_are_derived_the_same_way_each_time(suite: Suite) -> None:
    assert kem.derive_key_pair(suite, b"\x01" * 64) == kem.derive_key_pair(suite, b"\x01" * 64)
    assert kem.derive_key_pair(suite, b"\x01" * 64) != kem.derive_key_pair(suite, b"\x02" * 64)


@pytest.mark.parametrize("suite", DHKEMS, ids=lambda s: s.name)
def test_dhkem_encapsulation_replays_with_its_entropy(suite: Suite, entropy: Any) -> None:
    public = kem.generate_key_pair(suite, entropy).public
    make = type(entropy)
    assert kem.encapsulate(suite, public, make(b"a")) == kem.encapsulate(suite, public, make(b"a"))
    assert kem.encapsulate(suite, public, make(b"a")) != kem.encapsulate(suite, public, make(b"b"))


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_T001_T002_cut_and_extended_keys_and_ciphertexts_are_refused(suite: Suite, entropy: Any) -> None:
    pair = kem.generate_key_pair(suite, entropy)
    enc = kem.encapsulate(suite, pair.public, entropy).enc
    for wrong in (b"", pair.public[:-1], pair.public + b"\x00"):
        with pytest.raises(PeerError) as caught:
            kem.check_public_key(suite, wrong)
        assert caught.value.code == "malformed"
        with pytest.raises(PeerError):
            kem.encapsulate(suite, wrong, entropy)
    for wrong in (b"", enc[:-1], enc + b"\x00"):
        with pytest.raises(PeerError) as caught:
            kem.decapsulate(suite, pair.private, wrong)
        assert caught.value.code == "malformed"


@pytest.mark.parametrize("u", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255, 2**255 + 1])
def test_T010_x25519_keys_that_give_zero_are_refused(u: int, entropy: Any) -> None:
    suite = SUITES[0x0001]
    pair = kem.generate_key_pair(suite, entropy)
    weak = u.to_bytes(32, "little")
    for refused in (
        lambda: kem.check_public_key(suite, weak),
        lambda: kem.encapsulate(suite, weak, entropy),
        lambda: kem.decapsulate(suite, pair.private, weak),
    ):
        with pytest.raises(PeerError) as caught:
            refused()
        assert caught.value.code == "weak-key"


def test_T010_also_inside_a_hybrid(entropy: Any) -> None:
    suite = SUITES[0xF602]
    pair = kem.generate_key_pair(suite, entropy)
    enc = kem.encapsulate(suite, pair.public, entropy).enc
    with pytest.raises(PeerError) as caught:
        kem.check_public_key(suite, pair.public[:-32] + bytes(32))
    assert caught.value.code == "weak-key"
    with pytest.raises(PeerError) as caught:
        kem.decapsulate(suite, pair.private, enc[:-32] + bytes(32))
    assert caught.value.code == "weak-key"


def test_T013_an_ml_kem_key_with_a_coefficient_out_of_range_is_refused(entropy: Any) -> None:
    for suite in HYBRIDS:
        public = kem.generate_key_pair(suite, entropy).public
        with pytest.raises(PeerError) as caught:
            kem.check_public_key(suite, b"\xff\xff\xff" + public[3:])
        assert caught.value.code == "malformed"


@pytest.mark.parametrize("suite", HYBRIDS, ids=lambda s: s.name)
def test_each_half_of_a_hybrid_changes_the_secret(suite: Suite, entropy: Any) -> None:
    pair = kem.generate_key_pair(suite, entropy)
    one = kem.encapsulate(suite, pair.public, entropy)
    two = kem.encapsulate(suite, pair.public, entropy)
    half = len(one.enc) - {0x0050: 65, 0x0051: 97, 0x647A: 32}[suite.kem]
    for mixed in (one.enc[:half] + two.enc[half:], two.enc[:half] + one.enc[half:]):
        assert kem.decapsulate(suite, pair.private, mixed) not in (one.secret, two.secret)


@pytest.mark.parametrize("suite", ALL, ids=lambda s: s.name)
def test_a_private_key_of_the_wrong_size_is_our_bug(suite: Suite, entropy: Any) -> None:
    enc = kem.encapsulate(suite, kem.generate_key_pair(suite, entropy).public, entropy).enc
    with pytest.raises(ValueError, match=r"key|seed|bytes"):
        kem.decapsulate(suite, Secret(b"\x01" * 7), enc)


def test_secrets_do_not_show(entropy: Any) -> None:
    suite = SUITES[0x0001]
    pair = kem.generate_key_pair(suite, entropy)
    made = kem.encapsulate(suite, pair.public, entropy)
    assert repr(made) == "Encapsulated(…)"
    assert "Secret(…)" in repr(pair)
