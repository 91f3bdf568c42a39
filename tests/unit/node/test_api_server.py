"""The local API server on its socket: who may connect, what is bounded, what a slow or mad client can do."""

import asyncio
import contextlib
import errno
import json
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from coterie.api import client, limits
from coterie.api.paths import Home
from coterie.node import api_server
from coterie.node.api_connection import ApiConnection, ConnectionLimits
from coterie.testing.fake_backend import FakeBackend
from coterie.testing.fake_node import serving
from tests.waiting import until

Story = Callable[[FakeBackend], Awaitable[None]]


def tell(home: Home, story: Story, **options: Any) -> None:
    async def run() -> None:
        backend = FakeBackend()
        async with asyncio.timeout(30), serving(home, backend, **options):
            await story(backend)

    asyncio.run(run())


class Raw:
    """A client that writes what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, home: Home) -> "Raw":
        return cls(*await asyncio.open_unix_connection(str(home.socket()), limit=4 << 20))

    async def ask(self, line: bytes) -> Any:
        self.writer.write(line + b"\n")
        return json.loads(await self.reader.readline())

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


def call(method: str, id: object = 1, **params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).encode()


def test_A12_the_socket_is_ours_alone(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        assert stat.S_IMODE(home.socket().stat().st_mode) == 0o600
        assert stat.S_IMODE(home.socket().parent.stat().st_mode) == 0o700

    tell(home, story)
    assert not home.socket().exists()


def test_A12_T075_another_user_gets_no_byte(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        raw.writer.write(call("status") + b"\n")
        try:
            answer = await raw.reader.read()
        except ConnectionError:
            answer = b""
        assert answer == b""
        await raw.close()
        assert backend.calls == []

    tell(home, story, allowed_uid=os.geteuid() + 1)
    assert [record.getMessage() for record in caplog.records] == ["refused a connection of another user"]


def test_A12_when_the_system_does_not_tell_who_it_is_nobody_gets_in(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(connection: socket.socket) -> int:
        raise OSError

    monkeypatch.setattr(api_server, "peer_uid", silent)

    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        assert await raw.reader.read() == b""
        await raw.close()

    tell(home, story)


@pytest.mark.parametrize(
    ("line", "rpc_code", "code"),
    [
        (call("__init__"), -32601, "unknown-method"),
        (call("_private"), -32601, "unknown-method"),
        (call("status.__class__"), -32601, "unknown-method"),
        (call(""), -32601, "unknown-method"),
        (call("m" * 100_000), -32601, "unknown-method"),
        (call("status", id=None), -32600, "invalid-request"),
        (call("status", id=[1]), -32600, "invalid-request"),
        (call("status", id={"a": 1}), -32600, "invalid-request"),
        (call("status", id=1.5), -32600, "invalid-request"),
        (call("status", id=True), -32600, "invalid-request"),
        (call("status", deep=1), -32602, "invalid-params"),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":[1]}', -32602, "invalid-params"),
        (b'{"jsonrpc":"2.0","id":1,"method":"send","params":' + b'{"a":' * 90_000, -32700, "malformed"),
        (b"[" + b",".join([b"1"] * 100_000) + b"]", -32600, "too-large"),
        (b"[]", -32600, "too-large"),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":{},"params":{}}', -32600, "invalid-request"),
        (b"\x00\xff", -32700, "malformed"),
    ],
)
def test_T075_nonsense_is_answered_and_the_connection_lives(home: Home, line: bytes, rpc_code: int, code: str) -> None:
    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        answer = await raw.ask(line)
        assert (answer["error"]["code"], answer["error"]["data"]["code"]) == (rpc_code, code)
        assert len(json.dumps(answer)) < 1000
        assert (await raw.ask(call("status")))["result"]["ready"] is True
        await raw.close()

    tell(home, story)


def test_T004_T075_a_line_beyond_a_mebibyte_is_refused_and_the_next_one_answered(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        answer = await raw.ask(call("message.send", to="bob", text="x" * (2 << 20)))
        assert answer["error"]["data"]["code"] == "too-large"
        assert (await raw.ask(call("status")))["result"]["ready"] is True
        await raw.close()

    tell(home, story)


def test_T075_a_batch_is_answered_in_one_line(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        calls = [call("status", id=1), call("nonsense", id="two"), b'{"jsonrpc":"2.0","method":"status"}', b"3"]
        answers = await raw.ask(b"[" + b",".join(calls) + b"]")
        assert [answer["id"] for answer in answers] == [1, "two", None]
        await raw.close()

    tell(home, story)


def test_a_notification_is_performed_and_not_answered(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        raw.writer.write(b'{"jsonrpc":"2.0","method":"circle.create","params":{"name":"c","pseudonym":"a"}}\n')
        assert (await raw.ask(call("circle.list", id=2)))["id"] == 2
        assert list(backend.circles) == ["c"]
        await raw.close()

    tell(home, story)


def test_a_batch_of_notifications_is_performed_and_not_answered(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        raw.writer.write(b'[{"jsonrpc":"2.0","method":"circle.create","params":{"name":"c","pseudonym":"a"}}]\n')
        raw.writer.write_eof()
        assert await raw.reader.read() == b""
        assert list(backend.circles) == ["c"]
        await raw.close()

    tell(home, story)


def test_a_bug_is_internal_and_shows_nothing_of_itself(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    async def story(backend: FakeBackend) -> None:
        async def broken(method: str, params: object) -> Any:
            raise RuntimeError("sec" + "ret")

        backend.call = broken  # type: ignore[method-assign]
        raw = await Raw.connect(home)
        error = (await raw.ask(call("status")))["error"]
        assert (error["code"], error["data"]["code"]) == (-32603, "internal")
        assert error["data"]["id"] in caplog.text
        assert "secret" not in json.dumps(error) + caplog.text
        await raw.close()

    tell(home, story)


def test_T076_a_reader_that_stalls_is_disconnected_and_others_are_not(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        slow = await Raw.connect(home)
        slow.reader._limit = 1024  # type: ignore[attr-defined]  # it stops taking bytes soon
        slow.writer.write(call("events.subscribe", since=0) + b"\n")
        async with client.connect(home) as quick:
            stream = quick.events(since=0)
            for number in range(300):
                backend.receive("bob", "x" * 20_000)
                assert (await anext(stream)).id == number + 1
            await asyncio.sleep(0.6)
            assert (await quick.status()).ready
            await stream.aclose()
        received = b""
        try:
            while data := await slow.reader.read(1 << 20):
                received += data
        except ConnectionError:
            pass
        last = json.loads(received.split(b"\n")[-2])["params"]["id"]
        assert 0 < last < 300
        again = await Raw.connect(home)
        assert (await again.ask(call("events.subscribe", since=last)))["result"]["since"] == last
        assert json.loads(await again.reader.readline())["params"]["id"] == last + 1
        await again.close()
        await slow.close()

    tell(home, story, limits=ConnectionLimits(stall_seconds=0.3, write_buffer=1024))


def test_T076_the_stall_that_ends_a_connection_is_30_seconds() -> None:
    assert ConnectionLimits().stall_seconds == 30


def test_events_come_after_the_answer_and_only_once_subscribed(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        backend.receive("bob", "one")
        raw = await Raw.connect(home)
        assert (await raw.ask(call("events.subscribe", since=0)))["result"] == {"schema": "subscription/1", "since": 0}
        note = json.loads(await raw.reader.readline())
        assert (note["method"], note["params"]["message"]["text"]) == ("event", "one")
        assert "id" not in note
        answer = await raw.ask(call("events.subscribe", id=2))
        assert answer["error"]["data"]["code"] == "already-subscribed"
        await raw.close()

    tell(home, story)


def test_events_that_cannot_be_read_end_the_connection(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who follows them is not left waiting for ever."""

    async def broken(_backend: FakeBackend, _since: int, _limit: int) -> None:
        raise KeyError

    monkeypatch.setattr(FakeBackend, "events", broken)

    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        raw.writer.write(call("events.subscribe", since=0) + b"\n")
        with contextlib.suppress(ConnectionError):
            assert b"event" not in await raw.reader.read()
        await raw.close()

    tell(home, story)


