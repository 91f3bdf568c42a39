import pytest

from coterie.core.engine.circle import watching
from coterie.core.engine.ports.effects import ForgetPeer, WatchPeer
from coterie.core.kernel.ids import DeviceId
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_active_devices_of_others_are_watched_by_their_cards_and_addresses() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    watching.watch_all(ctx, circle_id)
    [watch] = [effect for effect in ctx.effects if isinstance(effect, WatchPeer)]
    assert watch.device_id == scenes.device_id(bob)
    assert watch.endpoint_id == bob.store.circles.keys(circle_id, "endpoint")[0].public
    assert watch.hints == pipe.context(bob).memory.bound[circle_id, False][1]
    assert not watch.door


@pytest.mark.parametrize("own", [True, False])
def test_neither_we_nor_strangers_are_watched(own: bool) -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    device_id = scenes.device_id(alice) if own else DeviceId(bytes(32))
    watching.watch(ctx, scenes.circle_id(alice), device_id)
    assert ctx.effects == []


def test_forgetting_is_told_to_the_shell() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx = pipe.context(alice)
    watching.forget(ctx, scenes.circle_id(alice), scenes.device_id(bob))
    assert ctx.effects == [ForgetPeer(scenes.circle_id(alice), scenes.device_id(bob))]
