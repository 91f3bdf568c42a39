"""One connection's own bounds; the rest is in test_api_server."""

import asyncio
import contextlib
import json
import socket

import pytest

from coterie.api import client
from coterie.api.paths import Home
from coterie.api.schema import Params, Record
from coterie.node import api_connection, api_server
from coterie.node.api_connection import ConnectionLimits
from coterie.testing.fake_backend import FakeBackend
from coterie.testing.fake_node import serving
from tests.waiting import until


def test_T075_no_more_calls_are_read_than_may_be_in_work(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        gate = asyncio.Event()
        at_once = 0
        call = backend.call

        async def gated(method: str, params: Params) -> Record:
            nonlocal at_once
            at_once += 1
            await gate.wait()
            return await call(method, params)

        backend.call = gated  # type: ignore[method-assign]
        async with serving(home, backend, ConnectionLimits(calls_at_once=4)):
            reader, writer = await asyncio.open_unix_connection(str(home.socket()))
            for number in range(20):
                writer.write(b'{"jsonrpc":"2.0","id":%d,"method":"conversation.read","params":{"id":"x"}}\n' % number)
            await asyncio.sleep(0.1)
            assert at_once == 4
            gate.set()
            answers = [json.loads(await reader.readline())["id"] for _ in range(20)]
            assert sorted(answers) == list(range(20))
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())


def test_T076_lists_are_made_one_by_one_as_the_client_takes_them_and_nobody_waits_for_them(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        for _ in range(20):
            backend.receive("bob", "x" * 100_000)
        made = 0
        call = backend.call

        async def counted(method: str, params: Params) -> Record:
            nonlocal made
            made += method == "conversation.log"
            return await call(method, params)

        backend.call = counted  # type: ignore[method-assign]
        async with asyncio.timeout(30), serving(home, backend):
            reader, writer = await asyncio.open_unix_connection(str(home.socket()), limit=1 << 20)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            for number in range(100):
                writer.write(
                    b'{"jsonrpc":"2.0","id":%d,"method":"conversation.log","params":{"conversation":"bob"}}\n' % number
                )
            await asyncio.sleep(0.5)
            assert made <= 3
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            answers = [json.loads(await reader.readline())["id"] for _ in range(100)]
            assert sorted(answers) == list(range(100))
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())


def test_T075_a_batch_makes_no_more_lists_than_fit_its_line(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        for _ in range(5):
            backend.receive("bob", "x" * 100_000)
        made = 0
        call = backend.call

        async def counted(method: str, params: Params) -> Record:
            nonlocal made
            made += method == "conversation.log"
            return await call(method, params)

        backend.call = counted  # type: ignore[method-assign]
        async with asyncio.timeout(30), serving(home, backend):
            reader, writer = await asyncio.open_unix_connection(str(home.socket()), limit=1 << 20)
            asked = b'{"jsonrpc":"2.0","id":%d,"method":"conversation.log","params":{"conversation":"bob"}}'
            writer.write(b"[" + b",".join(asked % number for number in range(64)) + b"]\n")
            answers = json.loads(await reader.readline())
            assert [answer["id"] for answer in answers] == list(range(64))
            assert "result" in answers[0]
            assert {answer["error"]["data"]["code"] for answer in answers[2:]} == {"too-large"}
            assert made <= 3
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())


@pytest.mark.parametrize("half_first", [False, True])
def test_T075_who_hangs_up_while_a_call_waits_gives_its_place_to_others(
    home: Home, monkeypatch: pytest.MonkeyPatch, half_first: bool
) -> None:
    monkeypatch.setattr(api_server, "MAX_CONNECTIONS", 1)
    monkeypatch.setattr(api_connection, "LOOK_SECONDS", 0.05)

    async def run() -> None:
        backend = FakeBackend()
        async with asyncio.timeout(10), serving(home, backend):
            _, writer = await asyncio.open_unix_connection(str(home.socket()))
            asked = {"to": "carol", "text": "x", "wait": "read", "timeout_ms": 3_600_000}  # carol reads nothing
            call = {"jsonrpc": "2.0", "id": 1, "method": "message.send", "params": asked}
            writer.write(json.dumps(call).encode() + b"\n")
            if half_first:
                writer.write_eof()
                await asyncio.sleep(0.2)
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.3)
            async with client.connect(home) as node:
                assert (await node.status()).ready
            assert len(backend.entries["carol"]) == 1

    asyncio.run(run())


