import pytest

from coterie.core.engine.circle import sync
from coterie.core.engine.ports import commands
from coterie.core.engine.state import circle_states
from coterie.core.wire import peer_frames
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

CREATED_AT = 1 + 2 + 32 + 32 + 7
"""The last byte of an object's time."""


def digests(pipe: Pipe, node: Node) -> tuple[bytes, bytes]:
    circle_id = scenes.circle_id(node)
    return circle_states.digests(pipe.context(node), circle_id, circle_id)


def test_three_members_know_each_other_through_objects_alone() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    assert pipe.linked(bob, carol)
    assert pipe.linked(alice, bob)
    assert pipe.linked(alice, carol)
    for node in (alice, bob, carol):
        assert set(scenes.people(pipe, node)) == {"Alice", "Bob", "Carol"}
        assert not node.errors
    assert scenes.people(pipe, bob)["Carol"].admitted_by == "Alice"
    circle_id = scenes.circle_id(bob)
    assert bob.store.peers.key_package_count(circle_id, scenes.device_id(carol)) == 2
    assert carol.store.peers.key_package_count(circle_id, scenes.device_id(bob)) == 2
    assert circle_states.card_of(pipe.context(bob), circle_id, scenes.device_id(carol)) is not None


def test_linked_devices_come_to_hold_the_same_objects() -> None:
    pipe = Pipe()
    nodes = scenes.trio(pipe)
    pipe.advance(10_000)
    assert len({digests(pipe, node) for node in nodes}) == 1
    for node in nodes:
        for link in pipe.context(node).links.of_circle(scenes.circle_id(node)):
            assert link.heard_objects[scenes.circle_id(node)][0] == digests(pipe, node)[0]


def test_a_decision_reaches_a_device_that_is_not_linked_with_its_author() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    pipe.apart.add(frozenset(("alice", "carol")))
    pipe.cut()
    pipe.run()
    assert not pipe.linked(alice, carol)
    pipe.do(alice, commands.SetRole("Bob", "admin"))
    assert scenes.people(pipe, carol)["Bob"].role == "admin"


def test_what_was_decided_apart_is_exchanged_when_devices_meet_again() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    pipe.stop(carol)
    pipe.do(alice, commands.SetRole("Bob", "admin"))
    pipe.stop(alice)
    pipe.start(carol)
    pipe.run()
    assert scenes.people(pipe, carol)["Bob"].role == "admin"


def test_at_rest_nothing_more_is_said() -> None:
    pipe = Pipe()
    scenes.trio(pipe)
    pipe.advance(30_000)
    before = pipe.frames
    pipe.advance(3_600_000)
    assert pipe.frames == before


def test_a_forged_object_ends_the_link_and_changes_nothing() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(alice)
    raw = alice.store.objects.decisions(circle_id)[-1].data
    forged = raw[:CREATED_AT] + bytes([raw[CREATED_AT] ^ 1]) + raw[CREATED_AT + 1 :]
    before = digests(pipe, bob)
    conn = next(iter(bob.wires))
    frame = peer_frames.Objects(circle_id, (forged,))
    pipe.inject(bob, conn, peer_frames.OBJECTS, frame.encode())
    assert bob.errors[-1].code == "bad-signature"
    assert not pipe.linked(alice, bob)
    assert digests(pipe, bob) == before


@pytest.mark.parametrize("count", [1, 3])
def test_an_object_with_a_hole_before_it_waits_and_is_asked_for(count: int) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.apart.add(frozenset(("alice", "bob")))
    pipe.cut()
    for _ in range(count):
        scenes.invite(pipe, alice)
    circle_id = scenes.circle_id(alice)
    newest = max(
        (s for s in alice.store.objects.decisions(circle_id) if s.issuer == scenes.device_id(alice)),
        key=lambda s: s.number,
    )
    known = len(bob.store.objects.decisions(circle_id))
    sync.take(pipe.context(bob), circle_id, circle_id, [newest.data], None)
    assert len(bob.store.objects.waiting(circle_id)) == (0 if count == 1 else 1)
    pipe.apart.clear()
    pipe.run()
    assert len(bob.store.objects.decisions(circle_id)) == known + count
    assert bob.store.objects.waiting(circle_id) == []
