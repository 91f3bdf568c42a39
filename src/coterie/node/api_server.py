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
from coterie.node import api_faults
from coterie.node.api_connection import ApiConnection, ConnectionLimits
from coterie.node.api_service import ApiService
from coterie.node.api_socket import open_socket, socket_id
from coterie.node.backend import Backend
from coterie.node.peer_credentials import peer_uid

log = logging.getLogger("coterie.node.api")

MAX_CONNECTIONS = 64
"""Programs of one user at once; one more is told so and closed before its first byte is read."""

RETRY_SECONDS = 1.0
"""How long accepting waits after the system has refused it: for want of descriptors, most likely."""

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
        self._connections: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None
        self._listens_at: tuple[int, int] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._failing = False
        self._closing = False

    async def start(self) -> None:
        """Listens from now on; raises UserError or OSError when the socket cannot be made."""
        self._listener = open_socket(self._home)
        self._listens_at = socket_id(self._home.socket())
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    async def mend(self) -> None:
        """Listens anew if the socket's file is not there any more, as after a cleaner of old files."""
        if self._closing or (self._listens_at is not None and socket_id(self._home.socket()) == self._listens_at):
            return
        log.warning("the socket was taken away; it is made anew")
        self._listen_no_more()
        with contextlib.suppress(UserError, OSError):  # tried again when this is called again
            await self.start()

    def _accept(self, listener: socket.socket) -> None:
        """One connection in each turn of the loop. The library's own way floods the log when the process has no
        descriptor left, and a cancelled wait for a connection may lose one."""
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as problem:
            if not self._failing:
                log.warning("no program can connect for now: %s", problem.strerror)
            self._failing = True
            loop = asyncio.get_running_loop()
            loop.remove_reader(listener)
            self._later = loop.call_later(RETRY_SECONDS, loop.add_reader, listener, self._accept, listener)
        else:
            self._failing = False
            connection.setblocking(False)
            self._admit(connection)

    def _admit(self, connection: socket.socket) -> None:
        if not self._is_ours(connection):
            connection.close()
            return
        if len(self._connections) >= MAX_CONNECTIONS:
            with connection, contextlib.suppress(OSError):
                connection.send(_FULL)
            return
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._connections.add(task)
        task.add_done_callback(lambda over: self._over(over, connection))

    async def _serve(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=2 * MAX_LINE)
        await ApiConnection(reader, writer, self._service, self._limits).run()

    def _over(self, task: asyncio.Task[None], connection: socket.socket) -> None:
        connection.close()  # also of a task that never came so far as to own it
        self._connections.discard(task)
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, Exception):
            api_faults.describe(failure)

    def _is_ours(self, connection: socket.socket) -> bool:
        try:
            uid = peer_uid(connection)
        except OSError:
            return False
        if uid != self._allowed_uid:
            log.warning("refused a connection of another user")
        return uid == self._allowed_uid

    def _listen_no_more(self) -> None:
        self._listens_at = None
        if self._later is not None:
            self._later.cancel()
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    async def close(self) -> None:
        """Stops listening, ends every connection and removes the socket."""
        if self._closing:
            return
        self._closing = True
        if self._listener is not None:
            self._listen_no_more()
            self._home.socket().unlink(missing_ok=True)
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)
