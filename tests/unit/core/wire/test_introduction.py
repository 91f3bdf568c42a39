import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.crypto.suites import AeadId, KemId, SignatureScheme, Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.wire.introduction import Generation, Introduction, introduction_limit, parse_introduction
from coterie.testing.strictness import accepted_extensions, accepted_prefixes, ambiguous_flips

SUITE = suite(0xF602)
SAMPLE = Introduction(
    (Generation(b"grant 1", b"admission 1", (b"laptop of 1",)), Generation(b"grant 2", b"admission 2")), b"card of 2"
)
MLDSA = Suite(0xF609, "TBD9", KemId.MLKEM768_X25519, "sha384", AeadId.CHACHA20_POLY1305, SignatureScheme.MLDSA44)


def parse(data: bytes) -> Introduction:
    return parse_introduction(SUITE, data)


def code_of(introduction: Introduction) -> str:
    with pytest.raises(PeerError) as caught:
        parse(introduction.encode())
    return caught.value.code


blobs = st.binary(min_size=1, max_size=300)
generations = st.one_of(
    st.builds(Generation, blobs, blobs, st.lists(blobs, max_size=4).map(tuple)),
    st.builds(Generation, st.just(b""), st.just(b""), st.lists(blobs, min_size=1, max_size=4).map(tuple)),
)


@given(st.lists(generations, min_size=1, max_size=4).map(tuple), blobs)
def test_round_trip(steps: tuple[Generation, ...], card: bytes) -> None:
    introduction = Introduction(steps, card)
    assert parse(introduction.encode()) == introduction


def test_objects_from_the_known_device_downwards() -> None:
    assert list(SAMPLE.objects()) == [b"grant 1", b"admission 1", b"laptop of 1", b"grant 2", b"admission 2"]


def test_T001_T002_T003() -> None:
    data = SAMPLE.encode()
    assert accepted_prefixes(parse, data) == []
    assert accepted_extensions(parse, data) == []
    assert ambiguous_flips(parse, data) == []


@given(st.binary(max_size=200))
def test_T004_nothing_but_peer_errors(data: bytes) -> None:
    with contextlib.suppress(PeerError):
        parse(b"\x01" + data)


def test_T004_longer_than_its_limit() -> None:
    shortest = len(Introduction(SAMPLE.generations, bytes(10_000)).encode()) - 10_000
    largest = Introduction(SAMPLE.generations, bytes(16 * 1024 - shortest))
    assert len(largest.encode()) == introduction_limit(SUITE)
    assert parse(largest.encode()) == largest
    assert code_of(replace(largest, card=largest.card + b"x")) == "too-large"
    assert code_of(Introduction(SAMPLE.generations, bytes(16 * 1024))) == "too-large"
    assert introduction_limit(SUITE) == 16 * 1024
    assert introduction_limit(MLDSA) == 128 * 1024


def test_no_more_than_four_generations() -> None:
    parse(Introduction((Generation(b"g", b"a"),) * 4, b"card").encode())
    assert code_of(Introduction((Generation(b"g", b"a"),) * 5, b"card")) == "too-large"
    assert code_of(Introduction((Generation(b"", b"", (b"c",) * 5),), b"card")) == "too-large"


@pytest.mark.parametrize(
    "introduction",
    [
        Introduction((), b"card"),
        Introduction((Generation(b"g", b"a"),), b""),
        Introduction((Generation(b"g", b""),), b"card"),
        Introduction((Generation(b"", b"a"),), b"card"),
        Introduction((Generation(b"", b""),), b"card"),
        Introduction((Generation(b"g", b"a", (b"",)),), b"card"),
    ],
)
def test_incomplete_ones_are_refused(introduction: Introduction) -> None:
    assert code_of(introduction) == "malformed"


def test_T014_other_versions_are_refused_by_name() -> None:
    with pytest.raises(PeerError) as caught:
        parse(b"\x02" + SAMPLE.encode()[1:])
    assert caught.value.code == "needs-newer-version"
