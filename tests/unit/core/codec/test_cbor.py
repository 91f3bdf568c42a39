"""Deterministic CBOR against RFC 8949 appendix A, an independent decoder, and hostile bytes."""

import math
import tracemalloc
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec import cbor
from coterie.core.codec.cbor import Tag, decode, encode
from coterie.core.kernel.errors import PeerError

RFC_8949_APPENDIX_A: tuple[tuple[Any, str], ...] = (
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (100, "1864"),
    (1000, "1903e8"),
    (1000000, "1a000f4240"),
    (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"),
    (-10, "29"),
    (-100, "3863"),
    (-1000, "3903e7"),
    (-18446744073709551616, "3bffffffffffffffff"),
    (0.0, "f90000"),
    (-0.0, "f98000"),
    (1.0, "f93c00"),
    (1.1, "fb3ff199999999999a"),
    (1.5, "f93e00"),
    (65504.0, "f97bff"),
    (100000.0, "fa47c35000"),
    (3.4028234663852886e38, "fa7f7fffff"),
    (1.0e300, "fb7e37e43c8800759c"),
    (5.960464477539063e-8, "f90001"),
    (-4.0, "f9c400"),
    (-4.1, "fbc010666666666666"),
    (math.inf, "f97c00"),
    (-math.inf, "f9fc00"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (Tag(1, 1363896240), "c11a514b67b0"),
    (Tag(32, "http://www.example.com"), "d82076687474703a2f2f7777772e6578616d706c652e636f6d"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("IETF", "6449455446"),
    ("ü", "62c3bc"),
    ("水", "63e6b0b4"),
    ("\U00010151", "64f0908591"),
    ([], "80"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    (list(range(1, 26)), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
    ({}, "a0"),
    ({1: 2, 3: 4}, "a201020304"),
    ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
    (["a", {"b": "c"}], "826161a161626163"),
)


@pytest.mark.parametrize(("value", "text"), RFC_8949_APPENDIX_A, ids=lambda x: str(x)[:20])
def test_rfc_8949_appendix_a(value: Any, text: str) -> None:
    assert encode(value).hex() == text
    decoded = decode(bytes.fromhex(text))
    assert decoded == value
    assert type(decoded) is type(value)


def test_numbers_at_the_steps_of_their_heads() -> None:
    steps = {255: "18ff", 256: "190100", 65_535: "19ffff", 65_536: "1a00010000"}
    steps |= {(1 << 32) - 1: "1affffffff", 1 << 32: "1b0000000100000000"}
    for number, text in steps.items():
        assert encode(number).hex() == text
        assert decode(bytes.fromhex(text)) == number


def test_not_a_number_has_one_form() -> None:
    assert encode(math.nan) == b"\xf9\x7e\x00"
    assert math.isnan(decode(b"\xf9\x7e\x00"))  # type: ignore[arg-type]
    for other in ("f97e01", "fa7fc00000", "fb7ff8000000000000", "f9fe00"):
        refused(other, "non-canonical")


def test_map_keys_are_sorted_bytewise_not_by_length_first() -> None:
    """RFC 8949 4.2.1 has this order: 10, 100, -1, "z", "aa"."""
    scrambled: dict[cbor.Key, cbor.Value] = {"aa": 5, -1: 3, 100: 2, "z": 4, 10: 1}
    assert encode(scrambled).hex() == "a50a011864022003617a0462616105"
    decoded = decode(encode(scrambled))
    assert isinstance(decoded, dict)
    assert list(decoded) == [10, 100, -1, "z", "aa"]


def refused(text: str, code: str) -> None:
    with pytest.raises(PeerError) as caught:
        decode(bytes.fromhex(text))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "1800",  # integers in longer heads than needed
        "1817",
        "1900ff",
        "1a0000ffff",
        "1b00000000ffffffff",
        "3800",
        "580161",
        "780161",
        "980100",
        "b8010000",
        "d80100",
        "a2616202616101",  # keys out of order
        "a220000a00",
        "a2616101616102",  # a key twice
        "a201000100",
        "9f01ff",  # indefinite lengths
        "bf0101ff",
        "5f4101ff",
        "7f6161ff",
        "fa3f800000",  # floats in longer forms than needed
        "fb3ff0000000000000",
    ],
)
def test_T006_another_encoding_of_the_same_value_is_refused(text: str) -> None:
    refused(text, "non-canonical")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000",  # trailing bytes
        "f7",  # undefined
        "f0",
        "f818",
        "f8ff",
        "ff",
        "1c",
        "3d",
        "5e",
        "fc",
        "61ff",  # not UTF-8
        "63eda080",  # a surrogate
        "a1f500",  # keys of other kinds
        "a1f600",
        "a18000",
        "a1f93c0000",
        "a1c10000",
    ],
)
def test_what_is_no_value_of_ours_is_malformed(text: str) -> None:
    refused(text, "malformed")


def test_T004_reserved_lengths_are_malformed_whatever_follows() -> None:
    for major in range(8):
        for info in (28, 29, 30):
            for following in (0, 1, 64, 128):
                with pytest.raises(PeerError) as caught:
                    decode(bytes([major << 5 | info]) + bytes(following))
                assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    "text", ["5affffffff00", "7affffffff00", "9affffffff00", "baffffffff00", "9bffffffffffffffff00", "8200"]
)
def test_T008_a_length_beyond_the_end_is_refused_before_allocation(text: str) -> None:
    data = bytes.fromhex(text)
    tracemalloc.start()
    with pytest.raises(PeerError) as caught:
        decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "malformed"
    assert peak < 1 << 16


