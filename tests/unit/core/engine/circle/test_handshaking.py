from coterie.core.engine.circle import handshaking
from coterie.core.engine.circle.handshaking import Knock, Listening
from coterie.core.engine.ports.effects import CloseConnection, Transmit
from coterie.core.kernel.limits import HANDSHAKE_FRAME_SECONDS, HANDSHAKE_SECONDS
from coterie.core.kernel.world import SECOND
from coterie.core.wire.frames import Frame as WireFrame
from coterie.core.wire.join_states import JoinFrame
from coterie.core.wire.link_states import LinkFrame
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_a_silent_handshake_at_the_door_is_ended_after_ten_seconds() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    pipe.tamper = lambda frame: None if frame.type == JoinFrame.ENCAPSULATION else frame.body
    scenes.join(pipe, bob, link, "Bob")
    knocks = [h for h in pipe.context(alice).memory.handshakes.values() if isinstance(h, Knock)]
    bob.watches.clear()
    assert len(knocks) <= 1
    pipe.advance(HANDSHAKE_FRAME_SECONDS * SECOND)
    assert not alice.wires
    assert not [h for h in pipe.context(alice).memory.handshakes.values() if isinstance(h, Knock)]


def test_a_silent_link_handshake_is_ended_too() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.cut()
    pipe.settle()
    pipe.tamper = lambda frame: None if frame.type == LinkFrame.HELLO else frame.body
    pipe.run()
    waiting = handshaking.all_of(pipe.context(alice), scenes.circle_id(alice))
    assert any(isinstance(handshake, Listening) for handshake in waiting)
    pipe.tamper = None
    pipe.advance(HANDSHAKE_FRAME_SECONDS * SECOND)
    assert pipe.linked(alice, bob)
    assert not handshaking.all_of(pipe.context(alice), scenes.circle_id(alice))


def test_a_handshake_that_goes_on_for_thirty_seconds_is_ended() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    pipe.cut()
    pipe.settle()
    pipe.tamper = lambda _: None
    pipe.run()
    ctx = pipe.context(alice)
    handshake = handshaking.all_of(ctx, scenes.circle_id(alice))[0]
    ctx.now = type(ctx.now)(handshake.began + HANDSHAKE_SECONDS * SECOND - 1)
    handshake.last = ctx.now
    handshaking.timed_out(ctx, handshake.conn)
    assert not any(isinstance(effect, CloseConnection) for effect in ctx.effects)
    ctx.now = type(ctx.now)(ctx.now + 1)
    handshaking.timed_out(ctx, handshake.conn)
    assert CloseConnection(handshake.conn, "handshake-too-slow") in ctx.effects


def test_a_timer_of_a_finished_handshake_does_nothing() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    handshaking.timed_out(ctx, 12345)
    assert ctx.effects == []


def test_frames_go_out_in_order_and_an_end_closes_after_them() -> None:
    pipe = Pipe()
    ctx = pipe.context(pipe.node("alice"))
    handshaking.transmit(ctx, 7, (WireFrame(1, b"a"), WireFrame(2, b"b")))
    handshaking.end(ctx, 7, "done")
    assert ctx.effects == [Transmit(7, 1, b"a"), Transmit(7, 2, b"b"), CloseConnection(7, "done")]
