import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.kernel.errors import PeerError
from coterie.core.wire.frames import TOO_LARGE, Frame, FrameReader, encode_frame

FRAMES = [(1, b""), (255, b"x"), (7, b"hello" * 20)]
STREAM = b"".join(encode_frame(*frame) for frame in FRAMES)

frames = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=60)), max_size=8)


def test_bytes_of_a_frame() -> None:
    assert encode_frame(0x42, b"abc") == bytes.fromhex("00000003 42 616263")
    assert Frame(0x42, b"abc").encode() == encode_frame(0x42, b"abc")


@given(frames, st.randoms(use_true_random=False))
def test_any_cutting_gives_the_same_frames(expected: list[tuple[int, bytes]], random: object) -> None:
    stream = b"".join(encode_frame(*frame) for frame in expected)
    reader, seen, at = FrameReader(64), [], 0
    while at < len(stream):
        size = random.randint(1, 20)  # type: ignore[attr-defined]
        seen += reader.feed(stream[at : at + size])
        at += size
    assert seen == expected
    assert reader.is_between_frames()


def test_T001_a_cut_stream_gives_only_whole_frames() -> None:
    for size in range(len(STREAM)):
        reader = FrameReader(1000)
        got = reader.feed(STREAM[:size])
        assert got == FRAMES[: len(got)]
        ends = {sum(5 + len(body) for _, body in FRAMES[:count]) for count in range(4)}
        assert reader.is_between_frames() == (size in ends)


def test_T004_too_long_a_frame_ends_the_stream() -> None:
    reader = FrameReader(10)
    assert reader.feed(encode_frame(1, b"0123456789")) == [(1, b"0123456789")]
    for _ in range(2):
        with pytest.raises(PeerError) as caught:
            reader.feed(encode_frame(1, b"0123456789x"))
        assert caught.value.code == "too-large"


def test_T004_a_stream_that_was_given_up_gives_no_frame_any_more() -> None:
    """Where the next frame begins is not known: what looks like one is refused with the rest."""
    reader = FrameReader(10)
    with pytest.raises(PeerError):
        reader.feed(encode_frame(1, b"0123456789x"))
    assert not reader.is_between_frames()
    with pytest.raises(PeerError, match="given up"):
        reader.feed(encode_frame(1, b"fits"))


def test_T008_a_declared_length_is_refused_before_anything_is_kept() -> None:
    with pytest.raises(PeerError):
        FrameReader(1000).feed(b"\xff\xff\xff\xff\x01")
    with pytest.raises(PeerError):
        FrameReader(1000).feed((1001).to_bytes(4, "big") + b"\x01")


def test_the_limit_can_grow_between_frames() -> None:
    reader = FrameReader(3)
    assert reader.feed(encode_frame(1, b"abc") + b"\x00\x00") == [(1, b"abc")]
    reader.limit = 4
    assert reader.feed(encode_frame(2, b"abcd")[2:]) == [(2, b"abcd")]


@given(frames, st.integers(1, 20), st.integers(65, 200))
def test_T004_a_frame_that_is_too_long_is_passed_over_however_it_arrives(
    expected: list[tuple[int, bytes]], step: int, size: int
) -> None:
    stream = b"".join(encode_frame(kind, body) + encode_frame(9, bytes(size)) for kind, body in expected)
    reader, seen = FrameReader(64, skip=200), []
    for at in range(0, len(stream), step):
        seen += reader.feed(stream[at : at + step])
    assert seen == [each for frame in expected for each in (frame, (TOO_LARGE, b""))]
    assert reader.is_between_frames()


def test_T004_what_is_passed_over_has_a_bound_too_and_is_not_kept() -> None:
    reader = FrameReader(10, skip=1_000_000)
    assert reader.feed((1_000_000).to_bytes(4, "big") + b"\x01") == [(TOO_LARGE, b"")]
    for _ in range(10):
        assert reader.feed(bytes(99_000)) == []
    assert not reader.is_between_frames()
    assert reader.feed(bytes(10_000) + encode_frame(2, b"next")) == [(2, b"next")]
    with pytest.raises(PeerError) as caught:
        reader.feed((1_000_001).to_bytes(4, "big") + b"\x01")
    assert caught.value.code == "too-large"
