import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec.tls import opaque
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId, EnvelopeId, EpochId
from coterie.core.wire import peer_frames as frames
from coterie.core.wire.peer_frames import PeerFrame, parse_peer_frame
from coterie.testing.strictness import accepted_extensions, accepted_prefixes, ambiguous_flips


def fill(byte: int) -> bytes:
    return bytes([byte]) * 32


CONVERSATION, DEVICE, OTHER = ConversationId(fill(1)), DeviceId(fill(2)), DeviceId(fill(3))

SAMPLES: dict[int, PeerFrame] = {
    frames.PING: frames.Ping(5),
    frames.PONG: frames.Pong(5),
    frames.ACK: frames.Ack((EnvelopeId(fill(9)), EnvelopeId(fill(8)))),
    frames.ENVELOPE: frames.Envelope(CONVERSATION, b"an MLSMessage" * 10),
    frames.PARCEL: frames.Parcel(CONVERSATION, b"commit", b"welcome", ((0, EpochId(fill(4))), (1, EpochId(fill(5))))),
    frames.CONVERSATION_DIGEST: frames.ConversationDigest(CONVERSATION, fill(6)),
    frames.HAVE: frames.Have(
        CONVERSATION,
        bytes(16),
        7,
        EpochId(fill(4)),
        (frames.Had(DEVICE, 10, ((12, 12), (14, 20))), frames.Had(OTHER, 0)),
        ((DEVICE, 11),),
        ((OTHER, 3), (OTHER, 4)),
    ),
    frames.OBJECT_DIGEST: frames.ObjectDigest(fill(1), fill(2), fill(3)),
    frames.OBJECT_SUMMARY: frames.ObjectSummary(
        fill(1), ((fill(2), 5, fill(6)), (fill(3), 1, fill(7))), ((fill(2), 300, fill(2), 9),)
    ),
    frames.OBJECTS: frames.Objects(fill(1), (b"an object", b"another one")),
    frames.WANT_OBJECTS: frames.WantObjects(fill(1)),
    frames.KEY_PACKAGES: frames.KeyPackages((b"package", b"another")),
    frames.VERIFY_COMMIT: frames.VerifyCommit(fill(1)),
    frames.VERIFY_OPEN: frames.VerifyOpen(fill(1)),
}

each_type = pytest.mark.parametrize("frame_type", SAMPLES, ids=lambda number: type(SAMPLES[number]).__name__)


def parser(frame_type: int) -> Callable[[bytes], PeerFrame]:
    def parse(body: bytes) -> PeerFrame:
        found = parse_peer_frame(frame_type, body)
        assert found is not None
        return found

    return parse


def test_a_sample_of_every_type() -> None:
    assert {type(sample) for sample in SAMPLES.values()} == set(PeerFrame.__args__)


@each_type
def test_round_trip(frame_type: int) -> None:
    assert parse_peer_frame(frame_type, SAMPLES[frame_type].encode()) == SAMPLES[frame_type]


@each_type
def test_T001_prefixes_are_refused(frame_type: int) -> None:
    assert accepted_prefixes(parser(frame_type), SAMPLES[frame_type].encode()) == []


@each_type
def test_T002_trailing_bytes_are_refused(frame_type: int) -> None:
    assert accepted_extensions(parser(frame_type), SAMPLES[frame_type].encode()) == []


@each_type
def test_T003_one_meaning_one_encoding(frame_type: int) -> None:
    assert ambiguous_flips(parser(frame_type), SAMPLES[frame_type].encode()) == []


@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=300))
def test_T004_nothing_but_peer_errors(frame_type: int, body: bytes) -> None:
    with contextlib.suppress(PeerError):
        parse_peer_frame(frame_type, body)


def test_unknown_types_are_left_to_the_caller() -> None:
    for frame_type in set(range(256)) - set(SAMPLES):
        assert parse_peer_frame(frame_type, b"anything") is None


ids = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, (1 << 63) - 1)


@st.composite
def had(draw: st.DrawFn) -> frames.Had:
    contiguous = draw(st.integers(0, 1 << 40))
    ranges, last = [], contiguous
    for skip, length in draw(st.lists(st.tuples(st.integers(2, 99), st.integers(0, 99)), max_size=6)):
        ranges.append((last + skip, last + skip + length))
        last = ranges[-1][1]
    return frames.Had(DeviceId(draw(ids)), contiguous, tuple(ranges))


device_numbers = st.sets(st.tuples(ids.map(DeviceId), numbers), max_size=5).map(lambda found: tuple(sorted(found)))


@st.composite
def have(draw: st.DrawFn) -> frames.Have:
    vector = {entry.sender_device: entry for entry in draw(st.lists(had(), max_size=5))}
    return frames.Have(
        ConversationId(draw(ids)),
        draw(st.binary(min_size=16, max_size=16)),
        draw(numbers),
        EpochId(draw(ids)),
        tuple(vector[device] for device in sorted(vector)),
        draw(device_numbers),
        draw(device_numbers),
    )


@given(have())
def test_have_vectors_round_trip(value: frames.Have) -> None:
    assert parse_peer_frame(frames.HAVE, value.encode()) == value


