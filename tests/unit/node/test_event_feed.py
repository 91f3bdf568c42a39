"""One reader of events for all who wait."""

import asyncio
from collections.abc import Sequence

import pytest

from coterie.api.schema import Event
from coterie.node import event_feed
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


def test_of_many_subjects_those_that_said_something_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_feed, "REMEMBERED", 2)

    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        with feed.interest():
            for subject in ("m1", "m2", "m1", "m3"):
                backend.announce("message-state", subject=subject, state="dispatched")
            await asyncio.sleep(0.01)
            assert list(feed._latest) == ["m1", "m3"]

    asyncio.run(run())


def test_what_was_heard_already_is_not_heard_again() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        with feed.interest() as above:
            backend.announce("message-state", subject="m1", state="dispatched")
            first = await feed.next("m1", above)
            waiting = asyncio.ensure_future(feed.next("m1", first.id))
            await asyncio.sleep(0.01)
            assert not waiting.done()
            backend.announce("message-state", subject="m1", state="read")
            assert (await asyncio.wait_for(waiting, 1)).state == "read"

    asyncio.run(run())


def test_an_event_of_another_kind_is_no_state() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        with feed.interest() as above:
            waiting = asyncio.ensure_future(feed.next("m1", above))
            backend.announce("message", subject="m1")
            await asyncio.sleep(0.01)
            backend.announce("message-state", subject="m1", state="dispatched")
            assert (await asyncio.wait_for(waiting, 1)).state == "dispatched"

    asyncio.run(run())


def test_who_gives_up_takes_nothing_from_another_who_waits_for_the_same() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        with feed.interest() as above, feed.interest():
            waiting = [asyncio.ensure_future(feed.next("m1", above)) for _ in range(3)]
            await asyncio.sleep(0.01)
            waiting[0].cancel()
            await asyncio.sleep(0.01)
            backend.announce("message-state", subject="m1", state="read")
            waiting[1].cancel()  # the event is on its way to it
            assert (await asyncio.wait_for(waiting[2], 1)).state == "read"
        assert not feed._waiting

    asyncio.run(run())


def test_one_reads_for_all_until_the_last_has_gone() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        read: list[int] = []
        events = backend.events

        async def counted(since: int, limit: int) -> Sequence[Event]:
            found = await events(since, limit)
            read.extend(event.id for event in found)
            return found

        backend.events = counted  # type: ignore[method-assign]
        with feed.interest() as above:
            with feed.interest():
                await asyncio.sleep(0.01)
            backend.announce("join", subject="j", state="joined")
            assert (await asyncio.wait_for(feed.next("j", above), 1)).state == "joined"
        assert read == [1]
        await asyncio.sleep(0)
        backend.announce("join", subject="j", state="joined")
        await asyncio.sleep(0.01)
        assert read == [1]

    asyncio.run(run())


@pytest.mark.parametrize("waits_already", [False, True])
def test_a_vault_that_fails_fails_the_waiters(waits_already: bool) -> None:
    async def run() -> None:
        backend = FakeBackend()

        async def broken(since: int, limit: int) -> object:
            raise OSError("gone")

        feed = EventFeed(backend)
        with feed.interest() as above:
            if waits_already:
                await asyncio.sleep(0.01)
            backend.events = broken  # type: ignore[method-assign, assignment]
            waiting = asyncio.ensure_future(feed.next("m", above))
            if waits_already:
                await asyncio.sleep(0.01)
                backend.announce("join", subject="j", state="joined")
            with pytest.raises(OSError, match="gone"):
                await asyncio.wait_for(waiting, 1)

    asyncio.run(run())


def test_a_failure_is_not_that_of_who_asks_later_while_others_still_wait() -> None:
    async def run() -> None:
        backend = FakeBackend()
        good = backend.events

        async def broken(since: int, limit: int) -> Sequence[Event]:
            raise OSError("gone for a moment")

        feed = EventFeed(backend)
        with feed.interest() as early:
            backend.events = broken  # type: ignore[method-assign]
            backend.announce("message-state", subject="m1", state="read")
            await asyncio.sleep(0.01)
            with pytest.raises(OSError, match="gone"):
                await feed.next("m1", early)
            backend.events = good  # type: ignore[method-assign]
            with feed.interest() as late:
                backend.announce("message-state", subject="m2", state="read")
                assert (await asyncio.wait_for(feed.next("m2", late), 1)).state == "read"
                assert (await asyncio.wait_for(feed.next("m1", early), 1)).state == "read"

    asyncio.run(run())
