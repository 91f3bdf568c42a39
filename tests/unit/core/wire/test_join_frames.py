from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec.tls import opaque
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.limits import HANDSHAKE_FRAME_SIZE, OBJECT_SIZE
from coterie.core.wire.join_frames import (
    REFUSALS,
    InviterHello,
    ObjectStream,
    Opening,
    Request,
    encode_refusal,
    parse_blob,
    parse_inviter_hello,
    parse_opening,
    parse_refusal,
    parse_request,
    pieces,
)
from coterie.testing.strictness import accepted_extensions, accepted_prefixes, ambiguous_flips

REQUEST = Request(bytes(8), b"kem public key" * 3, bytes([1]) * 32, bytes([2]) * 48)
HELLO = InviterHello(bytes([3]) * 32, b"certificate" * 7)
OPENING = Opening(bytes([4]) * 32, b"certificate" * 7, b"card")

PARSERS: list[tuple[Callable[[bytes], object], bytes]] = [
    (parse_request, REQUEST.encode()),
    (parse_inviter_hello, HELLO.encode()),
    (parse_opening, OPENING.encode()),
    (parse_blob, opaque(b"signature")),
    (parse_refusal, encode_refusal("invite-used")),
]
each = pytest.mark.parametrize(("parse", "data"), PARSERS, ids=lambda value: getattr(value, "__name__", ""))


def test_round_trips() -> None:
    assert parse_request(REQUEST.encode()) == REQUEST
    assert parse_inviter_hello(HELLO.encode()) == HELLO
    assert parse_opening(OPENING.encode()) == OPENING
    assert {parse_refusal(encode_refusal(code)) for code in REFUSALS} == REFUSALS


@each
def test_T001_prefixes_are_refused(parse: Callable[[bytes], object], data: bytes) -> None:
    assert accepted_prefixes(parse, data) == []


@each
def test_T002_trailing_bytes_are_refused(parse: Callable[[bytes], object], data: bytes) -> None:
    assert accepted_extensions(parse, data) == []


def test_T003_one_meaning_one_encoding() -> None:
    assert ambiguous_flips(parse_request, REQUEST.encode()) == []
    assert ambiguous_flips(parse_inviter_hello, HELLO.encode()) == []
    assert ambiguous_flips(parse_opening, OPENING.encode()) == []


def test_the_mac_covers_everything_before_it() -> None:
    assert REQUEST.encode() == REQUEST.authenticated() + opaque(REQUEST.mac)


def test_the_commitment_binds_all_three() -> None:
    others = [
        Opening(bytes(32), OPENING.certificate, OPENING.card),
        Opening(OPENING.nonce, b"other", OPENING.card),
        Opening(OPENING.nonce, OPENING.certificate, b"other"),
        Opening(OPENING.nonce, OPENING.certificate + OPENING.card, b""),
    ]
    assert len({opening.commitment() for opening in (OPENING, *others)}) == 5


@pytest.mark.parametrize(
    "data", [b"", opaque(b""), opaque(b"no-such-code"), opaque(b"invite-used\x1b"), opaque(b"\xff")]
)
def test_refusals_are_codes_that_we_know(data: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        parse_refusal(data)
    assert caught.value.code == "malformed"
    with pytest.raises(ValueError, match="not a refusal"):
        encode_refusal("whatever")


@given(st.lists(st.binary(min_size=1, max_size=40_000), max_size=6))
def test_objects_of_any_size_come_whole(objects: list[bytes]) -> None:
    stream = ObjectStream()
    got: list[bytes] = []
    for piece in pieces(objects):
        assert len(piece) + 16 <= HANDSHAKE_FRAME_SIZE
        got.extend(stream.feed(piece))
    stream.finish(len(objects))
    assert got == objects


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=6), st.integers(1, 50))
def test_objects_come_whole_however_they_are_cut(objects: list[bytes], size: int) -> None:
    whole = b"".join(map(opaque, objects))
    stream = ObjectStream()
    got: list[bytes] = []
    for start in range(0, len(whole), size):
        got.extend(stream.feed(whole[start : start + size]))
    stream.finish(len(objects))
    assert got == objects


def test_an_object_whose_length_is_cut_comes_whole() -> None:
    whole = opaque(b"a" * 64) + opaque(b"b" * 20_000)
    for size in (1, 2, 3):
        stream = ObjectStream()
        got = [each for start in range(0, len(whole), size) for each in stream.feed(whole[start : start + size])]
        assert got == [b"a" * 64, b"b" * 20_000]


def refusal_of(call: Callable[[], object]) -> str:
    with pytest.raises(PeerError) as caught:
        call()
    return caught.value.code


def test_cut_miscounted_empty_and_padded_objects_are_refused() -> None:
    stream = ObjectStream()
    stream.feed(opaque(b"abc")[:-1])
    assert refusal_of(lambda: stream.finish(0)) == "malformed"
    assert refusal_of(lambda: stream.finish(1)) == "malformed"
    whole = ObjectStream()
    whole.feed(opaque(b"abc"))
    assert refusal_of(lambda: whole.finish(0)) == "malformed"
    assert refusal_of(lambda: whole.finish(2)) == "malformed"
    assert refusal_of(lambda: ObjectStream().feed(b"\x00")) == "malformed"
    assert refusal_of(lambda: ObjectStream().feed(b"")) == "malformed"
    assert refusal_of(lambda: ObjectStream().feed(b"\x40\x01a")) == "malformed"
    assert refusal_of(lambda: ObjectStream().feed(b"\xc0\x00\x00\x01a")) == "malformed"


def test_T004_objects_and_their_sum_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ObjectStream().feed(opaque(bytes(OBJECT_SIZE))) == (bytes(OBJECT_SIZE),)
    header = opaque(bytes(OBJECT_SIZE + 1))[:4]
    assert refusal_of(lambda: ObjectStream().feed(header)) == "too-large"
    monkeypatch.setattr("coterie.core.wire.join_frames.HANDOVER_SIZE", 10)
    stream = ObjectStream()
    stream.feed(opaque(b"123456789"))
    assert refusal_of(lambda: stream.feed(b"\x01")) == "too-large"
