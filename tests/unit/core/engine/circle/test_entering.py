from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import entering, handshaking
from coterie.core.engine.circle.handshaking import Entrance
from coterie.core.engine.circle.pending import decode_pending
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.circles import Join
from coterie.core.engine.ports.inputs import Opened, Received
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.identity import signer
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.world import SECOND
from coterie.core.trust.bodies import DecisionBody
from coterie.core.trust.circle_acts import removal
from coterie.core.trust.circle_bodies import Admission, Recovery
from coterie.core.trust.objects import sign_decision
from coterie.core.wire.join_handshake import Admitted, Granted, InviterShown
from coterie.core.wire.join_states import JoinFrame
from coterie.testing import scenes
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Frame, Node


def until(pipe: Pipe, alice: Node, bob: Node, frame_type: JoinFrame) -> Entrance:
    """Bob's side of a join whose next frame is of this type; it and what follows are not delivered."""
    link = scenes.invite(pipe, alice).link

    def hold(frame: Frame) -> bytes | None:
        return None if frame.source is alice and frame.type >= frame_type else frame.body

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


def code_of(work: Callable[..., None], *given: object) -> str:
    with pytest.raises(PeerError) as caught:
        work(*given)
    return caught.value.code


def signed(pipe: Pipe, node: Node, body: DecisionBody, scope: bytes = b"", issuer: bytes = b"") -> bytes:
    """A decision that this node's key signs, in its own place unless that is said to be elsewhere."""
    ctx, circle_id = pipe.context(node), scenes.circle_id(node)
    place = circle_states.known(ctx, circle_id, circle_id).place(scenes.device_id(node))
    place = replace(place, scope=scope or place.scope, issuer=issuer or place.issuer)
    return complete(sign_decision(place, body, ctx.now), signer(ctx, circle_id)).raw


def joining(frame_type: JoinFrame) -> tuple[Pipe, Node, Node, Entrance, Join]:
    """Alice, Bob, and his side of a join whose next frame is of this type."""
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    entrance = until(pipe, alice, bob, frame_type)
    join = bob.store.circles.join_of(entrance.invitation_id)
    assert join is not None
    return pipe, alice, bob, entrance, join


def test_T022_an_inviter_that_shows_a_certificate_without_its_key_is_refused() -> None:
    pipe, alice, bob, entrance, join = joining(JoinFrame.INVITER_PROOF)
    state = circle_states.circle_state(pipe.context(alice), scenes.circle_id(alice))
    shown = InviterShown(state.devices[scenes.device_id(alice)].certificate.raw, b"transcript", bytes(64))
    assert code_of(entering._inviter_shown, pipe.context(bob), entrance, join, shown) == "bad-signature"


def test_T033_only_the_grant_of_the_invitation_is_consented_to() -> None:
    pipe, alice, bob, entrance, join = joining(JoinFrame.GRANT)
    [own] = circle_states.circle_state(pipe.context(alice), scenes.circle_id(alice)).grants.values()
    forgeries = {
        signed(pipe, alice, replace(own.grant, invitation_key=bytes([9]) * 32)): "wrong-grant",
        signed(pipe, alice, replace(own.grant, expiry=own.grant.expiry + 1)): "wrong-grant",
        signed(pipe, alice, Recovery(bytes(32))): "wrong-grant",
        signed(pipe, alice, own.grant, issuer=bytes([9]) * 32): "wrong-issuer",
        signed(pipe, alice, own.grant, scope=bytes([9]) * 32): "wrong-scope",
    }
    for raw, code in forgeries.items():
        assert code_of(entering._granted, pipe.context(bob), entrance, join, Granted(raw)) == code
    assert entrance.grant == b""


def test_T033_only_ones_own_admission_by_the_same_grant_is_taken() -> None:
    pipe, alice, _, entrance, join = joining(JoinFrame.ADMISSION)
    state = circle_states.circle_state(pipe.context(alice), scenes.circle_id(alice))
    own = next(grant.admission for grant in state.grants.values() if grant.admission is not None)
    assert isinstance(own.body, Admission)
    other = state.devices[scenes.device_id(alice)].certificate
    for body in (replace(own.body, certificate=other), replace(own.body, grant_id=bytes(32)), Recovery(bytes(32))):
        assert code_of(entering._admitted, entrance, join, Admitted(signed(pipe, alice, body))) == "wrong-admission"
    assert entrance.admission == b""
    entering._admitted(entrance, join, Admitted(own.raw))
    assert entrance.admission == own.raw


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
