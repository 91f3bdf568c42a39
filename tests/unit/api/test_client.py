"""The asynchronous client against a real socket with a fake engine behind it."""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable

import pytest

from coterie.api import client, schema
from coterie.api.errors import ApiError
from coterie.api.paths import Home
from coterie.node import api_server
from coterie.node.api_connection import ConnectionLimits
from coterie.testing.fake_backend import WORDS, FakeBackend
from coterie.testing.fake_node import serving

Story = Callable[[client.Node, FakeBackend], Awaitable[None]]


def tell(home: Home, story: Story, limits: ConnectionLimits | None = None) -> None:
    async def run() -> None:
        backend = FakeBackend()
        async with asyncio.timeout(20), serving(home, backend, limits), client.connect(home) as node:
            await story(node, backend)

    asyncio.run(run())


def test_every_typed_method_gives_its_record(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        assert (await node.circle_create("friends", "alice")).name == "friends"
        assert [circle.name for circle in await node.circles()] == ["friends"]
        assert (await node.invite("friends")).link.startswith("coterie:join/")
        assert (await node.join("coterie:join/OK", "al")).words == WORDS
        assert "bob" in [person.name for person in await node.people()]
        assert not (await node.person_verify("bob")).verified
        assert (await node.person_verify("bob", WORDS)).verified
        assert (await node.group_create("team", ["bob", "carol"])).people == ["bob", "carol"]
        status = await node.status()
        assert (status.ready, status.home, status.socket) == (True, str(home.root), str(home.socket()))

    tell(home, story)


@pytest.mark.parametrize("state", ["dispatched", "delivered", "read"])
def test_send_waits_for_the_state(home: Home, state: schema.WaitFor) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        assert (await node.send("bob", "hi")).state == "queued"
        sent = await node.send("bob", "hi", wait=state)
        assert ["dispatched", "delivered", "read"].index(sent.state) >= ["dispatched", "delivered", "read"].index(state)

    tell(home, story)


def test_the_same_client_id_never_sends_twice(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        first = await node.send("bob", "hi", client_id="c1")
        assert (await node.send("bob", "hi", client_id="c1")).id == first.id
        assert len(backend.entries["bob"]) == 1

    tell(home, story)


def test_calls_at_the_same_time_are_kept_apart_and_in_order(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        sent = await asyncio.gather(*(node.send("carol", f"text {number}") for number in range(300)))
        assert [entry.id for entry in backend.entries["carol"]] == [one.id for one in sent]

    tell(home, story)


def test_refusals_are_raised_with_their_code(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        with pytest.raises(ApiError) as raised:
            await node.send("nobody", "hi")
        assert (raised.value.code, raised.value.hint) == ("unknown-contact", "see: coterie person list")

    tell(home, story)


def test_the_log_is_read_page_by_page(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        for number in range(450):
            backend.receive("bob", f"text {number}")
        entries = [entry async for entry in node.log("bob")]
        assert [entry.text for entry in entries] == [f"text {number}" for number in range(450)]
        assert [entry.text async for entry in node.log("bob", since=entries[447].id)] == ["text 448", "text 449"]

    tell(home, story)


def test_events_since_an_id_and_from_now_on(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        listening, wait = asyncio.Event(), backend.wait_for_event

        async def noted(since: int) -> None:
            listening.set()
            await wait(since)

        backend.wait_for_event = noted  # type: ignore[method-assign]
        backend.receive("bob", "before")
        stream = node.events()
        waiting = asyncio.ensure_future(anext(stream))
        await listening.wait()
        backend.receive("bob", "after")
        first = await waiting
        assert first.message is not None
        assert first.message.text == "after"
        await stream.aclose()
        again = node.events(since=0)
        assert [(await anext(again)).id for _ in range(2)] == [1, 2]
        await again.aclose()

    tell(home, story)


def test_T076_a_stream_that_was_cut_resumes_after_its_last_event(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        stream = node.events(since=0)
        count = 400
        for _ in range(count):
            backend.receive("bob", "x" * 20_000)
        assert (await anext(stream)).id == 1
        await asyncio.sleep(0.6)  # longer than the stall that the server allows: it has hung up
        assert [(await anext(stream)).id for _ in range(count - 1)] == list(range(2, count + 1))
        await stream.aclose()

    tell(home, story, ConnectionLimits(stall_seconds=0.2))


def test_who_is_cancelled_while_it_closes_is_cancelled_and_has_closed(home: Home) -> None:
    async def story(_: client.Node, backend: FakeBackend) -> None:
        node = client.Node(home, await client.open_channel(home))
        closing = asyncio.ensure_future(node.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait((closing,))
        assert closing.cancelled()
        assert node._channel._writer.is_closing()

    tell(home, story)


def test_calls_that_wait_learn_that_the_node_is_gone(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        async with serving(home, backend) as server, client.connect(home) as node:
            waiting = asyncio.ensure_future(node.send("carol", "x", wait="delivered"))
            await asyncio.sleep(0.05)
            await server.close()
            with pytest.raises(ApiError) as raised:
                await waiting
            assert raised.value.code == "daemon-stopped"
            with pytest.raises(ApiError) as raised:
                await node.status()
            assert raised.value.code == "daemon-stopped"

    asyncio.run(run())


def test_calls_that_are_still_written_learn_it_once(home: Home) -> None:
    """No second time from the library, which complains of every error that nobody has looked at."""

    async def run() -> None:
        complaints: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(home.socket()))
            listener.listen(1)
            async with client.connect(home) as node:
                calls = []
                for _ in range(8):
                    calls.append(asyncio.ensure_future(node.send("bob", "x" * 250_000)))
                    await asyncio.sleep(0.01)
                listener.accept()[0].close()
                failures = await asyncio.gather(*calls, return_exceptions=True)
                assert {getattr(failure, "code", None) for failure in failures} == {"daemon-stopped"}
        del calls, failures
        await asyncio.sleep(0)
        gc.collect()
        assert complaints == []

    asyncio.run(run())


def test_one_program_too_many_is_told_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_server, "MAX_CONNECTIONS", 1)

    async def story(_: client.Node, backend: FakeBackend) -> None:
        async with client.connect(home) as more:
            await asyncio.sleep(0.1)  # a call made before the reason has come may be told only that it is over
            with pytest.raises(ApiError) as raised:
                await more.status()
            assert raised.value.code == "too-many"

    tell(home, story)


def test_without_a_node_connecting_says_so(home: Home) -> None:
    async def run() -> None:
        async with client.connect(home):
            raise AssertionError

    with pytest.raises(ApiError) as raised:
        asyncio.run(run())
    assert raised.value.code == "daemon-not-running"


def test_groups_and_what_was_read(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        await node.group_create("team", ["bob"])
        assert [group.title for group in await node.groups()] == ["team"]
        await node.mark_read("m1")
        assert backend.calls[-1] == ("conversation.read", schema.EntryNamed(id="m1"))

    tell(home, story)
