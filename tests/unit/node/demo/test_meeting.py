"""Three nodes, a circle, invitations, words."""

import asyncio

import pytest

from coterie.node.demo import meeting
from coterie.node.demo.seeing import NotSeenError
from tests.unit.node.demo.stage import WORDS, World, silent, take


def test_they_meet() -> None:
    world, (out, printed) = World(), silent()
    anna, ben, carla = (take(world, name) for name in ("Anna", "Ben", "Carla"))

    async def story() -> None:
        await meeting.three_nodes(out, (anna, ben, carla))
        await meeting.a_circle(out, anna)
        await meeting.joins(out, anna, ben)
        await meeting.joins(out, ben, carla)
        await meeting.everybody_is_linked(out, (anna, ben, carla))

    asyncio.run(story())
    text = printed.getvalue()
    assert "suite TBD2" in text
    assert text.count(" compare: one two three four five six") == 2
    assert "Anna - Carla: 127.0.0.1:4 - 127.0.0.1:5, so far 10 bytes there, 5 back" in text


@pytest.mark.parametrize(
    ("words", "missing"), [([*WORDS[:5], "seven"], "the same six words"), ([], "six words for Anna and Ben")]
)
def test_T003_words_that_differ_end_it(words: list[str], missing: str) -> None:
    world, (out, _) = World(), silent()
    world.words = words
    with pytest.raises(NotSeenError, match=missing):
        asyncio.run(meeting.words(out, take(world, "Anna"), take(world, "Ben")))
