import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.ports.inputs import Timer
from coterie.core.kernel.world import Instant
from coterie.node.timers import LONGEST_SLEEP, Timers
from coterie.testing.jumping_loop import JumpingLoop

START = 1_000_000


class Story:
    """Timers under a wall clock that follows the loop's, plus `shift`: what a sleeping machine or an admin adds."""

    def __init__(self) -> None:
        self.shift = 0
        self.fired: list[tuple[str, float]] = []
        self.timers = Timers(self, self.tell)

    def now(self) -> Instant:
        return Instant(START + round(asyncio.get_running_loop().time() * 1000) + self.shift)

    def tell(self, timer: Timer) -> None:
        self.fired.append((timer.name, round(asyncio.get_running_loop().time(), 3)))

    def set(self, name: str, seconds: float) -> None:
        self.timers.set(SetTimer(name, Instant(START + round(seconds * 1000))))


def jumping(tale: Callable[[Story], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        async def told() -> None:
            await tale(Story())

        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(told())

    run.__name__ = tale.__name__
    return run


@jumping
async def test_timers_fire_once_when_due(story: Story) -> None:
    story.set("late", 5)
    story.set("past", -5)
    story.set("soon", 1)
    await asyncio.sleep(20)
    assert story.fired == [("past", 0), ("soon", 1), ("late", 5)]


@jumping
async def test_the_same_name_again_replaces(story: Story) -> None:
    story.set("one", 5)
    story.set("one", 9)
    await asyncio.sleep(20)
    assert story.fired == [("one", 9)]


@jumping
async def test_a_timer_that_is_far_away_fires_on_time(story: Story) -> None:
    story.set("week", 7 * 86_400)
    await asyncio.sleep(7 * 86_400 + 1)
    assert story.fired == [("week", 7 * 86_400)]


@jumping
async def test_T126_a_machine_that_slept_catches_up_within_a_minute(story: Story) -> None:
    story.set("week", 7 * 86_400)
    await asyncio.sleep(1)
    story.shift = 8 * 86_400 * 1000
    await asyncio.sleep(LONGEST_SLEEP + 1)
    assert [name for name, _ in story.fired] == ["week"]


@jumping
async def test_T126_a_clock_put_back_holds_nothing_up(story: Story) -> None:
    story.set("one", 10)
    story.set("two", 200)
    await asyncio.sleep(1)
    story.shift = -7_200_000
    await asyncio.sleep(250)
    assert story.fired == [("one", 10), ("two", 200)]


@jumping
async def test_T126_a_clock_put_forward_is_believed(story: Story) -> None:
    story.set("one", 3_600)
    await asyncio.sleep(1)
    story.shift = 7_200_000
    await asyncio.sleep(LONGEST_SLEEP)
    assert [name for name, _ in story.fired] == ["one"]


@jumping
async def test_after_stop_nothing_fires(story: Story) -> None:
    story.set("one", 1)
    story.timers.stop()
    await asyncio.sleep(5)
    assert story.fired == []
