"""One to one, in a group, and with somebody who is away."""

import asyncio

import pytest

from coterie.node.demo import talking
from coterie.node.demo.seeing import NotSeenError
from tests.unit.node.demo.stage import World, silent, take


def world_of_three() -> World:
    world = World()
    world.people = {"Anna": "owner", "Ben": "member", "Carla": "member"}
    return world


def test_they_talk() -> None:
    world, (out, printed) = world_of_three(), silent()
    anna, ben, carla = (take(world, name) for name in ("Anna", "Ben", "Carla"))

    async def story() -> None:
        await talking.one_to_one(out, ben, anna)
        await talking.in_a_group(out, (anna, ben, carla))
        await talking.away(out, carla, ben, anna)

    asyncio.run(story())
    text = printed.getvalue()
    assert '"Is the boat ready?" is delivered after' in text
    assert '"Ready at six." is read after' in text
    assert "the same 3 messages in the same order on 3 nodes" in text
    assert text.count("is queued: Carla is not there") == 3
    assert "the same 5 messages in the same order on 3 nodes" in text


def test_a_message_that_came_twice_is_not_once() -> None:
    world = world_of_three()
    for number in range(2):
        world.say("Anna", "Ben", "Ben", "again", f"id {number}")
    with pytest.raises(NotSeenError, match="once, not 2 times"):
        asyncio.run(talking.has(take(world, "Anna"), "Ben", "again"))


def test_histories_that_differ_end_it() -> None:
    world, (out, _) = world_of_three(), silent()
    world.say("Ben", "crew", "Ben", "only here")
    with pytest.raises(NotSeenError, match="the same history"):
        asyncio.run(talking.in_a_group(out, tuple(take(world, name) for name in world.people)))


def test_who_is_away_must_not_get_it() -> None:
    world, (out, _) = world_of_three(), silent()
    anna, ben, carla = (take(world, name) for name in ("Anna", "Ben", "Carla"))
    world.away = frozenset()  # type: ignore[assignment]

    async def still_there() -> tuple[int, float]:
        return 0, 0.0

    carla.stop = still_there  # type: ignore[method-assign]
    with pytest.raises(NotSeenError, match="instead of being delivered"):
        asyncio.run(talking.away(out, carla, ben, anna))


def test_a_node_that_ends_badly_ends_it() -> None:
    world, (out, _) = world_of_three(), silent()
    anna, ben, carla = (take(world, name) for name in ("Anna", "Ben", "Carla"))
    carla.exit_status = 3  # type: ignore[attr-defined]
    with pytest.raises(NotSeenError, match="ending with 0"):
        asyncio.run(talking.away(out, carla, ben, anna))
