"""ML-KEM-768 and -1024 (FIPS 203) as HPKE KEMs 0x0041 and 0x0042 (draft-ietf-hpke-pq).

The private key is the 64-byte seed. Encapsulation draws its randomness inside the library: the one accepted
leak of the rule that randomness is an argument.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import mlkem

from coterie.core.crypto.kem_types import Encapsulated, KeyPair
from coterie.core.crypto.labeled import kem_suite_id, labeled_derive
from coterie.core.crypto.suites import KemId
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy

SEED_SIZE = 64
CACHED_PUBLIC_KEYS = 256
"""Parsed keys kept ready for each parameter set; one takes some 10 kB."""

LatticePublic = mlkem.MLKEM768PublicKey | mlkem.MLKEM1024PublicKey
LatticePrivate = mlkem.MLKEM768PrivateKey | mlkem.MLKEM1024PrivateKey


@dataclass(frozen=True, slots=True)
class Lattice:
    """One parameter set: sizes in bytes and how its keys are loaded."""

    public_size: int
    ciphertext_size: int
    from_seed: Callable[[bytes], LatticePrivate]
    parsed: Callable[[bytes], LatticePublic]

    def decapsulate(self, key: LatticePrivate, ciphertext: bytes) -> bytes:
        """The shared secret (implicit rejection inside); `malformed` by size."""
        if len(ciphertext) != self.ciphertext_size:
            raise PeerError("malformed", "malformed ML-KEM ciphertext: size")
        return key.decapsulate(ciphertext)


def _loader(load: Callable[[bytes], LatticePublic], public_size: int) -> Callable[[bytes], LatticePublic]:
    @lru_cache(maxsize=CACHED_PUBLIC_KEYS)
    def parsed(public: bytes) -> LatticePublic:
        if len(public) != public_size:
            raise PeerError("malformed", "malformed ML-KEM key: size")
        try:
            return load(public)
        except ValueError:
            raise PeerError("malformed", "malformed ML-KEM key: coefficient out of range") from None

    return parsed


LATTICE_768 = Lattice(
    1184,
    1088,
    mlkem.MLKEM768PrivateKey.from_seed_bytes,
    _loader(mlkem.MLKEM768PublicKey.from_public_bytes, 1184),
)
LATTICE_1024 = Lattice(
    1568,
    1568,
    mlkem.MLKEM1024PrivateKey.from_seed_bytes,
    _loader(mlkem.MLKEM1024PublicKey.from_public_bytes, 1568),
)


class MlKem:
    """ML-KEM alone."""

    private_size = SEED_SIZE

    def __init__(self, kem_id: KemId, lattice: Lattice) -> None:
        self._suite_id = kem_suite_id(kem_id)
        self._lattice = lattice

    def derive_key_pair(self, ikm: bytes) -> KeyPair:
        """seed = SHAKE256.LabeledDerive(ikm, "DeriveKeyPair", "", 64)."""
        seed = labeled_derive(self._suite_id, ikm, b"DeriveKeyPair", b"", SEED_SIZE)
        return KeyPair(Secret(seed), self._lattice.from_seed(seed).public_key().public_bytes_raw())

    def check_public_key(self, public: bytes) -> None:
        """`malformed`: size, or the modulus check of FIPS 203 section 7.2."""
        self._lattice.parsed(public)

    def encapsulate(self, public: bytes, entropy: Entropy) -> Encapsulated:
        """ML-KEM.Encaps; `entropy` is not used (see above)."""
        secret, enc = self._lattice.parsed(public).encapsulate()
        return Encapsulated(secret, enc)

    def decapsulate(self, private: bytes, enc: bytes) -> bytes:
        """ML-KEM.Decaps."""
        return self._lattice.decapsulate(self._lattice.from_seed(private), enc)
