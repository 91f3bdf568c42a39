"""The local API server: one Unix socket, this user's processes only (T075, T076, A12)."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable

from coterie.api.limits import MAX_LINE
from coterie.api.paths import Home
from coterie.node.api_connection import ApiConnection, ConnectionLimits
from coterie.node.api_service import ApiService
from coterie.node.api_socket import open_socket
from coterie.node.backend import Backend
from coterie.node.peer_credentials import peer_uid

log = logging.getLogger("coterie.node.api")

MAX_CONNECTIONS = 64
"""Programs of one user at once; one more is closed before a byte."""


class ApiServer:
    """Accepts connections and serves each in a task of its own."""

    def __init__(
        self,
        home: Home,
        backend: Backend,
        stop: Callable[[], None],
        limits: ConnectionLimits | None = None,
        allowed_uid: int | None = None,
    ) -> None:
        self._home = home
        self._service = ApiService(home, backend, stop)
        self._limits = limits or ConnectionLimits()
        self._allowed_uid = os.geteuid() if allowed_uid is None else allowed_uid
        self._connections: set[asyncio.Task[object]] = set()
        self._server: asyncio.Server | None = None
        self._closing = False

    async def start(self) -> None:
        """Listens from now on; raises UserError or OSError when the socket cannot be made."""
        listener = open_socket(self._home)
        self._server = await asyncio.start_unix_server(self._accept, sock=listener, limit=2 * MAX_LINE)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        task = asyncio.current_task()
        full = self._closing or len(self._connections) >= MAX_CONNECTIONS
        if task is None or full or not self._is_ours(connection):
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            await ApiConnection(reader, writer, self._service, self._limits).run()
        except asyncio.CancelledError:
            if not self._closing:  # Python 3.11 reports a handler that `close` has cancelled as an error
                raise
        finally:
            self._connections.discard(task)

    def _is_ours(self, connection: socket.socket) -> bool:
        try:
            uid = peer_uid(connection)
        except OSError:
            return False
        if uid != self._allowed_uid:
            log.warning("refused a connection of another user")
        return uid == self._allowed_uid

    async def close(self) -> None:
        """Stops listening, ends every connection and removes the socket."""
        if self._server is None or self._closing:
            return
        self._closing = True
        self._server.close()
        self._home.socket().unlink(missing_ok=True)
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)
