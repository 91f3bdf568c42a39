"""log --follow: what is there, then what comes."""

import asyncio
import socket

import pytest

from coterie.api import reaching
from coterie.api.errors import ApiError
from coterie.api.paths import Home
from coterie.api.schema import EntryNamed, Log, LogEntry, Params, Record, Send
from coterie.cli import following
from coterie.testing.fake_backend import FakeBackend
from coterie.testing.fake_node import serving


def listening(backend: FakeBackend) -> asyncio.Event:
    """Set once somebody has had all events so far and waits for more."""
    event, wait = asyncio.Event(), backend.wait_for_event

    async def noted(since: int) -> None:
        event.set()
        await wait(since)

    backend.wait_for_event = noted  # type: ignore[method-assign]
    return event


def follow(home: Home, params: Log, limit: int | None, updates: bool) -> list[tuple[str, str]]:
    shown: list[tuple[str, str]] = []

    async def run() -> None:
        backend, over = FakeBackend(), asyncio.Event()
        follows = listening(backend)

        def show(entry: LogEntry) -> None:
            shown.append((entry.text, entry.state))
            if entry.text == "mine" and (entry.state == "read" or not updates):
                over.set()

        async with asyncio.timeout(20), serving(home, backend):
            for number in range(3):
                backend.receive("bob", f"before {number}")
            task = asyncio.ensure_future(following._follow(home, params, limit, following._Shown(show, updates)))
            await follows.wait()
            backend.receive("bob", "after")
            backend.receive("carol", "elsewhere")
            await backend.call("message.send", Send(to="bob", text="mine"))
            await over.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    return shown


def test_nothing_twice_and_nothing_missed(home: Home) -> None:
    shown = follow(home, Log(conversation="bob"), None, updates=False)
    assert [text for text, _ in shown] == ["before 0", "before 1", "before 2", "after", "mine"]


def test_a_limit_is_about_what_is_there(home: Home) -> None:
    shown = follow(home, Log(conversation="bob"), 1, updates=False)
    assert [text for text, _ in shown] == ["before 2", "after", "mine"]


def test_since_too(home: Home) -> None:
    shown = follow(home, Log(conversation="bob", since="m2"), None, updates=False)
    assert [text for text, _ in shown] == ["before 2", "after", "mine"]


def test_with_updates_the_final_state_comes_last(home: Home) -> None:
    shown = follow(home, Log(conversation="bob"), None, updates=True)
    assert [state for text, state in shown if text == "mine"] == ["queued", "dispatched", "delivered", "read"]


class Overtaking(FakeBackend):
    """Whoever asks for the log finds everything delivered a moment ago: the events are there, and not read yet."""

    async def call(self, method: str, params: Params) -> Record:
        if isinstance(params, Log):
            for entry in list(self.entries[params.conversation]):
                self._progress(params.conversation, entry.id, "dispatched")
                self._progress(params.conversation, entry.id, "delivered")
        return await super().call(method, params)


def test_with_updates_no_state_comes_after_a_later_one(home: Home) -> None:
    async def run() -> None:
        backend = Overtaking()
        shown: asyncio.Queue[str] = asyncio.Queue()
        async with asyncio.timeout(20), serving(home, backend):
            ours = backend._entry("carol", "alice", "mine", "queued", None)
            sink = following._Shown(lambda entry: shown.put_nowait(entry.state), updates=True)
            task = asyncio.ensure_future(following._follow(home, Log(conversation="carol"), None, sink))
            assert await shown.get() == "delivered"
            backend._progress("carol", ours.id, "read")
            assert await shown.get() == "read"
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


def test_what_comes_while_following_counts_as_read(home: Home) -> None:
    async def run() -> list[object]:
        backend, mine = FakeBackend(), asyncio.Event()
        follows = listening(backend)
        async with asyncio.timeout(20), serving(home, backend):
            shown = following._Shown(lambda entry: mine.set() if entry.text == "mine" else None, False)
            task = asyncio.ensure_future(following._follow(home, Log(conversation="bob"), None, shown))
            await follows.wait()
            came = backend.receive("bob", "look")
            await backend.call("message.send", Send(to="bob", text="mine"))
            await mine.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return [came.id, *(given.id for _, given in backend.calls if isinstance(given, EntryNamed))]

    came, *marked = asyncio.run(run())
    assert marked == [came]


def test_a_node_that_never_says_a_word_is_not_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "PATIENCE", 0.1)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.socket()))
        listener.listen(1)
        with pytest.raises(ApiError) as raised:
            following.follow_log(home, "bob", "", None, lambda _: None, updates=False)
    assert raised.value.code == "daemon-silent"
