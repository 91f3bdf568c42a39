import pytest

from coterie.core.engine.ports import commands
from coterie.core.kernel.errors import UserError
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_the_same_seed_gives_the_same_frames() -> None:
    def frames(seed: int) -> list[tuple[int, bytes]]:
        pipe = Pipe(seed)
        scenes.pair(pipe)
        return [(frame.type, frame.body) for frame in pipe.log]

    assert frames(3) == frames(3)
    assert frames(3) != frames(4)


def test_a_refused_command_goes_to_its_caller_and_changes_nothing() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    with pytest.raises(UserError):
        pipe.do(alice, commands.CreateCircle("", "Alice"))
    assert alice.effects == []
    assert alice.store.events.last_id() == 0


def test_frames_can_be_altered_swallowed_and_cut_off() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.cut()
    pipe.settle()
    assert not pipe.linked(alice, bob)
    pipe.tamper = lambda frame: frame.body + b"x"
    pipe.run()
    assert not pipe.linked(alice, bob)
    pipe.tamper = None
    pipe.cut_after = pipe.frames + 2
    pipe.run()
    pipe.run()
    assert pipe.linked(alice, bob)
    assert pipe.cut_after is None


def test_a_stopped_node_hears_nothing_and_starts_again() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    boot = pipe.context(bob).memory.boot_id
    pipe.stop(bob)
    pipe.run()
    assert not bob.wires
    assert not pipe.linked(alice, bob)
    pipe.start(bob)
    pipe.run()
    assert pipe.linked(alice, bob)
    assert pipe.context(bob).memory.boot_id != boot


def test_nodes_apart_do_not_reach_each_other() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.apart.add(frozenset(("alice", "bob")))
    pipe.cut()
    pipe.run()
    assert not pipe.linked(alice, bob)


def test_clocks_may_differ() -> None:
    pipe = Pipe()
    pipe.clocks["alice"] = 5
    alice = pipe.node("alice")
    assert scenes.found(pipe, alice).created_at == pipe.now + 5
