"""One example of each structure on the wire, the same bytes for ever: the commented hex of docs/protocol holds them.

Runs of handshakes are on suite 0x0001 with a seeded entropy, so that they replay; they hold the key derivations true.
"""

import re

from coterie.core.codec.items import Item
from coterie.core.crypto import kem
from coterie.core.crypto.suites import suite
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, EndpointId, EnvelopeId, EpochId
from coterie.core.kernel.secret import Secret
from coterie.core.wire import join_frames, link_frames, peer_frames
from coterie.core.wire.authenticated_data import AuthenticatedData, Kind
from coterie.core.wire.frames import Frame, encode_frame
from coterie.core.wire.introduction import Generation, Introduction
from coterie.core.wire.invitation import Invitation, encode_link
from coterie.core.wire.sealed_block import BlockHeader, Envelopes, Fragment, seal_block
from coterie.testing.entropy import SeededEntropy
from coterie.testing.handshakes import JoinPair, LinkPair

_FENCE = re.compile(r"^```hex ([a-z0-9-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def fill(byte: int, size: int = 32) -> bytes:
    """An id, key or hash that can be told apart in a hex dump."""
    return bytes([byte]) * size


def documented(page: str) -> dict[str, bytes]:
    """The hex blocks of a page (fence ```` ```hex name ````), without their comments."""
    return {
        name: bytes.fromhex("".join(line.split("#")[0] for line in block.splitlines()))
        for name, block in _FENCE.findall(page)
    }


def snapshots() -> dict[str, bytes]:
    """Every structure by the name that it has in the documentation."""
    return {**_invitation(), **_join(), **_link(), **_peer_frames(), **_envelope()}


def sample_invitation() -> Invitation:
    """The invitation of the documentation."""
    return Invitation(
        circle_id=CircleId(fill(0xC1)),
        suite_id=0xF602,
        device_id=DeviceId(fill(0xD1)),
        endpoint_id=EndpointId(fill(0xE1)),
        hints=(bytes.fromhex("04 c0000201 1f90"), bytes.fromhex("06 20010db8000000000000000000000001 1f90")),
        relay=b"",
        secret=Secret(fill(0x5E)),
        expiry=1_800_000_000,
    )


def _invitation() -> dict[str, bytes]:
    return {"invitation": sample_invitation().encode(), "invitation-link": encode_link(sample_invitation()).encode()}


def _join() -> dict[str, bytes]:
    opening = join_frames.Opening(fill(0x0A), b"certificate", b"card")
    request = join_frames.Request(fill(0x1D, 8), fill(0x0B), opening.commitment(), fill(0x3A))
    return {
        "join-request": request.encode(),
        "join-inviter-hello": join_frames.InviterHello(fill(0x0C), b"certificate").encode(),
        "join-opening": opening.encode(),
        "join-refusal": join_frames.encode_refusal("invite-used"),
        "join-objects": join_frames.pieces((b"first", b"second"))[0],
        "join-run": _run(JoinPair()),
    }


def _link() -> dict[str, bytes]:
    greeting = link_frames.Greeting(CircleId(fill(0xC1)), DeviceId(fill(0xD1)), 7, 3, fill(0xB0, 16))
    keys = link_frames.Keys(fill(0x0A), fill(0x0B))
    introduction = Introduction((Generation(b"grant", b"admission", (b"certificate",)),), b"card")
    return {
        "link-hello": link_frames.Hello(greeting, fill(0x0C)).encode(),
        "link-answer": link_frames.Answer(greeting, b"card", keys).encode(),
        "link-answer-lacking": link_frames.Answer(greeting, b"", None).encode(),
        "link-card-key": link_frames.CardKey(b"card", fill(0x0A)).encode(),
        "link-keys": keys.encode(),
        "link-introduction": introduction.encode(),
        "link-run-known": _run(LinkPair()),
        "link-run-unknown": _run(LinkPair(known=False, shown=True)),
    }


def _run(pair: JoinPair | LinkPair) -> bytes:
    """All frames of a run, as they stand on the stream."""
    seen: list[bytes] = []

    def hook(_to: str, frame: Frame) -> Frame:
        seen.append(frame.encode())
        return frame

    pair.run(hook)
    return b"".join(seen)


def sample_peer_frames() -> dict[str, tuple[int, peer_frames.PeerFrame]]:
    """One frame of each type."""
    conversation, device, other = ConversationId(fill(0xC0)), DeviceId(fill(0xD1)), DeviceId(fill(0xD2))
    epoch_id = EpochId(fill(0xE0))
    vector = (peer_frames.Had(device, 10, ((12, 12), (14, 20))), peer_frames.Had(other, 300))
    have = peer_frames.Have(
        conversation, fill(0x61, 16), 7, epoch_id, vector, unreadable=((device, 11),), void=((other, 5),)
    )
    return {
        "ping": (peer_frames.PING, peer_frames.Ping(5)),
        "pong": (peer_frames.PONG, peer_frames.Pong(5)),
        "ack": (peer_frames.ACK, peer_frames.Ack((EnvelopeId(fill(1)), EnvelopeId(fill(2))))),
        "envelope": (peer_frames.ENVELOPE, peer_frames.Envelope(conversation, b"MLSMessage")),
        "parcel": (
            peer_frames.PARCEL,
            peer_frames.Parcel(conversation, b"commit", b"welcome", ((0, EpochId(fill(1))), (1, EpochId(fill(2))))),
        ),
        "conversation-digest": (
            peer_frames.CONVERSATION_DIGEST,
            peer_frames.ConversationDigest(conversation, have.digest()),
        ),
        "have": (peer_frames.HAVE, have),
        "object-digest": (peer_frames.OBJECT_DIGEST, peer_frames.ObjectDigest(fill(0xC1), fill(1), fill(2))),
        "object-summary": (
            peer_frames.OBJECT_SUMMARY,
            peer_frames.ObjectSummary(fill(0xC1), ((fill(0xD1), 4, fill(1)),), ((fill(0xD1), 257, fill(0xD1), 9),)),
        ),
        "objects": (peer_frames.OBJECTS, peer_frames.Objects(fill(0xC1), (b"first", b"second"))),
        "want-objects": (peer_frames.WANT_OBJECTS, peer_frames.WantObjects(fill(0xC1))),
        "key-packages": (peer_frames.KEY_PACKAGES, peer_frames.KeyPackages((b"first", b"second"))),
        "verify-commit": (peer_frames.VERIFY_COMMIT, peer_frames.VerifyCommit(fill(1))),
        "verify-open": (peer_frames.VERIFY_OPEN, peer_frames.VerifyOpen(fill(2))),
    }


def _peer_frames() -> dict[str, bytes]:
    frames = {f"peer-{name}": frame.encode() for name, (_, frame) in sample_peer_frames().items()}
    ping = sample_peer_frames()["ping"]
    return {**frames, "frame": encode_frame(ping[0], ping[1].encode())}


def _envelope() -> dict[str, bytes]:
    data = AuthenticatedData(
        kind=Kind.CONTENT,
        conversation_id=ConversationId(fill(0xC0)),
        sender_device=DeviceId(fill(0xD1)),
        number=300,
        first=7,
        epoch_id=fill(0xE0, 8),
        keep_until=500_000,
        items=(Item(9, False, b"kept"),),
    )
    content, header = Envelopes((b"first", b"second")), BlockHeader(fill(0x7A), 500_000)
    pair = kem.generate_key_pair(suite(0x0001), SeededEntropy(1))
    block = seal_block(suite(0x0001), pair.public, header, content, SeededEntropy(2))
    return {
        "authenticated-data": data.encode(),
        "block-envelopes": content.encode(),
        "block-fragment": Fragment(EnvelopeId(fill(0x0E)), 1, 3, b"part").encode(),
        "block-start": block[: 37 + 32 + 16],
    }
