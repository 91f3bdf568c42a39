"""Reading cases."""

import pytest

from coterie.testing.mls_vector_tools import MismatchError, SkippedError, data, equal, suite_of


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
