"""DHKEM against RFC 9180 A.1.1 (X25519) and A.3.1 (P-256): DeriveKeyPair of both sides, Decap."""

import pytest

from coterie.core.crypto.dh_groups import P256, X25519
from coterie.core.crypto.kem_dh import DhKem
from coterie.core.crypto.suites import KemId


class FixedEntropy:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def random(self, size: int) -> bytes:
        return self._data[:size]


def test_rfc_9180_a_1_1() -> None:
    kem = DhKem(KemId.DHKEM_X25519, X25519, "sha256", 32)
    receiver = kem.derive_key_pair(bytes.fromhex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037"))
    assert receiver.private.reveal().hex() == ("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    sender = bytes.fromhex("7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234")
    made = kem.encapsulate(receiver.public, FixedEntropy(sender))
    assert made.enc.hex() == "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
    assert made.secret.hex() == "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc"
    assert kem.decapsulate(receiver.private.reveal(), made.enc) == made.secret


def test_rfc_9180_a_3_1() -> None:
    kem = DhKem(KemId.DHKEM_P256, P256, "sha256", 32)
    receiver = kem.derive_key_pair(bytes.fromhex("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550"))
    assert receiver.private.reveal().hex() == ("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2")
    sender = bytes.fromhex("4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e")
    made = kem.encapsulate(receiver.public, FixedEntropy(sender))
    assert made.secret.hex() == "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8"


def test_a_group_without_scalars_ends() -> None:
    class NoScalars:
        scalar_size = 32
        point_size = 65
        check_public = P256.check_public
        private = P256.private

        def is_scalar(self, data: bytes) -> bool:
            return False

    kem = DhKem(KemId.DHKEM_P256, NoScalars(), "sha256", 32)
    with pytest.raises(ValueError, match="no key pair"):
        kem.derive_key_pair(bytes(32))
