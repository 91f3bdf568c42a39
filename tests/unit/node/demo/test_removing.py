"""Who is removed gets nothing more, or the demonstration fails."""

import asyncio
from typing import Any

import pytest

from coterie.node.demo import removing
from coterie.node.demo.actor import Actor
from coterie.node.demo.seeing import NotSeenError
from tests.unit.node.demo.stage import World, silent, take


@pytest.fixture
def actors(monkeypatch: pytest.MonkeyPatch) -> tuple[Actor, Actor, Actor]:
    monkeypatch.setattr(removing, "SETTLING_SECONDS", 0)
    world = World()
    world.people = {"Anna": "owner", "Ben": "member", "Carla": "member"}
    for name in world.people:
        world.say(name, "crew", "Anna", "hello")
    return take(world, "Anna"), take(world, "Ben"), take(world, "Carla")


def test_who_is_removed_gets_nothing(actors: tuple[Actor, Actor, Actor]) -> None:
    out, printed = silent()
    asyncio.run(removing.removed(out, *actors))
    assert 'Carla\'s log still ends with "hello": 1 messages, as before the removal' in printed.getvalue()
    assert "Carla cannot write to crew either: not-a-member" in printed.getvalue()


def test_T033_a_message_that_leaks_is_noticed(
    actors: tuple[Actor, Actor, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _, carla = actors
    send: Any = anna.node.send

    async def leaking(to: str, text: str, **more: Any) -> Any:
        carla.node.world.say("Carla", "crew", "Anna", text)  # type: ignore[attr-defined]
        return await send(to, text, **more)

    monkeypatch.setattr(anna.node, "send", leaking)
    with pytest.raises(NotSeenError, match="Carla's log of the group staying as it was"):
        asyncio.run(removing.removed(silent()[0], *actors))