@pytest.mark.parametrize("opening", [b"\x81", b"\xa1\x00", b"\xc1", b"\x82\x00"])
def test_T007_deep_nesting_is_refused_at_the_limit(opening: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        decode(opening * 10_000 + b"\x00")
    assert caught.value.code == "too-large"
    assert decode(b"\x81" * cbor.MAX_DEPTH + b"\x00")
    with pytest.raises(PeerError):
        decode(b"\x81" * (cbor.MAX_DEPTH + 1) + b"\x00")


def test_T004_T007_size_and_count_have_limits() -> None:
    assert decode(encode(bytes(100)), max_size=102)
    for data, limits in (
        (encode(bytes(100)), {"max_size": 101}),
        (encode([0] * 100), {"max_items": 100}),
        (encode([0] * cbor.MAX_ITEMS), {}),
    ):
        with pytest.raises(PeerError) as caught:
            decode(data, **limits)
        assert caught.value.code == "too-large"
    assert decode(encode([0] * 100), max_items=101) == [0] * 100


def test_what_cbor_cannot_hold_is_our_bug() -> None:
    for value in ({1.5: 0}, {True: 0}, {None: 0}, object(), (1, 2)):
        with pytest.raises(TypeError):
            encode(value)  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        encode(1 << 64)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 64), (1 << 64) - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=40),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
keys = st.one_of(st.integers(-(1 << 64), (1 << 64) - 1), st.text(max_size=8), st.binary(max_size=8))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(keys, inner, max_size=5),
        st.builds(Tag, st.integers(0, 1 << 63), inner),
    ),
    max_leaves=20,
)


@given(values)
def test_round_trip(value: Any) -> None:
    data = encode(value)
    assert decode(data) == value
    assert encode(decode(data)) == data


@given(st.recursive(scalars, lambda i: st.lists(i, max_size=4) | st.dictionaries(keys, i, max_size=4)))
def test_an_independent_decoder_agrees(value: Any) -> None:
    assert cbor2.loads(encode(value)) == value


@given(values)
def test_T001_T002_every_cut_and_every_extension_is_refused(value: Any) -> None:
    data = encode(value)
    for size in range(len(data)):
        with pytest.raises(PeerError):
            decode(data[:size])
    for extra in (1, 7, 64):
        with pytest.raises(PeerError):
            decode(data + bytes(extra))


@given(st.binary(max_size=64))
def test_T003_whatever_decodes_is_the_encoding_of_what_it_decodes_to(data: bytes) -> None:
    try:
        value = decode(data)
    except PeerError:
        return
    assert encode(value) == data
