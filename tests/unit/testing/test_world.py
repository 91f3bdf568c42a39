import pytest

from coterie.core.engine.ports import effects as fx
from coterie.core.engine.ports.commands import Command, CreateCircle, SendMessage
from coterie.core.engine.ports.inputs import Input, Received
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.world import Instant
from coterie.core.wire import peer_frames
from coterie.testing import scenario
from coterie.testing.ledger import Ledger
from coterie.testing.world import SILENCE, START, Weather, World, WorldNode

PAIR = {"a": "b", "b": "a"}


def pair(seed: int = 1) -> tuple[World, WorldNode, WorldNode]:
    world = World(seed)
    a, b = scenario.circle(world, "ab")
    return world, a, b


def envelopes(world: World, target: WorldNode) -> list[bytes]:
    """From here on every envelope that this node is handed."""
    seen: list[bytes] = []

    def look(node: WorldNode, event: Input | Command) -> None:
        if node is target and isinstance(event, Received) and event.type == peer_frames.ENVELOPE:
            seen.append(event.body)

    world.on_step = look
    return seen


def test_time_passes_only_when_it_is_let_to_and_what_is_due_happens_in_order() -> None:
    world = World(1)
    happened: list[tuple[str, int]] = []
    world.later(20, lambda: happened.append(("late", world.now - START)))
    world.later(10, lambda: happened.append(("early", world.now - START)))
    world.later(20, lambda: happened.append(("last", world.now - START)))
    assert happened == []
    world.run(15)
    assert happened == [("early", 10)]
    world.run(15)
    assert happened == [("early", 10), ("late", 20), ("last", 20)]
    assert world.now == START + 30


def test_a_refused_command_changes_nothing() -> None:
    world = World(1)
    node = world.node("a")
    with pytest.raises(UserError):
        world.do(node, CreateCircle("", "a"))
    assert node.vault.store.circles.all() == []


def test_one_seed_is_one_world() -> None:
    def history(seed: int) -> list[tuple[str, str]]:
        steps: list[tuple[str, str]] = []
        world = World(seed)
        world.on_step = lambda node, event: steps.append((node.name, repr(event)))
        scenario.circle(world, "ab")
        return steps

    assert history(5) == history(5)
    assert history(5) != history(6)


def test_a_message_waits_while_two_are_apart() -> None:
    world, a, b = pair()
    world.apart.add(frozenset("ab"))
    ledger = Ledger(world)
    ledger.send(a, "b", "hello", PAIR)
    world.run(60_000)
    assert "hello" not in ledger.texts_at("b")
    world.apart.clear()
    world.run(60_000)
    assert ledger.faults() == []
    assert b.faults == []


def test_what_is_duplicated_arrives_twice_and_is_shown_once() -> None:
    world, a, b = pair()
    world.run(5_000)
    ledger = Ledger(world)
    ledger.send(a, "b", "first", PAIR)
    world.run(5_000)
    seen = envelopes(world, b)
    world.weather = Weather(duplicate=1.0)
    ledger.send(a, "b", "hello", PAIR)
    world.run(1_000)
    world.calm()
    world.run(20_000)
    assert len(seen) > len(set(seen)) > 0
    assert ledger.faults() == []


def test_what_is_dropped_is_noticed_and_comes_again() -> None:
    world, a, b = pair()
    ledger = Ledger(world)
    ledger.send(a, "b", "first", PAIR)
    world.run(5_000)
    seen = envelopes(world, b)
    world.weather = Weather(drop=1.0)
    ledger.send(a, "b", "hello", PAIR)
    world.run(500)
    assert seen == []
    world.calm()
    world.run(SILENCE + 60_000)
    assert seen
    assert ledger.faults() == []


def test_a_killed_process_loses_its_memory_and_keeps_its_vault() -> None:
    world, a, _ = pair()
    life, engine = a.life, a.engine
    world.kill(a)
    assert not a.up
    assert (a.life, a.ends, a.timers, a.watches, a.endpoints) == (life + 1, {}, {}, {}, {})
    world.start(a)
    assert a.engine is not engine
    assert len(a.vault.store.circles.all()) == 1
    world.run(20_000)
    assert a.ends


def test_a_kill_comes_after_the_commit_and_before_the_effects() -> None:
    world, a, b = pair()
    world.weather = Weather(kill=1.0)
    world.do(a, SendMessage("b", "hello"))
    world.run(200)
    assert not b.up
    world.weather = Weather()
    world.run(30_000)
    assert b.up


def test_calm_brings_everybody_back() -> None:
    world, a, b = pair()
    world.kill(b)
    world.apart.add(frozenset("ab"))
    world.weather = Weather(drop=1.0)
    world.calm()
    assert b.up
    assert not world.apart
    assert world.weather == Weather()
    assert a.up


def test_an_old_timer_does_not_fire_for_a_new_process() -> None:
    world, a, _ = pair()
    world._perform(a, (fx.SetTimer("circle/nothing", Instant(START + 10**9)),))
    assert "circle/nothing" in a.timers
    world.kill(a)
    world.start(a)
    assert "circle/nothing" not in a.timers
