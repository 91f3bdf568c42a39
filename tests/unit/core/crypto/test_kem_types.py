from coterie.core.crypto.kem_types import Encapsulated, KeyPair
from coterie.core.kernel.secret import Secret


def test_no_secret_shows() -> None:
    assert "hidden" not in repr(KeyPair(Secret(b"hidden"), b"public"))
    assert "hidden" not in repr(Encapsulated(b"hidden", b"enc"))
