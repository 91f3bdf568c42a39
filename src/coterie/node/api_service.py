"""Performs one call, whichever connection it came on."""

import asyncio
import os
from collections.abc import Callable

from coterie import __version__
from coterie.api import codec, methods
from coterie.api.errors import ApiError
from coterie.api.paths import Home
from coterie.api.schema import Join, Params, Record, Send, replace
from coterie.api.status_schema import Status, Stopping
from coterie.node import api_waiting
from coterie.node.api_faults import RpcError
from coterie.node.backend import Backend
from coterie.node.event_feed import EventFeed


class ApiService:
    """The methods of the API over a backend. `stop` is called when a caller asks the node to stop."""

    def __init__(self, home: Home, backend: Backend, stop: Callable[[], None]) -> None:
        self.backend = backend
        self._home = home
        self._stop = stop
        self._feed = EventFeed(backend)
        self._running: set[asyncio.Future[Record]] = set()

    def parse(self, request: codec.Request) -> Params:
        """The typed parameters; raises `RpcError` for an unknown method or parameters that do not fit."""
        method = methods.METHODS.get(request.method)
        if method is None:
            error = ApiError(
                "unknown-method", "there is no such method", "docs/guides/programs.md says where all are listed"
            )
            raise RpcError(codec.METHOD_NOT_FOUND, error)
        try:
            params: Params = codec.parse_params(method, request.params)
        except ApiError as error:
            raise RpcError(codec.INVALID_PARAMS, error) from None
        return params

    async def perform(self, method: str, params: Params) -> Record:
        """The result of one method; `events.subscribe` is the connection's own matter."""
        match params:
            case Send():
                return await api_waiting.send(lambda given: self._call(method, given), self._feed, params)
            case Join():
                return await api_waiting.join(lambda given: self._call(method, given), self._feed, params)
        if method == methods.STOP.name:
            self._stop()
            return Stopping(pid=os.getpid())
        result = await self._call(method, params)
        if isinstance(result, Status):
            return self._complete(result)
        return result

    async def _call(self, method: str, params: Params) -> Record:
        """A caller that hangs up does not undo half a command: what has begun is finished."""
        work = asyncio.ensure_future(self.backend.call(method, params))
        self._running.add(work)
        work.add_done_callback(self._finished)
        return await asyncio.shield(work)

    def _finished(self, work: "asyncio.Future[Record]") -> None:
        self._running.discard(work)
        if not work.cancelled():
            work.exception()  # seen by the caller, if there still is one

    def _complete(self, status: Status) -> Status:
        return replace(
            status,
            version=__version__,
            home=str(self._home.root),
            socket=str(self._home.socket()),
            pid=os.getpid(),
        )
