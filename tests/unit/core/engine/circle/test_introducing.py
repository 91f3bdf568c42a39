import pytest

from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import introducing, issuing, sync
from coterie.core.engine.ports import commands
from coterie.core.engine.state import circle_states
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import EndpointId
from coterie.core.trust import circle_acts
from coterie.core.trust.object_types import ObjectType
from coterie.core.wire import peer_frames
from coterie.core.wire.introduction import Generation, Introduction, introduction_limit
from coterie.core.wire.link_states import LinkFrame
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def introduction_of(pipe: Pipe, node: Node) -> tuple[Introduction, EndpointId]:
    circle_id, device_id = scenes.circle_id(node), scenes.device_id(node)
    card = circle_states.card_of(pipe.context(node), circle_id, device_id)
    assert card is not None
    made = introducing.our_introduction(pipe.context(node), circle_id, card.raw)
    assert made is not None
    return made, EndpointId(node.store.circles.keys(circle_id, "endpoint")[0].public)


def line(pipe: Pipe, length: int) -> list[Node]:
    """Each was invited by the one before, while nobody else was there."""
    nodes = [pipe.node("person 0")]
    scenes.found(pipe, nodes[0], "Person 0")
    for number in range(1, length):
        node = pipe.node(f"person {number}")
        scenes.join(pipe, node, scenes.invite(pipe, nodes[-1]).link, f"Person {number}")
        pipe.stop(nodes[-1])
        nodes.append(node)
    return nodes


def test_a_device_that_nobody_knows_yet_is_let_in_by_its_introduction() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    carol = pipe.node("carol")
    pipe.stop(bob)
    scenes.join(pipe, carol, scenes.invite(pipe, alice).link, "Carol")
    pipe.stop(alice)
    pipe.start(bob)
    pipe.run()
    assert pipe.linked(bob, carol)
    assert any(frame.type == LinkFrame.INTRODUCTION for frame in pipe.log)
    assert scenes.people(pipe, bob)["Carol"].admitted_by == "Alice"


def test_a_line_of_four_generations_reaches_whom_nobody_told() -> None:
    pipe = Pipe()
    nodes = line(pipe, 5)
    pipe.start(nodes[0])
    pipe.run()
    pipe.run()
    assert pipe.linked(nodes[0], nodes[-1])
    assert len(scenes.people(pipe, nodes[0])) == 5


def test_an_introduction_fits_its_limit() -> None:
    pipe = Pipe()
    nodes = line(pipe, 6)
    made, _ = introduction_of(pipe, nodes[-1])
    assert len(made.generations) == 4
    assert len(made.encode()) <= introduction_limit(suite(1))


def test_an_introduced_device_gets_nothing_before_the_decisions_are_here() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    carol = pipe.node("carol")
    pipe.stop(bob)
    scenes.join(pipe, carol, scenes.invite(pipe, alice).link, "Carol")
    pipe.stop(alice)
    count = len(pipe.log)
    pipe.tamper = lambda frame: None if frame.type == peer_frames.OBJECTS else frame.body
    pipe.start(bob)
    pipe.run()
    link = pipe.context(bob).links.to(scenes.circle_id(bob), scenes.device_id(carol))
    assert link is not None
    assert not link.admitted
    said = [frame.type for frame in pipe.log[count:] if frame.source is bob and frame.type >= 0x40]
    assert said == [peer_frames.OBJECT_SUMMARY]
    assert carol.store.peers.key_package_count(scenes.circle_id(carol), scenes.device_id(bob)) == 0


def test_the_founder_needs_no_introduction() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    card = circle_states.card_of(pipe.context(alice), scenes.circle_id(alice), scenes.device_id(alice))
    assert card is not None
    assert introducing.our_introduction(pipe.context(alice), scenes.circle_id(alice), card.raw) is None


def judged(pipe: Pipe, node: Node, introduction: Introduction, remote: EndpointId) -> str:
    """The code of the refusal, or empty."""
    try:
        introducing.verify_introduction(pipe.context(node), scenes.circle_id(node), introduction, remote)
    except PeerError as error:
        return error.code
    return ""


def test_an_honest_introduction_is_believed_by_whoever_knows_its_beginning() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    made, endpoint = introduction_of(pipe, carol)
    assert judged(pipe, bob, made, endpoint) == ""


def altered(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def test_every_part_of_an_introduction_is_verified() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    made, endpoint = introduction_of(pipe, carol)
    step = made.generations[-1]
    bob_card = circle_states.card_of(pipe.context(bob), scenes.circle_id(bob), scenes.device_id(bob))
    assert bob_card is not None
    bad: list[Introduction] = [
        Introduction((Generation(altered(step.grant), step.admission),), made.card),
        Introduction((Generation(step.grant, altered(step.admission)),), made.card),
        Introduction((Generation(step.admission, step.grant),), made.card),
        Introduction((Generation(step.grant, step.grant),), made.card),
        Introduction(made.generations, altered(made.card)),
        Introduction(made.generations, bob_card.raw),
        Introduction((Generation(b"", b"", (made.card,)),), made.card),
    ]
    for introduction in bad:
        assert judged(pipe, bob, introduction, endpoint) != ""
    assert judged(pipe, bob, made, EndpointId(bytes(32))) == "wrong-endpoint"


def test_T030_the_removed_are_not_introduced_again() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    made, endpoint = introduction_of(pipe, carol)
    pipe.do(alice, commands.RemovePerson("Carol"))
    assert judged(pipe, bob, made, endpoint) == "not-a-member"


def test_T030_a_revoked_device_is_not_introduced_again() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    made, endpoint = introduction_of(pipe, carol)
    circle_id, device_id = scenes.circle_id(alice), scenes.device_id(carol)
    ctx = pipe.context(alice)
    body = circle_acts.revocation(circle_states.circle_state(ctx, circle_id), scenes.device_id(alice), device_id)
    revocation = issuing.decide(ctx, circle_id, circle_id, body)
    sync.take(pipe.context(bob), circle_id, circle_id, [revocation.raw], None)
    assert judged(pipe, bob, made, endpoint) == "not-a-member"


def test_an_introduction_from_an_unknown_circle_leads_nowhere() -> None:
    pipe = Pipe()
    _, bob = scenes.pair(pipe)
    other = Pipe(seed=2)
    _, stranger = scenes.pair(other)
    made, endpoint = introduction_of(other, stranger)
    assert judged(pipe, bob, made, endpoint) == "not-introduced"
    assert bob.store.objects.fact(scenes.circle_id(bob), scenes.device_id(stranger), ObjectType.CARD, b"") is None


@pytest.mark.parametrize("seed", [1, 2])
def test_an_introduction_is_only_said_until_a_link_stood(seed: int) -> None:
    pipe = Pipe(seed=seed)
    scenes.trio(pipe)
    pipe.cut()
    pipe.settle()
    count = len(pipe.log)
    pipe.run()
    assert not [frame for frame in pipe.log[count:] if frame.type == LinkFrame.INTRODUCTION]
