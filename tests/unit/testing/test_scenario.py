import random

import pytest

from coterie.core.engine.ports.commands import CreateGroup, ListPersons, SendMessage
from coterie.core.kernel.errors import UserError
from coterie.testing import scenario
from coterie.testing.world import Weather, World


def test_a_circle_has_everybody_even_in_bad_weather() -> None:
    world = World(4, Weather(delay=(1, 50), drop=0.02, duplicate=0.1))
    nodes = scenario.circle(world, "abc")
    world.calm()
    world.run(30_000)
    for node in nodes:
        people = world.do(node, ListPersons(None))
        assert isinstance(people, tuple)
        assert {person.name for person in people} == {"a", "b", "c"}


def test_the_weather_follows_from_the_dice_and_is_not_always_the_same() -> None:
    weathers = [scenario.some_weather(random.Random(seed)) for seed in range(20)]
    assert weathers == [scenario.some_weather(random.Random(seed)) for seed in range(20)]
    assert any(weather.kill for weather in weathers)
    assert any(not weather.drop for weather in weathers)


def test_interference_kills_and_parts_and_ends_again() -> None:
    world = World(1)
    scenario.circle(world, "abc")
    dice = random.Random(1)
    seen_down = seen_apart = False
    for _ in range(120):
        scenario.interfere(world, dice)
        seen_down |= not all(node.up for node in world.nodes.values())
        seen_apart |= bool(world.apart)
    world.run(45_000)
    assert seen_down
    assert seen_apart
    assert all(node.up for node in world.nodes.values())
    assert not world.apart


def test_who_is_in_a_group_is_known() -> None:
    world = World(1)
    a, b, c = scenario.circle(world, "abc")
    world.do(a, CreateGroup("Group", ("b",)))
    world.run(5_000)
    assert scenario.in_group(world, a, "Group")
    assert scenario.in_group(world, b, "Group")
    assert not scenario.in_group(world, c, "Group")
    with pytest.raises(UserError):
        world.do(c, SendMessage("Group", "hello"))


@pytest.mark.parametrize("story", [scenario.talk, scenario.come_and_go], ids=["talk", "come and go"])
def test_a_story_replays(story: object) -> None:
    assert callable(story)
    one, other = (story(7, turns=4) for _ in range(2))
    assert one.accepted
    assert one.accepted == other.accepted
    assert one.faults() == []
