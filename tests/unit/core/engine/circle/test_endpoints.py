from coterie.core.engine.circle import endpoints, watching
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import OpenEndpoint, WatchPeer
from coterie.core.engine.ports.inputs import EndpointBound
from coterie.core.trust.object_types import ObjectType
from coterie.core.wire.hints import relay_hint
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

HINT = bytes([4, 10, 0, 0, 1, 0x12, 0x34])
LONG = bytes([6]) + bytes(range(16)) + b"\x12\x34"


def address_revision(node: Node) -> int:
    stored = node.store.objects.fact(
        scenes.circle_id(node), scenes.device_id(node), ObjectType.ADDRESS, scenes.device_id(node)
    )
    return 0 if stored is None else stored.number


def test_the_address_is_told_when_it_changes_and_only_then() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(alice)
    before = address_revision(alice)
    assert before >= 1
    pipe.give(alice, EndpointBound(circle_id, False, 999, (HINT,)))
    pipe.settle()
    assert address_revision(alice) == before + 1
    assert watching.hints_of(pipe.context(bob), circle_id, scenes.device_id(alice)) == (HINT,)
    pipe.give(alice, EndpointBound(circle_id, False, 999, (HINT,)))
    assert address_revision(alice) == before + 1
    newest = [effect for effect in bob.effects if isinstance(effect, WatchPeer)][-1]
    assert newest.hints == (HINT,)


def test_the_port_is_kept_and_asked_for_again() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    pipe.give(alice, EndpointBound(scenes.circle_id(alice), False, 4711, (HINT,)))
    pipe.stop(alice)
    count = len(alice.effects)
    pipe.start(alice)
    opened = [effect for effect in alice.effects[count:] if isinstance(effect, OpenEndpoint) and not effect.door]
    assert [effect.port for effect in opened] == [4711]


def test_an_address_fact_holds_what_fits() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    pipe.settle()
    hints = tuple(LONG[:1] + bytes([number]) + LONG[2:] for number in range(20))
    pipe.give(alice, EndpointBound(scenes.circle_id(alice), False, 1, hints))
    told = watching.hints_of(pipe.context(alice), scenes.circle_id(alice), scenes.device_id(alice))
    assert told == hints[:13]


def test_the_relay_that_we_name_is_told_even_where_not_all_fits() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    relay = relay_hint("https://relay.example/")
    hints = tuple(LONG[:1] + bytes([number]) + LONG[2:] for number in range(20))
    pipe.give(alice, EndpointBound(scenes.circle_id(alice), False, 1, (relay, *hints)))
    pipe.settle()
    told = watching.hints_of(pipe.context(bob), scenes.circle_id(alice), scenes.device_id(alice))
    assert told == (relay, *hints[:12])


def test_a_start_dials_everybody_again() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    pipe.stop(alice)
    pipe.start(alice)
    assert {watch.device_id for watch in alice.watches.values()} == {scenes.device_id(bob), scenes.device_id(carol)}
    pipe.run()
    assert pipe.linked(alice, bob)
    assert pipe.linked(alice, carol)


def test_a_start_opens_nothing_in_a_circle_that_removed_us() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.do(alice, commands.RemovePerson("Bob"))
    pipe.stop(bob)
    count = len(bob.effects)
    pipe.start(bob)
    assert [effect for effect in bob.effects[count:] if isinstance(effect, OpenEndpoint | WatchPeer)] == []


def test_nothing_is_told_before_anything_is_bound() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    pipe.give(alice, commands.CreateCircle("Club", "Alice", 1))
    endpoints.tell_address(pipe.context(alice), scenes.circle_id(alice))
    assert address_revision(alice) == 0


def test_what_is_bound_for_a_join_is_not_told_to_anybody() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    pipe.stop(alice)
    scenes.join(pipe, bob, link, "Bob")
    circle_id = scenes.circle_id(alice)
    assert pipe.context(bob).memory.bound[circle_id, False][0] > 0
    assert bob.store.objects.facts(circle_id) == []