@given(st.sets(st.tuples(ids, numbers, ids), max_size=6), st.sets(st.tuples(ids, st.integers(0, 65535), ids, numbers)))
def test_summaries_round_trip(chains: set[tuple[bytes, int, bytes]], facts: set[tuple[bytes, int, bytes, int]]) -> None:
    value = frames.ObjectSummary(bytes(32), tuple(chains), tuple(facts))
    parsed = parse_peer_frame(frames.OBJECT_SUMMARY, value.encode())
    assert parsed == frames.ObjectSummary(bytes(32), tuple(sorted(chains)), tuple(sorted(facts)))


@given(ids, st.lists(st.binary(max_size=100), max_size=6))
def test_lists_of_bytes_round_trip(scope: bytes, blobs: list[bytes]) -> None:
    value = frames.Objects(scope, tuple(blobs))
    assert parse_peer_frame(frames.OBJECTS, value.encode()) == value
    packages = frames.KeyPackages(tuple(blobs))
    assert parse_peer_frame(frames.KEY_PACKAGES, packages.encode()) == packages


def test_encoders_sort_what_stands_for_a_set() -> None:
    first, second = frames.Had(DEVICE, 1), frames.Had(OTHER, 2)
    one = frames.Have(CONVERSATION, bytes(16), 0, EpochId(bytes(32)), (first, second))
    other = frames.Have(CONVERSATION, bytes(16), 0, EpochId(bytes(32)), (second, first))
    assert one.encode() == other.encode()
    assert one.digest() == other.digest()


def test_digest_tells_vectors_and_epochs_apart() -> None:
    values = [
        frames.Have(CONVERSATION, bytes(16), 0, EpochId(bytes(32)), (frames.Had(DEVICE, 1),)),
        frames.Have(CONVERSATION, bytes(16), 0, EpochId(bytes(32)), (frames.Had(DEVICE, 2),)),
        frames.Have(CONVERSATION, bytes(16), 0, EpochId(fill(1)), (frames.Had(DEVICE, 1),)),
    ]
    assert len({value.digest() for value in values}) == 3


@pytest.mark.parametrize(
    "ranges",
    [((11, 12),), ((12, 11),), ((5, 6),), ((12, 14), (14, 15)), ((12, 14), (15, 15)), ((20, 21), (12, 12))],
)
def test_T006_ranges_have_one_form(ranges: tuple[tuple[int, int], ...]) -> None:
    value = frames.Have(CONVERSATION, bytes(16), 0, EpochId(bytes(32)), (frames.Had(DEVICE, 10, ranges),))
    with pytest.raises(PeerError, match="overlap or touch"):
        parse_peer_frame(frames.HAVE, value.encode())


def test_T006_repeated_and_unsorted_entries_are_refused() -> None:
    doubled = frames.ObjectSummary(fill(1), ((fill(2), 5, fill(6)),) * 2, ())
    with pytest.raises(PeerError, match="rising order"):
        parse_peer_frame(frames.OBJECT_SUMMARY, doubled.encode())
    chains = [fill(3) + bytes(8) + fill(1), fill(2) + bytes(8) + fill(1)]
    body = fill(1) + b"\x40\x90" + b"".join(chains) + b"\x00"
    with pytest.raises(PeerError, match="rising order"):
        parse_peer_frame(frames.OBJECT_SUMMARY, body)


NUMBERS = (DEVICE + (4).to_bytes(8, "big"), DEVICE + (3).to_bytes(8, "big"))
FACTS = (fill(2) + bytes(2) + fill(3) + bytes(8), fill(2) + bytes(2) + fill(2) + bytes(8))


@pytest.mark.parametrize("entries", [NUMBERS, NUMBERS[:1] * 2], ids=["unsorted", "twice"])
@pytest.mark.parametrize("void", [False, True])
def test_T006_numbers_of_a_have_vector_come_once_and_in_order(entries: tuple[bytes, ...], void: bool) -> None:
    head = frames.Have(CONVERSATION, bytes(16), 0, EpochId(bytes(32)), ()).encode()[:-2]
    numbers = opaque(b"".join(entries))
    with pytest.raises(PeerError, match="rising order"):
        parse_peer_frame(frames.HAVE, head + (b"\x00" + numbers if void else numbers + b"\x00"))


@pytest.mark.parametrize("entries", [FACTS, FACTS[:1] * 2], ids=["unsorted", "twice"])
def test_T006_facts_of_a_summary_come_once_and_in_order(entries: tuple[bytes, ...]) -> None:
    with pytest.raises(PeerError, match="rising order"):
        parse_peer_frame(frames.OBJECT_SUMMARY, fill(1) + b"\x00" + opaque(b"".join(entries)))


def test_T007_more_entries_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.core.wire.peer_frames.FRAME_ENTRIES", 3)
    with pytest.raises(PeerError) as caught:
        parse_peer_frame(frames.OBJECTS, frames.Objects(fill(1), (b"a",) * 4).encode())
    assert caught.value.code == "too-large"


def test_numbers_that_no_vault_can_hold_are_refused() -> None:
    value = frames.Have(CONVERSATION, bytes(16), 1 << 63, EpochId(bytes(32)), ())
    with pytest.raises(PeerError, match="out of range"):
        parse_peer_frame(frames.HAVE, value.encode())


def test_an_acknowledgement_of_nothing_is_refused() -> None:
    with pytest.raises(PeerError):
        parse_peer_frame(frames.ACK, b"\x00")


@pytest.mark.parametrize("size", [1, 31, 33, 63])
def test_an_acknowledgement_of_a_part_of_an_id_is_refused(size: int) -> None:
    with pytest.raises(PeerError, match="whole ids"):
        parse_peer_frame(frames.ACK, opaque(bytes(size)))
