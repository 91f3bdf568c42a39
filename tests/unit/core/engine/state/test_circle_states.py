import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.state import circle_states
from coterie.core.kernel.ids import CircleId, ConversationId, from_base32
from coterie.core.trust.conversation_bodies import own_conversation_id, two_person_conversation_id
from coterie.core.trust.summary import decisions_digest, facts_digest
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def group(pipe: Pipe, node: Node, *persons: str) -> ConversationId:
    made = pipe.do(node, commands.CreateGroup("Plans", persons))
    pipe.run()
    return ConversationId(from_base32(made.id))  # type: ignore[attr-defined]


def test_a_set_read_from_the_store_equals_the_one_that_grew_in_memory() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    pipe.do(alice, commands.SetRole("Bob", "admin"))
    scope = group(pipe, alice, "Bob")
    for key in (scenes.circle_id(alice), scope):
        ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
        grown = circle_states.known(ctx, circle_id, key)
        digests = circle_states.digests(ctx, circle_id, key)
        people = circle_states.circle_state(ctx, circle_id).people
        ctx.memory.caches.clear()
        loaded = circle_states.known(ctx, circle_id, key)
        assert loaded is not grown
        assert set(loaded.decisions) == set(grown.decisions)
        assert (decisions_digest(loaded), facts_digest(loaded)) == digests
        assert circle_states.digests(ctx, circle_id, key) == digests
        assert circle_states.circle_state(ctx, circle_id).people == people


def test_states_are_kept_until_something_is_decided() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    state = circle_states.circle_state(ctx, circle_id)
    assert circle_states.circle_state(ctx, circle_id) is state
    pipe.do(alice, commands.SetRole("Bob", "admin"))
    assert circle_states.circle_state(ctx, circle_id) is not state


def test_devices_and_people_are_those_of_the_objects() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    devices = circle_states.active_devices(ctx, circle_id)
    assert devices[0] == scenes.device_id(alice)
    assert set(devices) == {scenes.device_id(node) for node in (alice, bob, carol)}
    assert circle_states.devices_of(ctx, circle_id, scenes.person_id(bob)) == (scenes.device_id(bob),)
    found = circle_states.active_device(ctx, circle_id, scenes.device_id(bob))
    assert found is not None
    assert found.person_id == scenes.person_id(bob)
    pipe.do(alice, commands.RemovePerson("Bob"))
    assert circle_states.active_device(ctx, circle_id, scenes.device_id(bob)) is None
    assert circle_states.devices_of(ctx, circle_id, scenes.person_id(bob)) == ()
    assert circle_states.active_device(ctx, circle_id, bytes(32)) is None


def test_the_people_of_a_conversation_follow_from_its_id_or_its_objects() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    scope = group(pipe, alice, "Bob")
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    a, b, c = (scenes.person_id(node) for node in (alice, bob, carol))
    two = two_person_conversation_id(circle_id, a, c)
    assert circle_states.people_of(ctx, circle_id, scope) == {a, b}
    assert circle_states.people_of(ctx, circle_id, two) == {a, c}
    assert circle_states.people_of(ctx, circle_id, own_conversation_id(circle_id, a)) == {a}
    assert circle_states.people_of(ctx, circle_id, ConversationId(bytes(32))) == set()
    pipe.do(alice, commands.RemovePerson("Bob"))
    assert circle_states.people_of(ctx, circle_id, scope) == {a}


def test_objects_go_only_to_whom_they_concern() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    scope = group(pipe, alice, "Bob")
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    with_bob = two_person_conversation_id(circle_id, scenes.person_id(alice), scenes.person_id(bob))
    for key, allowed in ((circle_id, (bob, carol)), (scope, (bob,)), (with_bob, (bob,)), (bytes(32), ())):
        for node in (bob, carol):
            assert circle_states.may_have(ctx, circle_id, key, scenes.device_id(node)) == (node in allowed)
    assert carol.store.objects.decisions(scope) == []
    assert bob.store.objects.decisions(scope) != []


def test_nothing_is_known_of_a_conversation_that_nobody_began() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    assert circle_states.known(ctx, circle_id, bytes(32)).decisions == {}
    assert circle_states.conversation_state(ctx, circle_id, ConversationId(bytes(32))) is None


def test_of_conversations_that_a_peer_makes_up_nothing_is_kept() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    before = set(pipe.context(alice).memory.caches)
    for number in range(20):
        scope = bytes(31) + bytes([number])
        for type_, frame in (
            (peer_frames.OBJECT_DIGEST, peer_frames.ObjectDigest(scope, bytes(32), bytes(32))),
            (peer_frames.OBJECT_SUMMARY, peer_frames.ObjectSummary(scope, (), ())),
            (peer_frames.WANT_OBJECTS, peer_frames.WantObjects(scope)),
            (peer_frames.OBJECTS, peer_frames.Objects(scope, ())),
        ):
            talking.hand(pipe, bob, alice, frame.encode(), type_)
    assert set(pipe.context(alice).memory.caches) == before


def test_a_circle_that_is_not_ours_is_a_defect() -> None:
    pipe = Pipe()
    with pytest.raises(LookupError):
        circle_states.circle_state(pipe.context(pipe.node("alice")), CircleId(bytes(32)))
