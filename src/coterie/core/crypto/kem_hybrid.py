"""ML-KEM with a classical group: X-Wing 0x647a, 0x0050, 0x0051 (draft-irtf-cfrg-concrete-hybrid-kems).

Keys and ciphertexts are the post-quantum part followed by the classical one. The private key is the 32-byte
seed, expanded with SHAKE256 each time. Its derivation carries the HPKE labels of draft-ietf-hpke-pq; older
X-Wing code under the same KEM id derives without them.
"""

import hashlib

from coterie.core.crypto.dh_groups import DhGroup, DhPrivate
from coterie.core.crypto.kem_mlkem import SEED_SIZE, Lattice, LatticePrivate
from coterie.core.crypto.kem_types import Encapsulated, KeyPair
from coterie.core.crypto.labeled import kem_suite_id, labeled_derive
from coterie.core.crypto.suites import KemId
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy

HYBRID_SEED_SIZE = 32


class HybridKem:
    """One hybrid: secure while either part is. `scalar_tries` scalars of the seed are tried in turn."""

    private_size = HYBRID_SEED_SIZE

    def __init__(self, kem_id: KemId, lattice: Lattice, group: DhGroup, label: bytes, scalar_tries: int) -> None:
        self._suite_id = kem_suite_id(kem_id)
        self._lattice = lattice
        self._group = group
        self._label = label
        self._scalar_seed_size = scalar_tries * group.scalar_size

    def derive_key_pair(self, ikm: bytes) -> KeyPair:
        """seed = SHAKE256.LabeledDerive(ikm, "DeriveKeyPair", "", 32)."""
        seed = labeled_derive(self._suite_id, ikm, b"DeriveKeyPair", b"", HYBRID_SEED_SIZE)
        lattice_key, group_key = self._expand(seed)
        return KeyPair(Secret(seed), lattice_key.public_key().public_bytes_raw() + group_key.public_bytes())

    def check_public_key(self, public: bytes) -> None:
        """`malformed` or `weak-key` when either part is."""
        lattice_public, group_public = self._split(public, self._lattice.public_size)
        self._lattice.parsed(lattice_public)
        self._group.check_public(group_public)

    def encapsulate(self, public: bytes, entropy: Entropy) -> Encapsulated:
        """Both encapsulations; only the classical one replays with its entropy."""
        lattice_public, group_public = self._split(public, self._lattice.public_size)
        ephemeral = self._private(entropy.random(self._scalar_seed_size))
        group_enc = ephemeral.public_bytes()
        group_secret = ephemeral.exchange(group_public)
        lattice_secret, lattice_enc = self._lattice.parsed(lattice_public).encapsulate()
        secret = self._combine(lattice_secret, group_secret, group_enc, group_public)
        return Encapsulated(secret, lattice_enc + group_enc)

    def decapsulate(self, private: bytes, enc: bytes) -> bytes:
        """Both decapsulations and the combiner."""
        lattice_enc, group_enc = self._split(enc, self._lattice.ciphertext_size)
        lattice_key, group_key = self._expand(private)
        group_secret = group_key.exchange(group_enc)
        lattice_secret = self._lattice.decapsulate(lattice_key, lattice_enc)
        return self._combine(lattice_secret, group_secret, group_enc, group_key.public_bytes())

    def _split(self, data: bytes, lattice_size: int) -> tuple[bytes, bytes]:
        if len(data) != lattice_size + self._group.point_size:
            raise PeerError("malformed", "malformed hybrid key or ciphertext: size")
        return data[:lattice_size], data[lattice_size:]

    def _expand(self, seed: bytes) -> tuple[LatticePrivate, DhPrivate]:
        if len(seed) != HYBRID_SEED_SIZE:
            raise ValueError("a hybrid private key is a seed of 32 bytes")
        expanded = hashlib.shake_256(seed).digest(SEED_SIZE + self._scalar_seed_size)
        return self._lattice.from_seed(expanded[:SEED_SIZE]), self._private(expanded[SEED_SIZE:])

    def _private(self, scalar_seed: bytes) -> DhPrivate:
        size = self._group.scalar_size
        for start in range(0, len(scalar_seed), size):
            scalar = scalar_seed[start : start + size]
            if self._group.is_scalar(scalar):
                return self._group.private(scalar)
        raise ValueError("no scalar in this seed (probability 2^-128)")

    def _combine(self, lattice_secret: bytes, group_secret: bytes, enc: bytes, public: bytes) -> bytes:
        return hashlib.sha3_256(lattice_secret + group_secret + enc + public + self._label).digest()
