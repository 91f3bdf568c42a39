import asyncio

from coterie.node.window import WINDOW, WINDOW_BYTES, Window


async def enters(window: Window, size: int) -> "asyncio.Task[None]":
    task = asyncio.create_task(window.enter(size))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


def test_T128_small_frames_are_bounded_by_their_number() -> None:
    async def tale() -> None:
        window = Window()
        for _ in range(WINDOW):
            await window.enter(100)
        assert window.full
        late = await enters(window, 100)
        assert not late.done()
        window.leave(100)
        await late
        assert window.full

    asyncio.run(asyncio.wait_for(tale(), 5))


def test_T128_large_frames_are_bounded_by_their_bytes() -> None:
    async def tale() -> None:
        window = Window()
        for _ in range(4):
            await window.enter(WINDOW_BYTES // 4)
        late = await enters(window, WINDOW_BYTES // 4)
        assert not late.done()
        assert window.full
        window.leave(WINDOW_BYTES // 4)
        await late

    asyncio.run(asyncio.wait_for(tale(), 5))


def test_a_frame_larger_than_the_window_goes_alone() -> None:
    async def tale() -> None:
        window = Window()
        await window.enter(2 * WINDOW_BYTES)
        late = await enters(window, 1)
        assert not late.done()
        window.leave(2 * WINDOW_BYTES)
        await late
        assert not window.full

    asyncio.run(asyncio.wait_for(tale(), 5))
