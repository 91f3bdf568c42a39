from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import offering
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.state import circle_states, identity
from coterie.core.kernel.ids import ObjectId
from coterie.core.trust.conversation_bodies import Leave
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import Place, sign_decision
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def digests(pipe: Pipe, node: Node) -> tuple[bytes, bytes]:
    circle_id = scenes.circle_id(node)
    return circle_states.digests(pipe.context(node), circle_id, circle_id)


def crowd(pipe: Pipe, size: int) -> list[Node]:
    """Alice, who founded the circle, and as many more, admitted by her; all linked and all of one mind."""
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    for number in range(size):
        scenes.join(pipe, pipe.node(f"m{number}"), scenes.invite(pipe, alice).link, f"M{number}")
    pipe.run()
    pipe.advance(10_000)
    return list(pipe.nodes.values())


def test_in_a_crowd_a_decision_of_somebody_else_is_handed_on_to_a_few_and_offered_to_the_rest() -> None:
    pipe = Pipe()
    alice, *others = crowd(pipe, 10)
    for other in others[1:]:
        pipe.apart.add(frozenset((alice.name, other.name)))
    pipe.cut()
    pipe.run()
    start = len(pipe.log)
    pipe.do(alice, commands.SetRole("M3", "guest"))
    pipe.advance(20_000)
    for node in others:
        assert scenes.people(pipe, node)["M3"].role == "guest"
        handed = [f for f in pipe.log[start:] if f.source is node and f.type == peer_frames.OBJECTS]
        assert len(handed) <= offering.HAND_ON + 3
    assert len({digests(pipe, node) for node in others}) == 1


def test_who_has_said_that_it_has_the_same_is_offered_nothing() -> None:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    pipe.advance(10_000)
    before = len(pipe.log)
    circle_id = scenes.circle_id(alice)
    offering.gossip(pipe.context(alice), circle_id, circle_id)
    pipe.settle()
    assert pipe.log[before:] == []
    for link in pipe.context(alice).links.of_circle(circle_id):
        link.heard_objects.pop(circle_id)
    ctx = pipe.context(alice)
    offering.gossip(ctx, circle_id, circle_id)
    assert len([effect for effect in ctx.effects if isinstance(effect, Transmit)]) == 2


def test_a_fact_of_others_travels_on_by_digests() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    pipe.apart.add(frozenset(("alice", "carol")))
    pipe.cut()
    pipe.run()
    circle_id, device_id = scenes.circle_id(alice), scenes.device_id(alice)
    pipe.advance(7 * 24 * 3_600_000)
    pipe.advance(10_000)
    cards = {
        stored.number
        for node in (alice, bob, carol)
        if (stored := node.store.objects.fact(circle_id, device_id, ObjectType.CARD, device_id)) is not None
    }
    assert len(cards) == 1
    assert cards.pop() >= 2


def test_objects_of_one_frame_are_bounded() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    link = ctx.links.of_circle(scenes.circle_id(alice))[0]
    offering.send(ctx, link, scenes.circle_id(alice), [bytes(100_000)] * 5)
    sizes = [len(effect.body) for effect in ctx.effects if isinstance(effect, Transmit)]
    assert len(sizes) == 3
    assert max(sizes) < offering.FRAME_BYTES + 100


def said(pipe: Pipe, node: Node, other: Node, type_: int, body: bytes) -> list[bytes]:
    """The summaries with which a node answers a frame of another one."""
    before = len(node.effects)
    talking.hand(pipe, other, node, body, type_)
    sent = [effect for effect in node.effects[before:] if isinstance(effect, Transmit)]
    return [effect.body for effect in sent if effect.type == peer_frames.OBJECT_SUMMARY]


def test_who_may_not_know_a_scope_is_asked_as_by_somebody_who_has_nothing() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob")
    talking.say(pipe, alice, "Bob", "not for Carol")
    pipe.advance(10_000)
    group, two = (talking.conversation_of(alice, kind).conversation_id for kind in ("group", "two"))
    circle_id = scenes.circle_id(alice)
    ctx = pipe.context(carol)
    place = Place(group, scenes.device_id(carol), 2, ObjectId(bytes(31) + b"\x01"))
    hole = complete(sign_decision(place, Leave(1, ()), ctx.now), identity.signer(ctx, circle_id))
    objects = peer_frames.Objects(group, (hole.raw,)).encode()
    nothing = peer_frames.ObjectSummary(group, (), ()).encode()
    assert said(pipe, alice, carol, peer_frames.OBJECTS, objects) == [nothing]
    assert circle_states.known(pipe.context(alice), circle_id, two).facts
    digest = peer_frames.ObjectDigest(two, bytes(32), bytes(32)).encode()
    nothing = peer_frames.ObjectSummary(two, (), ()).encode()
    assert said(pipe, alice, carol, peer_frames.OBJECT_DIGEST, digest) == [nothing]
    digest = peer_frames.ObjectDigest(group, bytes(32), bytes(32)).encode()
    (summary,) = said(pipe, alice, bob, peer_frames.OBJECT_DIGEST, digest)
    assert bytes(scenes.device_id(alice)) in summary
