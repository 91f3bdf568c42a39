"""The TLS presentation language of RFC 9420 section 2.1: T001, T002, T005, T007, T008."""

import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec.tls import MAX_VARINT, Budget, Reader, Writer, opaque, parse, varint
from coterie.core.kernel.errors import PeerError


def refused(action: Callable[[], object], code: str = "malformed") -> None:
    with pytest.raises(PeerError) as caught:
        action()
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "00"),
        (37, "25"),
        (0x3F, "3f"),
        (0x40, "4040"),
        (15293, "7bbd"),
        (0x3FFF, "7fff"),
        (0x4000, "80004000"),
        (494878333, "9d7f3e7d"),
        (0x3FFFFFFF, "bfffffff"),
    ],
)
def test_T005_varints_at_their_boundaries(value: int, text: str) -> None:
    assert varint(value).hex() == text
    assert parse(Reader.varint, bytes.fromhex(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        "4000",
        "4025",
        "403f",
        "80000000",
        "8000003f",
        "80000040",
        "80003fff",
        "c0",
        "ff",
        "c2197c5e",
        "ffffffff",
        "c2197c5eff14e88c",
    ],
)
def test_T005_longer_forms_and_the_reserved_prefix_are_refused(text: str) -> None:
    refused(lambda: parse(Reader.varint, bytes.fromhex(text)))


def test_T005_nothing_longer_than_30_bits_is_written() -> None:
    with pytest.raises(ValueError, match="longer"):
        varint(MAX_VARINT + 1)


@given(st.integers(0, MAX_VARINT))
def test_varints_round_trip(value: int) -> None:
    assert parse(Reader.varint, varint(value)) == value
    assert Writer().varint(value).bytes() == varint(value)


@given(
    st.integers(0, 255),
    st.integers(0, (1 << 16) - 1),
    st.integers(0, (1 << 32) - 1),
    st.integers(0, (1 << 64) - 1),
    st.binary(max_size=300),
    st.binary(max_size=255),
    st.lists(st.integers(0, (1 << 16) - 1), max_size=20),
    st.none() | st.integers(0, 255),
    st.booleans(),
    st.binary(min_size=5, max_size=5),
)
def test_a_structure_round_trips_and_T001_T002_no_other_length_is_it(
    a: int,
    b: int,
    c: int,
    d: int,
    long: bytes,
    short: bytes,
    numbers: list[int],
    maybe: int | None,
    flag: bool,
    fixed: bytes,
) -> None:
    writer = Writer().u8(a).u16(b).u32(c).u64(d).opaque(long).opaque8(short)
    writer.vector([number.to_bytes(2, "big") for number in numbers])
    writer.optional(None if maybe is None else maybe.to_bytes(1, "big")).boolean(flag).fixed(fixed, 5)
    data = writer.bytes()

    def read(reader: Reader) -> tuple[object, ...]:
        return (
            reader.u8(),
            reader.u16(),
            reader.u32(),
            reader.u64(),
            reader.opaque(),
            reader.opaque8(),
            reader.vector(Reader.u16),
            reader.optional(Reader.u8),
            reader.boolean(),
            reader.fixed(5),
        )

    assert parse(read, data) == (a, b, c, d, long, short, numbers, maybe, flag, fixed)
    for size in range(len(data)):
        refused(lambda size=size: parse(read, data[:size]))  # type: ignore[misc]
    for extra in (1, 2, 64):
        refused(lambda extra=extra: parse(read, data + bytes(extra)))  # type: ignore[misc]


@pytest.mark.parametrize("declared", [b"\x3f", b"\x7f\xff", b"\xbf\xff\xff\xff"])
def test_T008_a_length_beyond_the_end_is_refused_before_allocation(declared: bytes) -> None:
    data = declared + b"0123456789"
    tracemalloc.start()
    refused(lambda: Reader(data).opaque())
    refused(lambda: Reader(data).vector(Reader.u8))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 16


def test_T004_limits_of_fields_and_lists() -> None:
    data = opaque(b"12345")
    assert Reader(data).opaque(5) == b"12345"
    refused(lambda: Reader(data).opaque(4), "too-large")
    assert Reader(data).vector(Reader.u8, 5) == list(b"12345")
    refused(lambda: Reader(data).vector(Reader.u8, 4), "too-large")


def test_T007_a_list_of_empty_elements_ends() -> None:
    refused(lambda: Reader(opaque(b"x")).vector(lambda reader: reader.fixed(0)))


def test_an_element_does_not_read_past_its_list() -> None:
    refused(lambda: Reader(opaque(b"\x00") + b"\x01").vector(Reader.u16))


@pytest.mark.parametrize("value", [2, 3, 0x80, 0xFF])
def test_T006_booleans_and_options_have_two_values(value: int) -> None:
    refused(lambda: Reader(bytes([value, 0])).boolean())
    refused(lambda: Reader(bytes([value, 0])).optional(Reader.u8))


def test_reading_in_parts() -> None:
    reader = Reader(b"abcdef")
    assert reader.fixed(2) == b"ab"
    assert reader.offset == 2
    assert not reader.at_end()
    assert reader.rest() == b"cdef"
    assert reader.at_end()
    reader.finish()


def test_what_does_not_fit_is_our_bug() -> None:
    with pytest.raises(OverflowError):
        Writer().u8(256)
    with pytest.raises(OverflowError):
        Writer().u16(-1)
    with pytest.raises(ValueError, match="expected 4"):
        Writer().fixed(b"abc", 4)
    with pytest.raises(OverflowError):
        Writer().opaque8(bytes(256))


def test_T007_a_budget_counts_the_elements_of_all_lists_together() -> None:
    def lists(reader: Reader) -> list[list[int]]:
        return reader.vector(lambda inner: inner.vector(Reader.u8))

    data = opaque(opaque(b"abc") + opaque(b"de"))
    assert parse(lists, data, Budget(7)) == parse(lists, data) == [[97, 98, 99], [100, 101]]
    refused(lambda: parse(lists, data, Budget(6)), "too-large")


@given(st.lists(st.integers(0, (1 << 16) - 1), max_size=40))
def test_numbers_are_what_a_vector_would_read(values: list[int]) -> None:
    two, four = (opaque(b"".join(value.to_bytes(size, "big") for value in values)) for size in (2, 4))
    assert Reader(two).numbers(2, 40) == tuple(Reader(two).vector(Reader.u16)) == tuple(values)
    assert Reader(four).numbers(4, 40) == tuple(Reader(four).vector(Reader.u32)) == tuple(values)


def test_numbers_that_are_cut_or_too_many() -> None:
    refused(lambda: parse(lambda r: r.numbers(2, 40), opaque(b"abc")))
    refused(lambda: parse(lambda r: r.numbers(4, 40), opaque(b"abcdef")))
    refused(lambda: parse(lambda r: r.numbers(2, 1), opaque(b"abcd")), "too-large")
