"""One reader of events for all who wait."""

import asyncio

import pytest

from coterie.node.event_feed import EventFeed
from coterie.testing.fake_backend import FakeBackend


def test_an_event_that_overtakes_the_answer_is_not_missed() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        with feed.interest() as above:
            backend.announce("message-state", subject="m1", state="dispatched")
            await asyncio.sleep(0.01)
            event = await asyncio.wait_for(feed.next("m1", above), 1)
            assert event.state == "dispatched"
            backend.announce("message-state", subject="m1", state="read")
            assert (await asyncio.wait_for(feed.next("m1", event.id), 1)).state == "read"

    asyncio.run(run())


def test_many_waiters_cost_one_reading_of_each_event() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        read: list[int] = []
        events = backend.events

        async def counted(since: int, limit: int) -> object:
            found = await events(since, limit)
            read.extend(event.id for event in found)
            return found

        backend.events = counted  # type: ignore[method-assign, assignment]
        with feed.interest() as above:
            waiting = [asyncio.ensure_future(feed.next(f"m{number % 10}", above)) for number in range(100)]
            await asyncio.sleep(0)
            for number in range(10):
                backend.announce("message-state", subject=f"m{number}", state="read")
            await asyncio.wait_for(asyncio.gather(*waiting), 1)
        assert read == list(range(1, 11))

    asyncio.run(run())


def test_nothing_is_kept_when_nobody_is_interested() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        with feed.interest() as above:
            backend.announce("join", subject="j", state="joined")
            await feed.next("j", above)
        assert not feed._latest
        assert feed._reader is None
        with feed.interest() as above, pytest.raises(TimeoutError):
            await asyncio.wait_for(feed.next("j", above), 0.05)
        assert not feed._waiting

    asyncio.run(run())


def test_a_vault_that_fails_fails_the_waiters() -> None:
    async def run() -> None:
        backend = FakeBackend()

        async def broken(since: int, limit: int) -> object:
            raise OSError("gone")

        backend.events = broken  # type: ignore[method-assign, assignment]
        feed = EventFeed(backend)
        with feed.interest() as above, pytest.raises(OSError, match="gone"):
            await asyncio.wait_for(feed.next("m", above), 1)

    asyncio.run(run())
