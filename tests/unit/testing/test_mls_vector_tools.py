"""Reading cases."""

import pytest

from coterie.core.crypto.kem import derive_key_pair
from coterie.core.crypto.suites import SUITES
from coterie.core.kernel.errors import PeerError
from coterie.testing.mls_vector_tools import (
    MismatchError,
    SkippedError,
    belongs,
    data,
    entries,
    equal,
    number,
    private_key,
    secret,
    some_entries,
    suite_of,
    unhex,
)


def test_hex_is_found_by_its_path() -> None:
    assert data({"a": {"b": "00fF"}}, "a", "b") == b"\x00\xff"
    for case in ({}, {"a": None}, {"a": {"b": None}}, {"a": "b"}):
        with pytest.raises(MismatchError):
            data(case, "a", "b")


@pytest.mark.parametrize("value", ["0", "00 ff", " 00", "0x", "zz", "é0", None, 0, [], b"00"])
def test_what_is_no_hex_text_is_a_mismatch(value: object) -> None:
    with pytest.raises(MismatchError, match="field is no hex text"):
        unhex("field", value)


def test_a_secret_has_the_size_of_the_hash() -> None:
    """A MAC key with zeros behind it is the same key to HMAC, and yet another value."""
    assert secret({"s": "01" * 48}, SUITES[7], "s") == b"\x01" * 48
    for wrong in ("01" * 48 + "00", "01" * 47):
        with pytest.raises(MismatchError, match="size of s differs"):
            secret({"s": wrong}, SUITES[7], "s")


def test_numbers_and_lists_are_nothing_else() -> None:
    assert number({"n": 1 << 64}, "n") == 1 << 64
    assert entries({"l": []}, "l") == []
    assert some_entries({"l": [0]}, "l") == [0]
    for wrong in (True, 1.0, "1", None):
        with pytest.raises(MismatchError, match="n is no number"):
            number({"n": wrong}, "n")
    no_lists: list[object] = [{}, "", None]
    for text in no_lists:
        with pytest.raises(MismatchError, match="l is no list"):
            entries({"l": text}, "l")
    with pytest.raises(MismatchError, match="l is empty"):
        some_entries({"l": []}, "l")
    with pytest.raises(MismatchError, match="l is missing"):
        entries({}, "l")


def test_a_difference_names_its_field_and_no_value() -> None:
    equal("field", 1, 1)
    with pytest.raises(MismatchError) as caught:
        equal("field", b"ours", b"theirs")
    assert str(caught.value) == "field differs"
    equal("field", [1, [None, "a"]], [1, [None, "a"]])
    for ours, theirs in ((1, True), (1, 1.0), ([0], [False]), ([1], [1, 1]), (None, 0)):
        with pytest.raises(MismatchError):
            equal("field", ours, theirs)


def test_an_unknown_suite_is_skipped_by_name() -> None:
    assert suite_of({"cipher_suite": 7}).id == 7
    with pytest.raises(SkippedError, match="0x0005"):
        suite_of({"cipher_suite": 5})


@pytest.mark.parametrize("number", [True, 1.0, "1", -1, 0, 1 << 16, None])
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
