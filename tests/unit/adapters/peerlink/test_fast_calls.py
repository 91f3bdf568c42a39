import asyncio
import ctypes
import hashlib
import inspect
import threading
import time
from typing import Any

import pytest
from iroh import iroh_ffi

from coterie.adapters.peerlink import fast_calls

ffi: Any = iroh_ffi
READY, AGAIN = 0, 1
ORIGINAL = "8d9502676cb387a53242f15e9e2d84c0739fca1a291305c00e934a05d0f3e350"


def test_the_replaced_functions_are_those_that_were_read() -> None:
    source = inspect.getsource(iroh_ffi)
    start = source.index("# Continuation callback for async functions")
    end = source.index("def _uniffi_trait_interface_call_async(")
    assert hashlib.sha256(source[start:end].encode()).hexdigest() == ORIGINAL


class FakeFuture:
    """Answers polls in the order of `answers`: each a code and a delay, 0 for at once."""

    def __init__(self, *answers: tuple[int, float]) -> None:
        self.answers = list(answers)
        self.freed = False

    def poll(self, _future: object, callback: Any, handle: int) -> None:
        code, delay = self.answers.pop(0)
        if delay == 0:
            callback(handle, code)
        else:
            threading.Timer(delay, callback, (handle, code)).start()

    def complete(self, _future: object, _status: object) -> int:
        return 7

    def free(self, _future: object) -> None:
        self.freed = True


async def call(fake: FakeFuture) -> object:
    return await fast_calls._call(ctypes.c_uint64(1), fake.poll, fake.complete, fake.free, str, None)


@pytest.mark.parametrize(
    "answers",
    [((READY, 0),), ((AGAIN, 0), (READY, 0)), ((READY, 0.01),), ((AGAIN, 0.01), (AGAIN, 0), (READY, 0.01))],
)
def test_answers_at_once_and_later(answers: tuple[tuple[int, float], ...]) -> None:
    fake = FakeFuture(*answers)
    assert asyncio.run(call(fake)) == "7"
    assert fake.freed


def test_an_answer_that_is_there_takes_no_turn_of_the_loop() -> None:
    async def story() -> None:
        turns: list[int] = []
        asyncio.get_running_loop().call_soon(turns.append, 1)
        await call(FakeFuture((READY, 0)))
        assert not turns

    asyncio.run(story())


def test_a_cancelled_call_is_freed_and_its_late_answer_does_no_harm() -> None:
    async def story() -> None:
        fake = FakeFuture((READY, 0.05))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await call(fake)
        assert fake.freed
        await asyncio.sleep(0.06)

    asyncio.run(story())


def test_answers_that_come_together_wake_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        woken: list[object] = []
        usual = loop.call_soon_threadsafe

        def counted(call: Any, *arguments: Any) -> Any:
            woken.append(call)
            return usual(call, *arguments)

        monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
        calls = [asyncio.create_task(call(FakeFuture((READY, 0.01)))) for _ in range(20)]
        await asyncio.sleep(0)
        time.sleep(0.1)  # noqa: ASYNC251 - the loop is busy while all of them come
        assert await asyncio.gather(*calls) == ["7"] * 20
        assert len(woken) == 1
        assert await call(FakeFuture((READY, 0.01))) == "7"  # and it is woken again for the next
        assert len(woken) == 2

    asyncio.run(story())


def test_an_answer_for_a_loop_that_is_closed_does_no_harm() -> None:
    loop = asyncio.new_event_loop()
    inbox = fast_calls._Inbox(loop)
    waiter = loop.create_future()
    loop.close()
    inbox.put(waiter, READY)
    assert not waiter.done()
