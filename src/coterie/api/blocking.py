"""One call over the socket, without an event loop: what a command of the command line needs."""

import contextlib
import socket
import time

from coterie.api import codec, errors, reaching
from coterie.api.errors import ApiError
from coterie.api.methods import Method, P, R
from coterie.api.paths import Home

PATIENCE = 30.0
"""Seconds that a call may take beyond what it is asked to wait for."""


def call(home: Home, method: Method[P, R], params: P, wait_seconds: float = 0.0) -> R:
    """Asks the node of `home`; raises `ApiError` with the node's error, or with `daemon-not-running`,
    `daemon-stopped`, `daemon-silent` or `daemon-not-permitted`."""
    line = codec.encode_request(1, method.name, params)
    with _connect(home) as connection:
        connection.settimeout(wait_seconds + PATIENCE)
        try:
            with contextlib.suppress(BrokenPipeError):  # it may have said why before it hung up
                connection.sendall(line)
            answer = _read_line(connection)
        except TimeoutError:
            raise errors.silent() from None
        except OSError:
            raise errors.connection_lost() from None
    for message in codec.parse_message(answer):
        if isinstance(message, codec.Reply):
            if message.error is not None:
                raise message.error
            return codec.parse_result(message.result, method.result)
    raise ApiError("protocol-error", "the node's answer cannot be read", "is it of this version?")


def _connect(home: Home) -> socket.socket:
    until = time.monotonic() + reaching.PATIENCE
    while True:
        connection = reaching.attempt(home)
        if connection is not None:
            return connection
        if time.monotonic() >= until:
            raise errors.silent()
        time.sleep(reaching.PAUSE)


def _read_line(connection: socket.socket) -> bytes:
    reader = codec.LineReader()
    while True:
        data = connection.recv(65536)
        if not data:
            raise errors.connection_lost()
        for line in reader.feed(data):
            if line is None:
                raise ApiError("protocol-error", "the node's answer is longer than a line may be")
            return line
