import asyncio
import time

from coterie.testing.jumping_loop import JumpingLoop


def test_a_day_passes_in_order_and_at_once() -> None:
    async def story() -> list[str]:
        seen: list[str] = []
        loop = asyncio.get_running_loop()
        loop.call_later(86_400, seen.append, "evening")
        loop.call_later(3_600, seen.append, "morning")
        await asyncio.sleep(90_000)
        assert loop.time() >= 90_000
        return seen

    start = time.thread_time()
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        assert runner.run(story()) == ["morning", "evening"]
    assert time.thread_time() - start < 1