@pytest.mark.parametrize("line", [b"%b\n", b"[%b]\n"])
def test_T075_who_hangs_up_with_more_calls_than_are_read_gives_its_place_to_others_too(
    home: Home, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    """Nothing is read while there is no room, not even the end; and all that was asked is done nevertheless."""
    monkeypatch.setattr(api_server, "MAX_CONNECTIONS", 1)
    monkeypatch.setattr(api_connection, "LOOK_SECONDS", 0.02)

    async def run() -> None:
        backend = FakeBackend()
        async with asyncio.timeout(10), serving(home, backend, ConnectionLimits(calls_at_once=4)):
            _, writer = await asyncio.open_unix_connection(str(home.socket()))
            asked = {"to": "carol", "text": "x", "wait": "read", "timeout_ms": 3_600_000}  # carol reads nothing
            call = {"jsonrpc": "2.0", "id": 1, "method": "message.send", "params": asked}
            writer.write(line % json.dumps(call).encode() * 10)
            await asyncio.sleep(0.1)
            assert len(backend.entries["carol"]) == 4
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.3)
            async with client.connect(home) as node:
                assert (await node.status()).ready
            assert len(backend.entries["carol"]) == 10

    asyncio.run(run())


def test_T076_a_reader_that_stalls_while_a_call_waits_is_no_error_of_ours(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        backend = FakeBackend()
        backend.receive("bob", "x" * 250_000)
        async with asyncio.timeout(10), serving(home, backend, ConnectionLimits(stall_seconds=0.1)):
            reader, writer = await asyncio.open_unix_connection(str(home.socket()))
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            asked = {"to": "carol", "text": "x", "wait": "read"}
            writer.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "message.send", "params": asked}).encode())
            for number in range(2, 6):
                writer.write(
                    b'\n{"jsonrpc":"2.0","id":%d,"method":"conversation.log","params":{"conversation":"bob"}}\n'
                    % number
                )
            await asyncio.sleep(0.3)
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            with contextlib.suppress(ConnectionError):
                while await reader.read(65536):
                    pass
            writer.close()

    asyncio.run(run())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_nothing_is_written_to_who_is_gone(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    """The library complains in the log about every write after the fifth."""

    async def run() -> None:
        backend = FakeBackend()
        call = backend.call
        answered = 0

        async def slower(method: str, params: Params) -> Record:
            nonlocal answered
            answered += 1
            await asyncio.sleep(0.01 * answered)
            return await call(method, params)

        backend.call = slower  # type: ignore[method-assign]
        async with asyncio.timeout(10), serving(home, backend):
            _, writer = await asyncio.open_unix_connection(str(home.socket()))
            writer.write(
                b"".join(
                    b'{"jsonrpc":"2.0","id":%d,"method":"circle.leave","params":{"circle":"x"}}\n' % n
                    for n in range(20)
                )
            )
            writer.write_eof()
            await asyncio.sleep(0.02)
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.4)
        assert answered == 20

    asyncio.run(run())
    assert "socket.send() raised exception" not in caplog.text


ASKED = b'{"jsonrpc":"2.0","id":1,"method":"circle.list"}\n'
FOLLOWED = b'{"jsonrpc":"2.0","id":1,"method":"events.subscribe"}\n'


@pytest.mark.parametrize(("said", "answers"), [(b"", 0), (ASKED * 3, 3), (FOLLOWED, 1)])
def test_who_has_said_all_gets_the_answers_and_then_the_end(
    home: Home, caplog: pytest.LogCaptureFixture, said: bytes, answers: int
) -> None:
    """Neither answers that were given nor events that may still come keep the connection."""

    async def run() -> None:
        async with asyncio.timeout(10), serving(home, FakeBackend()):
            reader, writer = await asyncio.open_unix_connection(str(home.socket()))
            writer.write(said)
            await asyncio.sleep(0.05)
            writer.write_eof()
            assert (await reader.read()).count(b"\n") == answers
            writer.close()

    asyncio.run(run())
    assert caplog.records == []


def test_T076_who_has_said_all_does_not_wait_for_ever_for_an_answer(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        stays = asyncio.Event()

        async def never(method: str, params: Params) -> Record:
            await stays.wait()
            raise AssertionError

        backend.call = never  # type: ignore[method-assign]
        async with asyncio.timeout(10), serving(home, backend, ConnectionLimits(stall_seconds=0.2)):
            reader, writer = await asyncio.open_unix_connection(str(home.socket()))
            writer.write(ASKED)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()

    asyncio.run(run())


def test_who_goes_without_taking_the_answers_is_no_error_of_ours(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with asyncio.timeout(10), serving(home, FakeBackend()) as server:
            with socket.socket(socket.AF_UNIX) as hasty:
                hasty.connect(str(home.socket()))
                hasty.sendall(ASKED)
                await until(lambda: server._connections)
                await asyncio.sleep(0.1)
            await until(lambda: not server._connections)

    asyncio.run(run())
    assert caplog.records == []
