"""The local API server: one Unix socket, this user's processes only (T075, T076, A12)."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable

from coterie.api import codec
from coterie.api.errors import ApiError
from coterie.api.limits import MAX_LINE
from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.node.api_connection import ApiConnection, ConnectionLimits
from coterie.node.api_service import ApiService
from coterie.node.api_socket import open_socket, socket_id
from coterie.node.backend import Backend
from coterie.node.peer_credentials import peer_uid

log = logging.getLogger("coterie.node.api")

MAX_CONNECTIONS = 64
"""Programs of one user at once; one more is told so and closed before its first byte is read."""

_FULL = codec.encode_error(
    None,
    codec.REFUSED,
    ApiError("too-many", f"{MAX_CONNECTIONS} programs are connected to the node already", "end one, or try later"),
)


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
        self._listens_at: tuple[int, int] | None = None
        self._closing = False

    async def start(self) -> None:
        """Listens from now on; raises UserError or OSError when the socket cannot be made."""
        listener = open_socket(self._home)
        self._listens_at = socket_id(self._home.socket())
        self._server = await asyncio.start_unix_server(self._accept, sock=listener, limit=2 * MAX_LINE)

    async def mend(self) -> None:
        """Listens anew if the socket's file is not there any more, as after a cleaner of old files."""
        if self._server is None or self._closing:
            return
        if self._listens_at is not None and socket_id(self._home.socket()) == self._listens_at:
            return
        log.warning("the socket was taken away; it is made anew")
        self._server.close()
        self._listens_at = None
        with contextlib.suppress(UserError, OSError):  # tried again when this is called again
            await self.start()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        task = asyncio.current_task()
        if task is None or self._closing or not self._is_ours(connection):
            writer.transport.abort()
            return
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.write(_FULL)
            writer.close()
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
