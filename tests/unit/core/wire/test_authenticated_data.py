import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec.items import Item
from coterie.core.crypto.suites import AeadId, KemId, SignatureScheme, Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId
from coterie.core.wire.authenticated_data import (
    BLOCK_FILLING,
    AuthenticatedData,
    Kind,
    padded_size,
    parse_authenticated_data,
)
from coterie.testing.strictness import accepted_extensions, accepted_prefixes, ambiguous_flips

SAMPLE = AuthenticatedData(
    kind=Kind.CONTENT,
    conversation_id=ConversationId(bytes([1]) * 32),
    sender_device=DeviceId(bytes([2]) * 32),
    number=300,
    first=7,
    epoch_id=bytes(range(8)),
    keep_until=500_000,
)

numbers = st.integers(min_value=1, max_value=(1 << 63) - 1)
items = st.dictionaries(st.integers(0, 65535), st.binary(max_size=40), max_size=4).map(
    lambda found: tuple(Item(kind, False, data) for kind, data in sorted(found.items()))
)


@st.composite
def data(draw: st.DrawFn) -> AuthenticatedData:
    kind = draw(st.integers(0, 255))
    number = 0 if kind == Kind.COMMIT else draw(numbers)
    first = draw(st.integers(1, number)) if number else draw(numbers)
    return AuthenticatedData(
        kind,
        ConversationId(draw(st.binary(min_size=32, max_size=32))),
        DeviceId(draw(st.binary(min_size=32, max_size=32))),
        number,
        first,
        draw(st.binary(min_size=8, max_size=8)),
        draw(st.integers(0, (1 << 32) - 1)),
        draw(items),
    )


@given(data())
def test_round_trip(value: AuthenticatedData) -> None:
    assert parse_authenticated_data(value.encode()) == value


def test_95_bytes_when_empty() -> None:
    assert len(SAMPLE.encode()) == 95


def test_T001_prefixes_are_refused() -> None:
    assert accepted_prefixes(parse_authenticated_data, SAMPLE.encode()) == []


def test_T002_trailing_bytes_are_refused() -> None:
    assert accepted_extensions(parse_authenticated_data, SAMPLE.encode()) == []


def test_T003_one_meaning_one_encoding() -> None:
    with_item = replace(SAMPLE, items=(Item(9, False, b"kept"),))
    assert ambiguous_flips(parse_authenticated_data, with_item.encode()) == []


@given(st.binary(max_size=200))
def test_T004_nothing_but_peer_errors(received: bytes) -> None:
    with contextlib.suppress(PeerError):
        parse_authenticated_data(received)


def refused(value: AuthenticatedData) -> str:
    with pytest.raises(PeerError) as caught:
        parse_authenticated_data(value.encode())
    return caught.value.code


def test_T014_unknown_version_is_refused_by_name() -> None:
    with pytest.raises(PeerError, match="version 2") as caught:
        parse_authenticated_data(b"\x02" + SAMPLE.encode()[1:])
    assert caught.value.code == "needs-newer-version"


def test_T014_unknown_kind_is_kept() -> None:
    unknown = replace(SAMPLE, kind=77)
    assert parse_authenticated_data(unknown.encode()).kind == 77


def test_T014_unknown_critical_item_is_refused_by_name() -> None:
    critical = replace(SAMPLE, items=(Item(9, True, b""),))
    assert refused(critical) == "needs-newer-version"
    assert parse_authenticated_data(critical.encode(), frozenset({9})) == critical


@pytest.mark.parametrize(
    ("kind", "number", "first"),
    [(Kind.CONTENT, 0, 0), (Kind.CONTENT, 5, 0), (Kind.STATUS, 5, 6), (Kind.COMMIT, 1, 1), (Kind.CONTROL, 1 << 63, 1)],
)
def test_T041_numbers_that_no_envelope_of_the_kind_has(kind: Kind, number: int, first: int) -> None:
    assert refused(replace(SAMPLE, kind=kind, number=number, first=first)) == ("malformed")


def test_the_highest_number_is_a_number() -> None:
    last = replace(SAMPLE, kind=Kind.CONTENT, number=(1 << 63) - 1, first=(1 << 63) - 1)
    assert parse_authenticated_data(last.encode()) == last


def test_T041_the_kind_is_part_of_the_bytes() -> None:
    """The whole structure is MLS AAD, so an envelope of one kind or conversation cannot pass for another."""
    encodings = {replace(SAMPLE, kind=kind).encode() for kind in Kind if kind != Kind.COMMIT}
    assert len(encodings) == 3


@pytest.mark.parametrize(
    ("size", "padded"),
    [
        (1, 768),
        (768, 768),
        (769, 1024),
        (1025, 2048),
        (4096, 4096),
        (8193, BLOCK_FILLING),
        (BLOCK_FILLING + 1, 2 * BLOCK_FILLING),
        (3 * BLOCK_FILLING, 3 * BLOCK_FILLING),
    ],
)
def test_size_classes(size: int, padded: int) -> None:
    assert padded_size(suite(0xF602), size) == padded


def test_size_classes_of_mldsa_suites() -> None:
    mldsa = Suite(0xF609, "TBD9", KemId.MLKEM768_X25519, "sha384", AeadId.CHACHA20_POLY1305, SignatureScheme.MLDSA44)
    assert [padded_size(mldsa, size) for size in (1, 3073, 5000, 9000, 14337)] == [3072, 4096, 5632, 14336, 28672]


@given(st.integers(1, 10 * BLOCK_FILLING))
def test_padding_never_shrinks_and_is_its_own_class(size: int) -> None:
    padded = padded_size(suite(0x0001), size)
    assert padded >= size
    assert padded_size(suite(0x0001), padded) == padded
