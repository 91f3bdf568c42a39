import hashlib

from coterie.core.crypto.suites import suite
from coterie.core.kernel.ids import CircleId, EndpointId
from coterie.core.wire.transcript import Transcript

JOINER, INVITER, CIRCLE = EndpointId(bytes(32)), EndpointId(b"\x01" * 32), CircleId(b"\x02" * 32)


def transcript(alpn: bytes = b"alpn", joiner: EndpointId = JOINER, context: bytes = b"") -> Transcript:
    return Transcript(suite(0x0001), alpn, joiner, INVITER, CIRCLE, context)


def test_bytes() -> None:
    def field(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    start = hashlib.sha256(b"".join(map(field, (b"alpn", JOINER, INVITER, CIRCLE, b"context")))).digest()
    found = transcript(context=b"context")
    assert found.hash == start
    found.add(3, b"body")
    assert found.hash == hashlib.sha256(field(start) + field(b"\x03body")).digest()


def test_every_part_counts() -> None:
    hashes = {transcript().hash, transcript(alpn=b"other").hash, transcript(context=b"x").hash}
    hashes.add(transcript(joiner=EndpointId(b"\x09" * 32)).hash)
    assert len(hashes) == 4


def test_order_type_and_borders_count() -> None:
    def after(*frames: tuple[int, bytes]) -> bytes:
        found = transcript()
        for frame in frames:
            found.add(*frame)
        return found.hash

    runs = [
        ((1, b"a"), (2, b"b")),
        ((2, b"b"), (1, b"a")),
        ((1, b"ab"),),
        ((1, b"a"), (1, b"b")),
        ((2, b"a"), (2, b"b")),
    ]
    assert len({after(*run) for run in runs}) == len(runs)


def test_what_is_mixed_in_is_no_frame() -> None:
    mixed, framed = transcript(), transcript()
    mixed.mix(b"\x01x")
    framed.add(1, b"x")
    assert mixed.hash != framed.hash


def test_hash_of_the_suite() -> None:
    assert len(Transcript(suite(0xF602), b"", JOINER, INVITER, CIRCLE, b"").hash) == 48
