"""A node's socket when it is there, when it is not, and when too many want it at once."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.api import blocking, client, codec, methods, reaching, schema
from coterie.api.errors import ApiError
from coterie.api.paths import Home


@contextlib.contextmanager
def crowded(home: Home) -> Iterator[socket.socket]:
    """A listener at which nobody more may wait."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(home.socket()))
        listener.listen(0)
        while (waiting := reaching.attempt(home)) is not None:
            stack.enter_context(waiting)
        yield listener


def test_nobody_listens(home: Home) -> None:
    with pytest.raises(ApiError) as raised:
        reaching.attempt(home)
    assert raised.value.code == "daemon-not-running"


def test_the_node_of_another_user_says_whose_it_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_connection: socket.socket, _path: str) -> None:
        raise PermissionError

    monkeypatch.setattr(socket.socket, "connect", refused)
    with pytest.raises(ApiError) as raised:
        reaching.attempt(home)
    assert raised.value.code == "daemon-not-permitted"


def test_somebody_listens(home: Home) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.socket()))
        listener.listen(1)
        connection = reaching.attempt(home)
        assert connection is not None
        connection.close()


def test_a_node_that_is_only_busy_is_waited_for(home: Home) -> None:
    with crowded(home) as listener:
        answered = threading.Event()

        def serve() -> None:
            while not answered.is_set():
                connection, _ = listener.accept()
                connection.settimeout(0.2)  # those who waited before us say nothing
                with connection, contextlib.suppress(TimeoutError):
                    if connection.recv(65536):
                        connection.sendall(codec.encode_result(1, schema.Done(id="x", subject="y")))
                        answered.set()

        later = threading.Timer(0.1, serve)
        later.start()
        done = blocking.call(home, methods.CIRCLE_LEAVE, schema.CircleNamed(circle="x"))
        assert done.subject == "y"
        later.join()


def test_a_program_waits_for_a_node_that_is_only_busy_too(home: Home) -> None:
    async def run(listener: socket.socket) -> None:
        coming = asyncio.ensure_future(client.open_channel(home))
        await asyncio.sleep(0.1)
        assert not coming.done()
        listener.accept()[0].close()
        await (await asyncio.wait_for(coming, 10)).close()

    with crowded(home) as listener:
        asyncio.run(run(listener))


def test_one_that_stays_busy_is_silent(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "PATIENCE", 0.1)

    async def connect() -> None:
        async with client.connect(home):
            raise AssertionError

    with crowded(home):
        with pytest.raises(ApiError) as raised:
            blocking.call(home, methods.STATUS, schema.NoParams())
        assert raised.value.code == "daemon-silent"
        with pytest.raises(ApiError) as raised:
            asyncio.run(connect())
        assert raised.value.code == "daemon-silent"


def test_no_node_runs_on_what_cannot_be_a_path() -> None:
    with pytest.raises(ApiError) as raised:
        reaching.attempt(Home(Path("/a\0b")))
    assert raised.value.code == "daemon-not-running"
