"""The asynchronous client against a real socket with a fake engine behind it."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from coterie.api import client, codec, limits, schema
from coterie.api.errors import ApiError
from coterie.api.paths import Home
from coterie.node import api_server
from coterie.node.api_connection import ConnectionLimits
from coterie.testing.fake_backend import WORDS, FakeBackend
from coterie.testing.fake_node import serving
from tests.waiting import until

Story = Callable[[client.Node, FakeBackend], Awaitable[None]]


def tell(home: Home, story: Story, limits: ConnectionLimits | None = None) -> None:
    async def run() -> None:
        backend = FakeBackend()
        async with asyncio.timeout(20), serving(home, backend, limits), client.connect(home) as node:
            await story(node, backend)

    asyncio.run(run())


@contextlib.asynccontextmanager
async def answering(home: Home, *pieces: bytes) -> AsyncIterator[None]:
    """A node that says this, piece by piece, whatever it is asked by the one program that comes."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.01)
        await reader.read()
        writer.close()
        over.set()

    server = await asyncio.start_unix_server(serve, str(home.socket()))
    try:
        yield
    finally:
        await over.wait()
        server.close()


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
        assert [params for method, params in backend.calls if method == "conversation.log"] == [
            schema.Log(conversation="bob", since=since) for since in ("", entries[199].id, entries[399].id)
        ]
        assert [entry.text for entry in entries] == [f"text {number}" for number in range(450)]
        assert [entry.text async for entry in node.log("bob", since=entries[447].id)] == ["text 448", "text 449"]

    tell(home, story)


