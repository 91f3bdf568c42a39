"""Reading cases."""

import pytest

from coterie.core.crypto.kem import derive_key_pair
from coterie.core.crypto.suites import SUITES
from coterie.core.kernel.errors import PeerError
from coterie.testing.mls_vector_tools import MismatchError, SkippedError, belongs, data, equal, private_key, suite_of


def test_hex_is_found_by_its_path() -> None:
    assert data({"a": {"b": "00ff"}}, "a", "b") == b"\x00\xff"


def test_a_difference_names_its_field_and_no_value() -> None:
    equal("field", 1, 1)
    with pytest.raises(MismatchError) as caught:
        equal("field", b"ours", b"theirs")
    assert str(caught.value) == "field differs"


def test_an_unknown_suite_is_skipped_by_name() -> None:
    assert suite_of({"cipher_suite": 7}).id == 7
    with pytest.raises(SkippedError, match="0x0005"):
        suite_of({"cipher_suite": 5})


@pytest.mark.parametrize("number", [True, 1.0, "1", -1, 1 << 16, None])
def test_a_suite_that_is_no_number_is_a_mismatch(number: object) -> None:
    with pytest.raises(MismatchError, match="cipher_suite"):
        suite_of({"cipher_suite": number})


def test_a_private_key_belongs_to_its_public_key() -> None:
    one, other = (derive_key_pair(SUITES[1], seed * 32) for seed in (b"1", b"2"))
    belongs("init_priv", SUITES[1], one.public, one.private)
    with pytest.raises(PeerError):
        belongs("init_priv", SUITES[1], one.public, other.private)


def test_private_keys_of_curves_come_without_their_leading_zeros() -> None:
    short = "01" * 31
    assert private_key({"priv": short}, SUITES[2], "priv").reveal() == b"\x00" + b"\x01" * 31
    assert private_key({"priv": short}, SUITES[7], "priv").reveal() == bytes(17) + b"\x01" * 31
    assert private_key({"priv": short}, SUITES[1], "priv").reveal() == b"\x01" * 31  # no number, so never shorter
