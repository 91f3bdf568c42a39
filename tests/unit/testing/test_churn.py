"""The churn must be able to find fault: with what waits, and with what is said to be there and is not."""

import pytest

from coterie.core.engine.ports.commands import CreateGroup, RemoveFromGroup
from coterie.testing import scenario
from coterie.testing.churn import GROUP, Churn, churn
from coterie.testing.world import World


def told() -> Churn:
    world = World(1)
    a, b, _ = scenario.circle(world, "abc")
    story = Churn(world)
    story.do(a, CreateGroup(GROUP, ("b", "c")))
    world.run(10_000)
    story.send(a, "one")
    story.send(b, "two")
    world.run(20_000)
    return story


def test_all_is_well() -> None:
    story = told()
    story.compare()
    story.everybody_hears_everybody()
    assert story.faults == []
    assert story.inside() == {"a", "b", "c"}
    assert churn(1, turns=5) == []


def test_what_waits_is_found() -> None:
    story = told()
    story.world.apart.add(frozenset("ab"))
    story.send(story.world.nodes["a"], "not delivered")
    story.compare()
    assert ["not delivered of a is still" in fault for fault in story.faults] == [True]


def test_what_is_said_to_be_there_and_is_not_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    story = told()
    log = Churn.log
    monkeypatch.setattr(Churn, "log", lambda self, node: [] if node.name == "c" else log(self, node))
    story.compare()
    assert sorted(story.faults) == ["c lacks one", "c lacks two"]


def test_only_who_may_changes_who_is_in() -> None:
    story = told()
    story.do(story.world.nodes["b"], RemoveFromGroup(GROUP, ("c",)))
    assert story.inside() == {"a", "b", "c"}


def test_a_machine_that_is_off_does_nothing() -> None:
    story = told()
    story.world.kill(story.world.nodes["b"])
    assert story.send(story.world.nodes["b"], "from beyond") == ""
    assert story.do(story.world.nodes["b"], RemoveFromGroup(GROUP, ("c",))) is None
