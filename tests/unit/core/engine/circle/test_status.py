from coterie.core.engine.circle import status
from coterie.core.engine.ports import commands
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.world import NEVER
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_every_peer_is_shown_linked_or_not() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    pipe.stop(carol)
    pipe.settle()
    shown = {peer.person: peer for peer in status.peers(pipe.context(alice))}
    assert set(shown) == {"Bob", "Carol"}
    assert shown["Bob"].linked
    assert shown["Bob"].since > NEVER
    assert not shown["Carol"].linked
    assert shown["Carol"].since == NEVER
    assert {peer.circle for peer in shown.values()} == {to_base32(scenes.circle_id(alice))}


def test_a_circle_that_we_left_has_no_peers() -> None:
    pipe = Pipe()
    _, bob = scenes.pair(pipe)
    pipe.do(bob, commands.LeaveCircle(scenes.CIRCLE))
    assert status.peers(pipe.context(bob)) == ()
