"""The blocking one-shot against sockets that answer well, badly or not at all."""

import asyncio
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from coterie.api import blocking, codec, limits, methods, reaching, schema, status_schema
from coterie.api.errors import ApiError
from coterie.api.paths import Home
from coterie.testing.fake_backend import FakeBackend
from coterie.testing.fake_node import serving


@contextmanager
def answering(home: Home, answer: bytes | None) -> Iterator[None]:
    """A socket that gives one answer to one call, whatever it is; None closes without having read the call."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(home.socket()))
    listener.listen(1)

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            select.select([connection], [], [])
            if answer is not None:
                connection.recv(65536)
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        thread.join(5)
        listener.close()


def ask(home: Home) -> schema.Record:
    return blocking.call(home, methods.STATUS, schema.NoParams())


def code_of(home: Home) -> str:
    with pytest.raises(ApiError) as raised:
        ask(home)
    return raised.value.code


def test_a_real_server_answers(home: Home) -> None:
    async def run() -> None:
        async with serving(home, FakeBackend()):
            status = await asyncio.to_thread(ask, home)
            assert isinstance(status, status_schema.Status)
            assert status.ready

    asyncio.run(run())


def test_nobody_listens(home: Home) -> None:
    assert code_of(home) == "daemon-not-running"


def test_a_socket_that_a_killed_node_left_is_no_node(home: Home) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.socket()))
    assert code_of(home) == "daemon-not-running"


@pytest.mark.parametrize("answer", [None, b""])
def test_a_connection_that_is_closed_before_a_byte(home: Home, answer: bytes | None) -> None:
    with answering(home, answer):
        assert code_of(home) == "daemon-stopped"


@pytest.mark.parametrize(
    "answer",
    [
        b"{}\n",
        b"x" * limits.MAX_LINE + b"\n",
        b"nonsense\n",
        b'{"jsonrpc":"2.0","method":"event"}\n',
        b'{"jsonrpc":"2.0","id":1,"result":1}\n',
        b'{"jsonrpc":"2.0","id":1,"id":1,"result":{}}\n',
    ],
)
def test_an_answer_that_is_none(home: Home, answer: bytes) -> None:
    with answering(home, answer):
        assert code_of(home) == "protocol-error"


def test_what_a_node_says_before_it_hangs_up_is_the_reason(home: Home) -> None:
    full = codec.encode_error(None, codec.REFUSED, ApiError("too-many", "too many"))
    with answering(home, full):
        assert code_of(home) == "too-many"


def test_the_reason_is_read_though_the_call_cannot_be_written_any_more(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(codec.encode_error(None, codec.REFUSED, ApiError("too-many", "too many")))
    monkeypatch.setattr(reaching, "attempt", lambda _: ours)
    assert code_of(home) == "too-many"


def test_a_node_that_does_not_answer(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "PATIENCE", 0.1)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.socket()))
        listener.listen(1)
        assert code_of(home) == "daemon-silent"
