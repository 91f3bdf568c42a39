import hashlib

from coterie.core.engine.delivery import outgoing
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import Transmit
from coterie.core.kernel.world import HOUR, Instant
from coterie.core.mls.peek import peek
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import SIZE_CLASSES, Kind, parse_authenticated_data
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def envelopes(node: Node) -> list[peer_frames.Envelope]:
    frames = [
        peer_frames.parse_peer_frame(peer_frames.ENVELOPE, body) for body in talking.sent(node, peer_frames.ENVELOPE)
    ]
    return [frame for frame in frames if isinstance(frame, peer_frames.Envelope)]


def test_the_header_says_what_it_is_and_the_size_is_a_class() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    for text in ("a", "b" * 900, "c" * 20_000):
        talking.say(pipe, alice, "Bob", text)
    headers = [parse_authenticated_data(peek(e.message).authenticated_data) for e in envelopes(alice)]
    assert [header.number for header in headers] == [1, 2, 3]
    assert {header.kind for header in headers} == {Kind.CONTENT}
    assert {header.sender_device for header in headers} == {scenes.device_id(alice)}
    assert {header.first for header in headers} == {1}
    record = bob.store.conversations.group(talking.conversation_of(bob).group_id)
    assert record is not None
    assert {header.epoch_id for header in headers} == {record.epoch_id[:8]}
    assert [len(e.message) for e in envelopes(alice)] == [SIZE_CLASSES[0], SIZE_CLASSES[2], 2 * SIZE_CLASSES[-1]]


def test_ciphertext_is_kept_once_until_every_device_has_acknowledged_it() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.part(pipe, (alice, carol), (bob, carol))
    talking.say(pipe, alice, "Group", "hello")
    envelope_id = outgoing.envelope_id_of(envelopes(alice)[-1].message)
    assert envelope_id == hashlib.sha256(envelopes(alice)[-1].message).digest()
    assert alice.store.envelopes.targets(envelope_id) == [scenes.device_id(carol)]
    talking.meet(pipe)
    assert alice.store.envelopes.get(envelope_id) is None


def test_an_envelope_goes_once_over_a_link() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    pipe.advance(20_000)
    sent = [e for e in alice.effects if isinstance(e, Transmit) and e.type == peer_frames.ENVELOPE]
    assert len(sent) == 1
    assert talking.texts(pipe, bob, "Alice") == ["hello"]


def test_a_long_backlog_goes_out_in_windows_and_all_of_it() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "first")
    talking.part(pipe, (alice, bob))
    texts = [f"{n:04}" for n in range(2 * outgoing.WINDOW + 7)]
    for text in texts:
        pipe.give(alice, commands.SendMessage("Bob", text))
    talking.meet(pipe)
    assert talking.texts(pipe, bob, "Alice") == ["first", *texts]


def test_hours_are_rounded_up() -> None:
    assert [outgoing.hours(Instant(at)) for at in (0, 1, HOUR, HOUR + 1)] == [0, 1, 1, 2]
