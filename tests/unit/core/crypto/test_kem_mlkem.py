import pytest

from coterie.core.crypto.kem_mlkem import LATTICE_768, LATTICE_1024, SEED_SIZE, Lattice, MlKem
from coterie.core.crypto.suites import KemId
from coterie.core.kernel.errors import PeerError

LATTICES = {"768": LATTICE_768, "1024": LATTICE_1024}


class NoEntropy:
    def random(self, size: int) -> bytes:
        raise AssertionError("ML-KEM draws inside the library")


@pytest.mark.parametrize("lattice", LATTICES.values(), ids=LATTICES)
def test_sizes(lattice: Lattice) -> None:
    public = lattice.from_seed(bytes(SEED_SIZE)).public_key().public_bytes_raw()
    assert len(public) == lattice.public_size
    assert len(lattice.parsed(public).encapsulate()[1]) == lattice.ciphertext_size


def test_the_one_accepted_leak_of_randomness() -> None:
    kem = MlKem(KemId.MLKEM768, LATTICE_768)
    pair = kem.derive_key_pair(b"ikm")
    first, second = (kem.encapsulate(pair.public, NoEntropy()) for _ in range(2))
    assert first.enc != second.enc
    assert kem.decapsulate(pair.private.reveal(), first.enc) == first.secret


def test_an_altered_ciphertext_gives_an_unrelated_secret() -> None:
    kem = MlKem(KemId.MLKEM768, LATTICE_768)
    pair = kem.derive_key_pair(b"ikm")
    made = kem.encapsulate(pair.public, NoEntropy())
    altered = bytes([made.enc[0] ^ 1]) + made.enc[1:]
    assert kem.decapsulate(pair.private.reveal(), altered) != made.secret


def test_keys_of_another_parameter_set_are_refused() -> None:
    with pytest.raises(PeerError) as caught:
        LATTICE_768.parsed(bytes(LATTICE_1024.public_size))
    assert caught.value.code == "malformed"
