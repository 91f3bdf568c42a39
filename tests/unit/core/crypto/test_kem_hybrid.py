"""The pieces of the hybrids that the vectors do not show one by one."""

import hashlib

import pytest

from coterie.core.crypto.dh_groups import P256, X25519
from coterie.core.crypto.kem_hybrid import HYBRID_SEED_SIZE, HybridKem
from coterie.core.crypto.kem_mlkem import LATTICE_768
from coterie.core.crypto.suites import KemId

XWING = HybridKem(KemId.MLKEM768_X25519, LATTICE_768, X25519, b"\\.//^\\", 1)


class FixedEntropy:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def random(self, size: int) -> bytes:
        return self._data[:size]


def test_the_combiner_of_x_wing_spelt_out() -> None:
    seed = bytes(range(32))
    expanded = hashlib.shake_256(seed).digest(96)
    lattice = LATTICE_768.from_seed(expanded[:64])
    group = X25519.private(expanded[64:])
    public = lattice.public_key().public_bytes_raw() + group.public_bytes()
    made = XWING.encapsulate(public, FixedEntropy(b"\x42" * 32))
    lattice_enc, group_enc = made.enc[:1088], made.enc[1088:]
    assert group_enc == X25519.private(b"\x42" * 32).public_bytes()
    spelt = lattice.decapsulate(lattice_enc) + group.exchange(group_enc) + group_enc
    spelt += group.public_bytes() + bytes.fromhex("5c2e2f2f5e5c")
    assert made.secret == hashlib.sha3_256(spelt).digest()
    assert XWING.decapsulate(seed, made.enc) == made.secret


def test_the_older_derivation_of_x_wing_is_another_key() -> None:
    """Older code derives the seed as SHAKE256(ikm, 32), without the HPKE labels."""
    ikm = bytes(32)
    assert XWING.derive_key_pair(ikm).private.reveal() != hashlib.shake_256(ikm).digest(32)


def test_a_scalar_of_p_256_is_the_first_good_one() -> None:
    hybrid = HybridKem(KemId.MLKEM768_P256, LATTICE_768, P256, b"MLKEM768-P256", 4)
    public = hybrid.derive_key_pair(b"ikm").public
    good = (7).to_bytes(32, "big")
    made = hybrid.encapsulate(public, FixedEntropy(b"\xff" * 32 + bytes(32) + good + b"\x01" * 32))
    assert made.enc[1088:] == P256.private(good).public_bytes()
    with pytest.raises(ValueError, match="no scalar"):
        hybrid.encapsulate(public, FixedEntropy(b"\xff" * 128))


def test_the_private_key_is_the_seed() -> None:
    assert len(XWING.derive_key_pair(b"ikm").private) == HYBRID_SEED_SIZE
    with pytest.raises(ValueError, match="32 bytes"):
        XWING.decapsulate(bytes(31), bytes(1120))