def test_T067_a_text_that_json_blows_up_does_not_block_a_log(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        backend.receive("bob", "\x01" * (256 * 1024))
        backend.receive("bob", "after")
        async with client.connect(home) as node:
            texts = [entry.text async for entry in node.log("bob")]
            assert texts == ["\x01" * limits.SHOWN_TEXT_CHARS, "after"]
            stream = node.events(since=0)
            assert [(await anext(stream)).id for _ in range(2)] == [1, 2]
            await stream.aclose()

    tell(home, story)


def test_as_many_programs_as_the_guide_says_may_be_connected() -> None:
    assert api_server.MAX_CONNECTIONS == 64


def test_one_connection_too_many_is_told_so_and_closed(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(api_server, "MAX_CONNECTIONS", 3)

    async def story(backend: FakeBackend) -> None:
        kept = [await Raw.connect(home) for _ in range(3)]
        for raw in kept:
            await raw.ask(call("status"))
        more = await Raw.connect(home)
        refused = json.loads(await more.reader.read())
        assert (refused["id"], refused["error"]["data"]["code"]) == (None, "too-many")
        await kept.pop().close()
        await asyncio.sleep(0.2)
        again = await Raw.connect(home)
        assert (await again.ask(call("status")))["result"]["ready"]
        for raw in (*kept, more, again):
            await raw.close()

    tell(home, story)
    assert caplog.records == []


def test_one_too_many_who_does_not_wait_for_an_answer_is_no_error(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(api_server, "MAX_CONNECTIONS", 0)

    async def story(backend: FakeBackend) -> None:
        with socket.socket(socket.AF_UNIX) as hasty:
            hasty.connect(str(home.socket()))
        await asyncio.sleep(0.05)

    tell(home, story)
    assert caplog.records == []


def test_what_was_asked_is_done_even_if_the_caller_hangs_up(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        slow_call = backend.call

        async def slower(method: str, params: Any) -> Any:
            await asyncio.sleep(0.1)
            return await slow_call(method, params)

        backend.call = slower  # type: ignore[method-assign]
        raw = await Raw.connect(home)
        raw.writer.write(call("message.send", to="carol", text="x", wait="read") + b"\n")
        await asyncio.sleep(0.05)
        raw.writer.transport.abort()
        await until(lambda: backend.entries.get("carol"))
        assert len(backend.entries["carol"]) == 1

    tell(home, story, limits=ConnectionLimits(stall_seconds=0.01))


def test_a_client_that_closed_its_sending_half_still_gets_its_answer(home: Home) -> None:
    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        raw.writer.write(call("message.send", to="bob", text="x", wait="read") + b"\n")
        raw.writer.write_eof()
        assert json.loads(await raw.reader.readline())["result"]["state"] == "read"
        assert await raw.reader.read() == b""
        await raw.close()

    tell(home, story)


def test_T076_a_reader_that_stalls_does_not_hold_up_a_node_that_stops(home: Home) -> None:
    async def run() -> float:
        backend = FakeBackend()
        backend.announce("circle", subject="x" * 500_000)
        async with asyncio.timeout(30), serving(home, backend, limits=ConnectionLimits(closing_seconds=0.1)):
            raw = await Raw.connect(home)
            raw.writer.write(call("events.subscribe", since=0) + b"\n")
            await raw.reader.read(1)
            raw.reader._transport.pause_reading()  # type: ignore[attr-defined]
            began = asyncio.get_running_loop().time()
        raw.writer.transport.abort()
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(run()) < 3


@pytest.mark.parametrize("instead", [None, "a file"])
def test_a_socket_that_was_taken_away_is_made_anew(
    home: Home, caplog: pytest.LogCaptureFixture, instead: str | None
) -> None:
    async def run() -> None:
        async with asyncio.timeout(30), serving(home, FakeBackend()) as server:
            kept = await Raw.connect(home)
            await kept.ask(call("status"))
            home.socket().unlink()
            if instead is not None:
                home.socket().write_text(instead)
            await server.mend()
            for raw in (kept, await Raw.connect(home)):
                assert (await raw.ask(call("status")))["result"]["ready"]
                await raw.close()
            before = home.socket().stat().st_ino
            await server.mend()
            assert home.socket().stat().st_ino == before
        assert not home.socket().exists()

    asyncio.run(run())
    assert [record.getMessage() for record in caplog.records] == ["the socket was taken away; it is made anew"]


def test_a_socket_that_cannot_be_made_yet_is_made_later(home: Home) -> None:
    async def run() -> None:
        async with asyncio.timeout(30), serving(home, FakeBackend()) as server:
            home.socket().unlink()
            home.root.chmod(0o755)
            await server.mend()
            assert not home.socket().exists()
            home.root.chmod(0o700)
            await server.mend()
            raw = await Raw.connect(home)
            assert (await raw.ask(call("status")))["result"]["ready"]
            await raw.close()

    asyncio.run(run())


def test_a_socket_for_which_there_is_no_descriptor_is_made_later(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_home: Home) -> socket.socket:
        raise exhausted()

    async def run() -> None:
        async with asyncio.timeout(30), serving(home, FakeBackend()) as server:
            home.socket().unlink()
            with monkeypatch.context() as patch:
                patch.setattr(api_server, "open_socket", refused)
                await server.mend()
            await server.mend()
            raw = await Raw.connect(home)
            assert (await raw.ask(call("status")))["result"]["ready"]
            await raw.close()

    asyncio.run(run())


def test_a_connection_that_cannot_be_served_is_closed_and_logged(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refused(**_: object) -> None:
        raise exhausted()

    async def story(backend: FakeBackend) -> None:
        with monkeypatch.context() as patch, socket.socket(socket.AF_UNIX) as comer:
            patch.setattr(asyncio, "open_unix_connection", refused)
            comer.setblocking(False)
            comer.connect(str(home.socket()))
            assert await asyncio.get_running_loop().sock_recv(comer, 1) == b""
        raw = await Raw.connect(home)
        assert (await raw.ask(call("status")))["result"]["ready"]
        await raw.close()

    tell(home, story)
    assert ": OSError" in caplog.text


class Refusals:
    """What accepting a connection fails with, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *errors: OSError) -> None:
        self.left = list(errors)
        accept = socket.socket.accept

        def refusing(listener: socket.socket) -> Any:
            if self.left:
                raise self.left.pop(0)
            return accept(listener)

        monkeypatch.setattr(socket.socket, "accept", refusing)


def exhausted() -> OSError:
    return OSError(errno.EMFILE, "Too many open files")


def test_without_descriptors_the_log_says_so_once_and_the_server_goes_on(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(api_server, "RETRY_SECONDS", 0.05)
    refusals = Refusals(monkeypatch, *[exhausted() for _ in range(5)])

    async def story(backend: FakeBackend) -> None:
        for times in (1, 2):
            raw = await Raw.connect(home)
            assert (await raw.ask(call("status")))["result"]["ready"]
            await raw.close()
            assert refusals.left == []
            assert caplog.text.count("Too many open files") == times
            refusals.left.append(exhausted())

    tell(home, story)
    assert "Traceback" not in caplog.text


def test_without_descriptors_nothing_is_tried_until_later_and_nothing_after_the_end(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_server, "RETRY_SECONDS", 1000)
    refusals = Refusals(monkeypatch, exhausted(), exhausted())

    async def run() -> None:
        async with serving(home, FakeBackend()) as server:
            raw = await Raw.connect(home)
            await asyncio.sleep(0.05)
            assert len(refusals.left) == 1
        assert server._later is not None
        assert server._later.cancelled()
        await raw.close()

    asyncio.run(run())


@pytest.mark.parametrize("error", [BlockingIOError(), ConnectionAbortedError()])
def test_who_is_gone_before_being_accepted_does_not_keep_the_next_one_waiting(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: OSError
) -> None:
    refusals = Refusals(monkeypatch, error)

    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        assert (await raw.ask(call("status")))["result"]["ready"]
        await raw.close()

    tell(home, story)
    assert (refusals.left, caplog.records) == ([], [])


def test_a_connection_that_breaks_is_logged(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(self: ApiConnection) -> None:
        self._writer.close()
        raise KeyError

    monkeypatch.setattr(ApiConnection, "run", broken)

    async def story(backend: FakeBackend) -> None:
        raw = await Raw.connect(home)
        assert await raw.reader.read() == b""
        await raw.close()

    tell(home, story)
    assert "internal error" in caplog.text


def test_a_server_that_stops_waits_for_its_connections_and_listens_no_more(home: Home) -> None:
    async def run() -> None:
        async with serving(home, FakeBackend()) as server:
            raw = await Raw.connect(home)
            await raw.ask(call("status"))
            home.socket().unlink()
            await server.close()
            assert server._connections == set()
            await server.mend()
            assert not home.socket().exists()
            await raw.close()

    asyncio.run(run())


def test_a_server_that_never_listened_leaves_the_socket_alone(home: Home) -> None:
    async def run() -> None:
        home.socket().touch()
        await api_server.ApiServer(home, FakeBackend(), lambda: None).close()
        assert home.socket().exists()

    asyncio.run(run())


def test_closing_while_somebody_comes_is_no_error(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        for _ in range(30):
            async with asyncio.timeout(30), serving(home, FakeBackend()):
                await asyncio.sleep(0)
                with socket.socket(socket.AF_UNIX) as comer:
                    comer.setblocking(False)
                    comer.connect(str(home.socket()))
                    asyncio.get_running_loop().call_soon(comer.close)
                    await asyncio.sleep(0)

    asyncio.run(run())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_who_came_in_the_turn_in_which_the_node_stopped_is_hung_up_on(home: Home) -> None:
    """Their task never began, so it could not close anything."""

    async def run() -> None:
        server = api_server.ApiServer(home, FakeBackend(), lambda: None)
        await server.start()
        assert server._listener is not None
        with socket.socket(socket.AF_UNIX) as late:
            late.connect(str(home.socket()))
            server._accept(server._listener)
            await server.close()
            late.settimeout(5)
            assert late.recv(1) == b""

    asyncio.run(run())
