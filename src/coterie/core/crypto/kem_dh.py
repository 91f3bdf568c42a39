"""DHKEM (RFC 9180 section 4.1): X25519, P-256 and P-384 with HKDF."""

from coterie.core.crypto.dh_groups import DhGroup, DhPrivate, X25519Group
from coterie.core.crypto.kem_types import Encapsulated, KeyPair
from coterie.core.crypto.labeled import kem_suite_id, labeled_expand, labeled_extract
from coterie.core.crypto.suites import KemId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy


class DhKem:
    """One DHKEM. `encapsulate` is DeriveKeyPair of entropy and one exchange, so it replays."""

    def __init__(self, kem_id: KemId, group: DhGroup, hash_name: str, secret_size: int) -> None:
        self._group = group
        self._hash = hash_name
        self._secret_size = secret_size
        self._suite_id = kem_suite_id(kem_id)
        self.private_size = group.scalar_size

    def derive_key_pair(self, ikm: bytes) -> KeyPair:
        """DeriveKeyPair of RFC 9180 section 7.1.3."""
        scalar, key = self._derive(ikm)
        return KeyPair(Secret(scalar), key.public_bytes())

    def check_public_key(self, public: bytes) -> None:
        """`malformed`, or `weak-key` for X25519 points of low order."""
        self._group.check_public(public)

    def encapsulate(self, public: bytes, entropy: Entropy) -> Encapsulated:
        """Encap(pkR); one exchange."""
        _, ephemeral = self._derive(entropy.random(self.private_size))
        enc = ephemeral.public_bytes()
        return Encapsulated(self._secret(ephemeral.exchange(public), enc + public), enc)

    def decapsulate(self, private: bytes, enc: bytes) -> bytes:
        """Decap(enc, skR)."""
        key = self._group.private(private)
        return self._secret(key.exchange(enc), enc + key.public_bytes())

    def _derive(self, ikm: bytes) -> tuple[bytes, DhPrivate]:
        prk = labeled_extract(self._hash, self._suite_id, b"", b"dkp_prk", ikm)
        if isinstance(self._group, X25519Group):
            scalar = self._expand(prk, b"sk", b"", self.private_size)
            return scalar, self._group.private(scalar)
        for counter in range(256):
            scalar = self._expand(prk, b"candidate", bytes([counter]), self.private_size)
            if self._group.is_scalar(scalar):
                return scalar, self._group.private(scalar)
        raise ValueError("no key pair derives from this input (probability 2^-8000)")

    def _secret(self, shared: bytes, context: bytes) -> bytes:
        prk = labeled_extract(self._hash, self._suite_id, b"", b"eae_prk", shared)
        return self._expand(prk, b"shared_secret", context, self._secret_size)

    def _expand(self, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
        return labeled_expand(self._hash, self._secret_size, self._suite_id, prk, label, info, length)