def test_a_log_ends_with_a_page_of_nothing_whatever_that_says(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        async def empty(method: str, params: schema.Params) -> schema.Record:
            return schema.LogPage(conversation="bob", entries=[], more=True)

        backend.call = empty  # type: ignore[method-assign]
        assert [entry async for entry in node.log("bob")] == []

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


def test_what_is_asked_for_reaches_the_node(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        await node.circle_create("friends", "alice")
        await node.send("bob", "hi", timeout_ms=1)
        await node.invite("friends", expires_ms=5_000, approve=True)
        await node.join("coterie:join/OK", "al", timeout_ms=7_000)
        await node.people("friends")
        await node.groups("friends")
        assert [params for _, params in backend.calls[1:]] == [
            schema.Send(to="bob", text="hi", timeout_ms=1),
            schema.InvitationCreate(circle="friends", expires_ms=5_000, approve=True),
            schema.Join(link="coterie:join/OK", pseudonym="al", timeout_ms=7_000),
            schema.CircleFilter(circle="friends"),
            schema.CircleFilter(circle="friends"),
        ]
        assert node._waiting == {}

    tell(home, story)


def test_what_a_program_does_not_say_is_what_the_api_takes_it_for(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        await node.circle_create("friends", "alice")
        await node.send("bob", "hi")
        await node.invite("friends")
        await node.join("coterie:join/OK", "al")
        await node.people()
        assert [params for _, params in backend.calls[1:]] == [
            schema.Send(to="bob", text="hi"),
            schema.InvitationCreate(circle="friends"),
            schema.Join(link="coterie:join/OK", pseudonym="al"),
            schema.CircleFilter(),
        ]

    tell(home, story)


@pytest.mark.parametrize("by", ["text", "environment"])
def test_a_home_may_be_named(home: Home, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    monkeypatch.setenv("COTERIE_HOME", str(home.root) if by == "environment" else "/nowhere")

    async def run() -> None:
        name = str(home.root) if by == "text" else None
        async with serving(home, FakeBackend()), client.connect(name) as node:
            assert (await node.status()).home == str(home.root)

    asyncio.run(run())


def test_an_answer_may_come_in_pieces(home: Home) -> None:
    line = codec.encode_result(1, schema.Sent(id="m1", state="queued"))

    async def run() -> None:
        async with answering(home, line[:20], line[20:]), client.connect(home) as node:
            assert (await node.send("bob", "hi")).id == "m1"

    asyncio.run(run())


def test_what_answers_no_call_of_ours_is_passed_over(home: Home) -> None:
    event = codec.encode_notification("event", schema.Event(id=1, kind="link", at=""))
    others = [codec.encode_result(id, schema.Sent(id="?", state="")) for id in (7, "1")]
    ours = codec.encode_result(1, schema.Sent(id="m1", state="queued"))
    once_more = codec.encode_result(1, schema.Sent(id="m2", state="queued"))

    async def run() -> None:
        async with answering(home, event, *others, ours + once_more), client.connect(home) as node:
            assert (await node.send("bob", "hi")).id == "m1"

    asyncio.run(run())


@pytest.mark.parametrize("answer", [b"nonsense\n", b"x" * limits.MAX_LINE + b"\n"])
def test_an_answer_that_is_none_is_told_to_who_waits(home: Home, answer: bytes) -> None:
    async def run() -> None:
        async with asyncio.timeout(10), answering(home, answer), client.connect(home) as node:
            with pytest.raises(ApiError) as raised:
                await node.status()
            assert raised.value.code == "protocol-error"

    asyncio.run(run())


def test_what_cannot_be_written_is_refused_here(home: Home) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        with pytest.raises(ApiError) as raised:
            await node.send("bob", "\udcff")
        assert raised.value.code == "not-text"
        assert (await node.status()).ready

    tell(home, story)


def test_what_was_said_last_is_written_before_a_channel_closes(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        async with serving(home, backend):
            channel = await client.open_channel(home)
            await channel.transmit(codec.encode_request(1, "conversation.read", schema.EntryNamed(id="m1")))
            await channel.close()
            await until(lambda: backend.calls)
            assert backend.calls == [("conversation.read", schema.EntryNamed(id="m1"))]
            with pytest.raises(ApiError) as raised:
                await channel.transmit(b"{}\n")
            assert raised.value.code == "daemon-stopped"

    asyncio.run(run())


def test_who_writes_more_than_the_node_reads_waits(home: Home) -> None:
    async def run() -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(home.socket()))
            listener.listen(1)
            channel = await client.open_channel(home)
            writing = asyncio.ensure_future(write_without_end(channel))
            await asyncio.sleep(0.1)
            assert not writing.done()
            listener.accept()[0].close()
            with pytest.raises(ApiError):
                await writing
            await channel.close()

    async def write_without_end(channel: client.Channel) -> None:
        for _ in range(30):
            await channel.transmit(b"x" * 250_000)
            await asyncio.sleep(0)

    asyncio.run(run())


def test_a_stream_that_was_cut_before_its_first_event_misses_nothing(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        async with asyncio.timeout(10), serving(home, backend) as server, client.connect(home) as node:
            stream = node.events()
            waiting = asyncio.ensure_future(anext(stream))
            await until(lambda: backend._signal._waiting)  # its first event is waited for
            for connection in server._connections:
                connection.cancel()
            backend.receive("bob", "said meanwhile")
            event = await waiting
            assert event.message is not None
            assert event.message.text == "said meanwhile"
            await stream.aclose()

    asyncio.run(run())


def test_a_stream_that_cannot_begin_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(node: client.Node, backend: FakeBackend) -> None:
        monkeypatch.setattr(api_server, "MAX_CONNECTIONS", 1)
        with pytest.raises(ApiError) as raised:
            await anext(node.events())
        assert raised.value.code == "too-many"

    tell(home, story)


def test_a_stream_that_ends_before_it_has_begun_is_not_tried_for_ever(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_backend: FakeBackend, _since: int, _limit: int) -> None:
        raise KeyError

    monkeypatch.setattr(FakeBackend, "events", broken)

    async def story(node: client.Node, backend: FakeBackend) -> None:
        with pytest.raises(ApiError) as raised:
            await anext(node.events(since=0))
        assert raised.value.code == "daemon-stopped"

    tell(home, story)


def test_calls_that_wait_learn_that_the_node_is_gone(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        async with asyncio.timeout(10), serving(home, backend) as server, client.connect(home) as node:
            assert (await node.status()).ready
            waiting = asyncio.ensure_future(node.send("carol", "x", wait="delivered"))
            await until(lambda: backend.entries.get("carol"))
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


def test_an_answer_with_the_end_behind_it_is_still_one_and_the_others_learn_of_the_end(home: Home) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await reader.readline()
        writer.write(codec.encode_result(1, schema.Sent(id="m1", state="queued")))
        writer.close()

    async def run() -> None:
        async with asyncio.timeout(10), await asyncio.start_unix_server(serve, str(home.socket())):
            async with client.connect(home) as node:
                calls = [node.send("bob", "hi"), node.send("bob", "hi again")]
                first, second = await asyncio.gather(*calls, return_exceptions=True)
            assert isinstance(first, schema.Sent)
            assert isinstance(second, ApiError)
            assert (first.id, second.code) == ("m1", "daemon-stopped")

    asyncio.run(run())


def test_an_answer_with_one_member_twice_is_told_to_who_waits(home: Home) -> None:
    async def run() -> None:
        line = b'{"jsonrpc":"2.0","id":1,"result":{"id":"m1","state":"queued","state":"read"}}\n'
        async with asyncio.timeout(10), answering(home, line), client.connect(home) as node:
            with pytest.raises(ApiError) as raised:
                await node.send("bob", "hi")
            assert raised.value.code == "protocol-error"
            assert "one member twice" in raised.value.message

    asyncio.run(run())
