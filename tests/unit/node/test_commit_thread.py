import asyncio
import threading

from coterie.node.commit_thread import CommitThread


def test_work_is_done_elsewhere_in_order_and_told_here() -> None:
    async def story() -> None:
        here = threading.get_ident()
        thread = CommitThread(asyncio.get_running_loop())
        log: list[object] = []
        over = asyncio.Event()

        def work() -> None:
            log.append(("work", threading.get_ident() == here))

        def broken() -> None:
            raise OSError

        thread.do(work, lambda error: log.append((error, threading.get_ident() == here)))
        thread.do(broken, lambda error: log.append(type(error)))
        thread.do(work, lambda _: over.set())
        await over.wait()
        assert [entry for entry in log if entry != ("work", False)] == [(None, True), OSError]
        assert log.count(("work", False)) == 2
        thread.close()

    asyncio.run(asyncio.wait_for(story(), 10))


def test_closing_waits_for_what_was_given() -> None:
    async def story() -> None:
        done: list[int] = []
        thread = CommitThread(asyncio.get_running_loop())
        for number in range(100):
            thread.do(lambda number=number: done.append(number), lambda _: None)  # type: ignore[misc]
        thread.close()
        assert done == list(range(100))

    asyncio.run(asyncio.wait_for(story(), 10))


def test_a_closed_loop_does_no_harm() -> None:
    loop = asyncio.new_event_loop()
    thread = CommitThread(loop)
    loop.close()
    thread.do(lambda: None, lambda _: None)
    thread.close()
