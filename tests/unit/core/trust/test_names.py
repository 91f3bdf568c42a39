"""Names as they travel."""

import pytest

from coterie.core.codec.tls import Reader, Writer
from coterie.core.kernel.errors import PeerError
from coterie.core.trust.names import read_name, write_name


def code_of(data: bytes) -> str:
    with pytest.raises(PeerError) as refused:
        read_name(Reader(Writer().opaque(data).bytes()))
    return refused.value.code


@pytest.mark.parametrize("name", ["a", "Żółć", "名" * 64, "\U0001f600" * 64])
def test_a_name_travels_unchanged(name: str) -> None:
    out = Writer()
    write_name(out, name)
    assert read_name(Reader(out.bytes())) == name


def test_T006_a_name_in_another_form_is_not_canonical() -> None:
    assert code_of(b"e\xcc\x81") == "non-canonical"


def test_T015_names_are_bounded_utf_8() -> None:
    assert code_of(b"") == "malformed"
    assert code_of(b"\xff") == "malformed"
    assert code_of(b"\xed\xa0\x80") == "malformed"
    assert code_of(b"a" * 65) == "too-large"
    assert code_of(b"a" * 1_000_000) == "too-large"


@pytest.mark.parametrize("name", ["", "a" * 65, "e\u0301"])
def test_a_name_of_ours_that_a_peer_would_refuse_is_our_bug(name: str) -> None:
    with pytest.raises(ValueError, match="normal form C"):
        write_name(Writer(), name)
