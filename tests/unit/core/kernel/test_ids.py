import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.kernel.ids import ID_SIZE, ZERO_ID, derive_id, from_base32, to_base32


def test_an_id_spelt_out() -> None:
    assert derive_id("device", b"data") == hashlib.sha256(b"coterie 1 device\x00data").digest()
    assert len(derive_id("circle", b"")) == ID_SIZE == len(ZERO_ID)


def test_kind_and_data_cannot_run_into_each_other() -> None:
    assert derive_id("a", b"bc") != derive_id("ab", b"c")


@given(st.binary(max_size=70))
def test_base32_round_trips(data: bytes) -> None:
    text = to_base32(data)
    assert text == text.lower()
    assert "=" not in text
    assert from_base32(text) == data


def test_rfc_4648_section_10() -> None:
    vectors = {"f": "my", "fo": "mzxq", "foo": "mzxw6", "foob": "mzxw6yq", "fooba": "mzxw6ytb"}
    for data, text in {**vectors, "": "", "foobar": "mzxw6ytboi"}.items():
        assert to_base32(data.encode()) == text


@pytest.mark.parametrize("text", ["MY", "my======", "mz", "m", "m1", "m0", "m8", "my ", " my", "mü", "mzxq\n", "mzxr"])
def test_T006_no_other_spelling_is_taken(text: str) -> None:
    with pytest.raises(ValueError):  # the message comes from the standard library
        from_base32(text)
