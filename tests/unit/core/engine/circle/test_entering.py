import pytest

from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import entering, handshaking
from coterie.core.engine.circle.handshaking import Entrance
from coterie.core.engine.circle.pending import decode_pending
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.inputs import Opened, Received
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.identity import signer
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.world import SECOND
from coterie.core.trust.circle_acts import removal
from coterie.core.trust.objects import sign_decision
from coterie.core.wire.join_states import JoinFrame
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Frame, Node


def until(pipe: Pipe, alice: Node, bob: Node, frame_type: JoinFrame) -> Entrance:
    """Bob's side of a join whose next frame, which is not delivered, is of this type."""
    link = scenes.invite(pipe, alice).link

    def hold(frame: Frame) -> bytes | None:
        return None if frame.type == frame_type else frame.body

    pipe.tamper = hold
    pipe.do(bob, commands.StartJoin(link, "Bob"))
    pipe.tamper = None
    found = [h for h in pipe.context(bob).memory.handshakes.values() if isinstance(h, Entrance)]
    return found[0]


def test_the_whole_set_is_handed_over_and_held() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(alice)
    one, other = (circle_states.known(pipe.context(node), circle_id, circle_id) for node in (alice, bob))
    assert set(one.decisions) == set(other.decisions)
    assert circle_states.circle_state(pipe.context(bob), circle_id).is_active(scenes.device_id(bob))


def test_nothing_is_believed_before_everything_is_here() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    entrance = until(pipe, alice, bob, JoinFrame.OBJECTS_END)
    assert entrance.objects
    assert not bob.store.circles.all()
    assert not bob.store.objects.decisions(entrance.circle_id)


def test_objects_with_a_hole_are_refused() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    entrance = until(pipe, alice, bob, JoinFrame.OBJECTS_END)
    del entrance.objects[0]
    join = bob.store.circles.join_of(entrance.invitation_id)
    assert join is not None
    with pytest.raises(PeerError):
        entering._handed_over(pipe.context(bob), entrance, join)
    assert not bob.store.circles.all()


def test_T056_a_set_that_shows_the_inviter_removed_is_refused_by_the_joiner() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    carol = pipe.node("carol")
    entrance = until(pipe, bob, carol, JoinFrame.OBJECTS_END)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    state = circle_states.circle_state(ctx, circle_id)
    body = removal(state, scenes.device_id(alice), scenes.person_id(bob))
    place = circle_states.known(ctx, circle_id, circle_id).place(scenes.device_id(alice))
    gone = complete(sign_decision(place, body, ctx.now), signer(ctx, circle_id))
    entrance.objects.append(gone.raw)
    join = carol.store.circles.join_of(entrance.invitation_id)
    assert join is not None
    entering._handed_over(pipe.context(carol), entrance, join)
    assert scenes.state_of_join(carol).code == "inviter-not-authorised"
    assert not carol.store.circles.all()


def test_a_join_keeps_the_port_that_its_endpoint_has() -> None:
    pipe = Pipe()
    _, bob = scenes.pair(pipe)
    key = bob.store.circles.keys(scenes.circle_id(bob), "endpoint")[0]
    assert key.port == pipe.context(bob).memory.bound[scenes.circle_id(bob), False][0] > 0


def test_a_connection_to_a_door_without_a_join_is_refused() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    event = Opened(99, scenes.circle_id(bob), True, EndpointId(bytes(32)), True)
    with pytest.raises(PeerError) as caught:
        entering.opened(pipe.context(bob), event)
    assert caught.value.code == "already-member"
    carol = pipe.node("carol")
    with pytest.raises(PeerError) as caught:
        entering.opened(pipe.context(carol), Opened(99, scenes.circle_id(alice), True, EndpointId(bytes(32)), True))
    assert caught.value.code == "no-join"


def test_frames_after_a_stopped_join_are_refused() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    entrance = until(pipe, alice, bob, JoinFrame.GRANT)
    join = bob.store.circles.join_of(entrance.invitation_id)
    assert join is not None
    bob.store.circles.put_join(type(join)(**{n: getattr(join, n) for n in join.__slots__} | {"state": "refused"}))
    pipe.give(bob, Received(entrance.conn, JoinFrame.GRANT, b"x"))
    assert bob.errors[-1].code == "no-join"
    pipe.settle()
    assert handshaking.of(pipe.context(bob), entrance.conn) is None


def test_a_card_that_waited_for_a_week_is_made_anew() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, seconds=20 * 24 * 3600, approve=True)
    scenes.join(pipe, bob, made.link, "Bob")
    first = decode_pending(bob.store.circles.joins()[0].pending).card
    pipe.advance(17 * 24 * 3600 * SECOND)
    pipe.do(alice, commands.ApproveInvitation(made.id))
    assert scenes.join(pipe, bob, made.link, "Bob").state == "joined"
    card = circle_states.card_of(pipe.context(alice), scenes.circle_id(alice), scenes.device_id(bob))
    assert card is not None
    assert card.raw != first
    assert card.revision == 2


def test_a_joiner_has_a_name_there_as_soon_as_it_is_in() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    pipe.tamper = lambda frame: None if frame.type == JoinFrame.ACKNOWLEDGEMENT else frame.body
    pipe.give(bob, commands.StartJoin(link, "Bob"))
    pipe.settle()
    assert set(scenes.people(pipe, alice)) >= {"Alice", "Bob"}
