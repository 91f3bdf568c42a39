"""Key encapsulation of a suite: DeriveKeyPair, Encap and Decap of RFC 9180 section 4."""

from collections.abc import Mapping
from types import MappingProxyType

from coterie.core.crypto.dh_groups import P256, P384, X25519
from coterie.core.crypto.kem_dh import DhKem
from coterie.core.crypto.kem_hybrid import HybridKem
from coterie.core.crypto.kem_mlkem import LATTICE_768, LATTICE_1024, MlKem
from coterie.core.crypto.kem_types import Encapsulated, KeyPair, Mechanism
from coterie.core.crypto.suites import KemId, Suite
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy

_MECHANISMS: Mapping[KemId, Mechanism] = MappingProxyType(
    {
        KemId.DHKEM_P256: DhKem(KemId.DHKEM_P256, P256, "sha256", 32),
        KemId.DHKEM_P384: DhKem(KemId.DHKEM_P384, P384, "sha384", 48),
        KemId.DHKEM_X25519: DhKem(KemId.DHKEM_X25519, X25519, "sha256", 32),
        KemId.MLKEM768: MlKem(KemId.MLKEM768, LATTICE_768),
        KemId.MLKEM1024: MlKem(KemId.MLKEM1024, LATTICE_1024),
        KemId.MLKEM768_P256: HybridKem(KemId.MLKEM768_P256, LATTICE_768, P256, b"MLKEM768-P256", 4),
        KemId.MLKEM1024_P384: HybridKem(KemId.MLKEM1024_P384, LATTICE_1024, P384, b"MLKEM1024-P384", 1),
        KemId.MLKEM768_X25519: HybridKem(KemId.MLKEM768_X25519, LATTICE_768, X25519, b"\\.//^\\", 1),
    }
)

_ENC_SIZES: Mapping[KemId, int] = MappingProxyType(
    {
        KemId.DHKEM_P256: 65,
        KemId.DHKEM_P384: 97,
        KemId.DHKEM_X25519: 32,
        KemId.MLKEM768: 1088,
        KemId.MLKEM1024: 1568,
        KemId.MLKEM768_P256: 1088 + 65,
        KemId.MLKEM1024_P384: 1568 + 97,
        KemId.MLKEM768_X25519: 1088 + 32,
    }
)


def enc_size(suite: Suite) -> int:
    """Nenc in bytes: every encapsulation of the suite has this size."""
    return _ENC_SIZES[suite.kem]


def derive_key_pair(suite: Suite, ikm: bytes) -> KeyPair:
    """DeriveKeyPair: the same pair for the same `ikm` (a secret of at least `private_size` bytes)."""
    return _MECHANISMS[suite.kem].derive_key_pair(ikm)


def generate_key_pair(suite: Suite, entropy: Entropy) -> KeyPair:
    """A new pair: DeriveKeyPair of fresh random bytes."""
    mechanism = _MECHANISMS[suite.kem]
    return mechanism.derive_key_pair(entropy.random(mechanism.private_size))


def check_public_key(suite: Suite, public: bytes) -> None:
    """Refuses a foreign key before it is used: `malformed` or `weak-key`. The answer is cached."""
    _MECHANISMS[suite.kem].check_public_key(public)


def encapsulate(suite: Suite, public: bytes, entropy: Entropy) -> Encapsulated:
    """A secret for the holder of `public`; raises as `check_public_key`."""
    return _MECHANISMS[suite.kem].encapsulate(public, entropy)


def decapsulate(suite: Suite, private: Secret, enc: bytes) -> bytes:
    """The secret in `enc`; `malformed` or `weak-key`. ML-KEM gives altered bytes an unrelated secret."""
    return _MECHANISMS[suite.kem].decapsulate(private.reveal(), enc)


__all__ = [
    "Encapsulated",
    "KeyPair",
    "check_public_key",
    "decapsulate",
    "derive_key_pair",
    "enc_size",
    "encapsulate",
    "generate_key_pair",
]
