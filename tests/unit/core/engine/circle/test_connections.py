import pytest

from coterie.core.engine.circle import connections
from coterie.core.engine.ports.effects import CloseConnection
from coterie.core.engine.ports.inputs import Closed, Opened, Received
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, EndpointId
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


@pytest.mark.parametrize("dialled", [True, False])
def test_a_connection_of_a_circle_that_we_are_not_in_is_refused(dialled: bool) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    event = Opened(1, CircleId(bytes(32)), False, EndpointId(bytes(32)), dialled)
    with pytest.raises(PeerError) as caught:
        connections.opened(pipe.context(alice), event)
    assert caught.value.code == "not-a-member"


def test_a_frame_on_a_connection_that_is_over_only_closes_it() -> None:
    pipe = Pipe()
    ctx = pipe.context(pipe.node("alice"))
    connections.handshake_frame(ctx, Received(5, 1, b"late"))
    assert ctx.effects == [CloseConnection(5, "over")]


def test_a_door_that_is_not_there_lets_nobody_in() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    pipe.advance(4_000_000)
    event = Opened(77, scenes.circle_id(alice), True, EndpointId(bytes(32)), False)
    with pytest.raises(PeerError) as caught:
        connections.opened(pipe.context(alice), event)
    assert caught.value.code == "no-door"


def test_the_end_of_a_link_is_told_once() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    before = len(scenes.events(alice, "link-down"))
    conn = pipe.context(alice).links.of_circle(scenes.circle_id(alice))[0].conn
    ctx = pipe.context(alice)
    connections.closed(ctx, Closed(conn))
    connections.closed(ctx, Closed(conn))
    assert len(scenes.events(alice, "link-down")) == before + 1
    assert not ctx.links.of_circle(scenes.circle_id(alice))
    assert conn not in ctx.memory.handshakes


def test_the_end_of_an_unknown_connection_is_harmless() -> None:
    pipe = Pipe()
    ctx = pipe.context(pipe.node("alice"))
    connections.closed(ctx, Closed(99))
    assert ctx.effects == []
