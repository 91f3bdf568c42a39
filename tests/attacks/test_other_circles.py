"""Somebody of one circle asks after another circle of the same node, or hands over its objects (PROTOCOL 1, T023, T041).

A person is somebody else in each circle. Whoever is in one and knows ids of another must not find out that one node
is in both: it gets, byte for byte, what it would get for an id that nobody has ever heard of.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.ports import effects as fx
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.kernel.ids import CircleId, ConversationId, EpochId
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node
from coterie.testing.vault_rows import rows_of

NOBODYS = bytes(range(32))
"""A scope that does not exist."""


@dataclass(frozen=True, slots=True)
class TwoCircles:
    """Alice is in both; Bob is in the first only, Carol in the second, in which there is a group."""

    pipe: Pipe
    alice: Node
    bob: Node
    carol: Node
    second: CircleId
    group: Conversation


@pytest.fixture
def two_circles() -> TwoCircles:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    scenes.found(pipe, alice, "Alicia", "Other")
    carol = pipe.node("carol")
    scenes.join(pipe, carol, scenes.invite(pipe, alice, "Other").link, "Carol")
    pipe.run()
    pipe.advance(3_000)
    talking.group(pipe, alice, "Carol")
    talking.say(pipe, alice, "Group", "for Carol only")
    return TwoCircles(pipe, alice, bob, carol, scenes.circle_id(carol), talking.conversation_of(carol, "group"))


Ask = Callable[[bytes, tuple[bytes, ...]], tuple[int, bytes]]


def object_digest(scope: bytes, objects: tuple[bytes, ...]) -> tuple[int, bytes]:
    return peer_frames.OBJECT_DIGEST, peer_frames.ObjectDigest(scope, bytes(32), bytes(32)).encode()


def object_summary(scope: bytes, objects: tuple[bytes, ...]) -> tuple[int, bytes]:
    return peer_frames.OBJECT_SUMMARY, peer_frames.ObjectSummary(scope, (), ()).encode()


def want_objects(scope: bytes, objects: tuple[bytes, ...]) -> tuple[int, bytes]:
    return peer_frames.WANT_OBJECTS, peer_frames.WantObjects(scope).encode()


def no_objects(scope: bytes, objects: tuple[bytes, ...]) -> tuple[int, bytes]:
    return peer_frames.OBJECTS, peer_frames.Objects(scope, ()).encode()


def conversation_digest(scope: bytes, objects: tuple[bytes, ...]) -> tuple[int, bytes]:
    frame = peer_frames.ConversationDigest(ConversationId(scope), bytes(32))
    return peer_frames.CONVERSATION_DIGEST, frame.encode()


def have(scope: bytes, objects: tuple[bytes, ...]) -> tuple[int, bytes]:
    frame = peer_frames.Have(ConversationId(scope), bytes(16), 0, EpochId(bytes(32)), ())
    return peer_frames.HAVE, frame.encode()


def its_objects(scope: bytes, objects: tuple[bytes, ...]) -> tuple[int, bytes]:
    return peer_frames.OBJECTS, peer_frames.Objects(scope, objects).encode()


def answers(story: TwoCircles, frame_type: int, body: bytes) -> list[tuple[int, bytes]]:
    """What Alice says to Bob when he sends this, in order."""
    before = len(story.alice.effects)
    talking.hand(story.pipe, story.bob, story.alice, body, frame_type)
    said = [each for each in story.alice.effects[before:] if isinstance(each, fx.Transmit)]
    return [(each.type, each.body) for each in said]


@pytest.mark.parametrize("ask", [object_digest, object_summary, want_objects, no_objects, conversation_digest, have])
def test_T041_another_circle_of_the_node_is_nobodys(two_circles: TwoCircles, ask: Ask) -> None:
    before = rows_of(two_circles.alice)
    unknown = answers(two_circles, *ask(NOBODYS, ()))
    for scope in (two_circles.second, two_circles.group.conversation_id):
        found = answers(two_circles, *ask(scope, ()))
        assert [(kind, body.replace(scope, NOBODYS)) for kind, body in found] == unknown
    assert rows_of(two_circles.alice) == before
    assert two_circles.pipe.linked(two_circles.alice, two_circles.bob)
    assert not two_circles.alice.errors


@pytest.mark.parametrize("which", ["circle", "group"])
def test_T023_objects_of_another_circle_are_not_taken(two_circles: TwoCircles, which: str) -> None:
    scope = two_circles.second if which == "circle" else two_circles.group.conversation_id
    objects = tuple(each.data for each in two_circles.alice.store.objects.decisions(scope))
    assert objects
    before = rows_of(two_circles.alice)
    answers(two_circles, *its_objects(scope, objects))
    assert rows_of(two_circles.alice) == before


@pytest.mark.parametrize("ask", [object_digest, object_summary, want_objects, conversation_digest, have])
def test_T041_the_circle_itself_is_no_conversation(two_circles: TwoCircles, ask: Ask) -> None:
    own = scenes.circle_id(two_circles.bob)
    answers(two_circles, *ask(own, ()))
    assert two_circles.pipe.linked(two_circles.alice, two_circles.bob)
    assert not two_circles.alice.errors


@pytest.mark.parametrize("frame", [peer_frames.ENVELOPE, peer_frames.PARCEL])
def test_T041_messages_of_another_circle_are_not_taken_on_this_ones_link(two_circles: TwoCircles, frame: int) -> None:
    before = rows_of(two_circles.alice)
    for body in talking.sent(two_circles.alice, frame) + talking.sent(two_circles.carol, frame):
        assert answers(two_circles, frame, body) == []
    assert rows_of(two_circles.alice) == before


def test_the_other_circle_goes_on(two_circles: TwoCircles) -> None:
    for ask in (object_digest, want_objects, conversation_digest, its_objects):
        for scope in (two_circles.second, two_circles.group.conversation_id):
            objects = tuple(each.data for each in two_circles.alice.store.objects.decisions(scope))
            answers(two_circles, *ask(scope, objects))
            two_circles.pipe.run()
    two_circles.pipe.do(two_circles.alice, commands.SetRole("Carol", "admin"))
    assert scenes.people(two_circles.pipe, two_circles.carol)["Carol"].role == "admin"
    talking.say(two_circles.pipe, two_circles.alice, "Group", "still here")
    assert talking.texts(two_circles.pipe, two_circles.carol, "Group") == ["for Carol only", "still here"]
