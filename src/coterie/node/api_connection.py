"""One connection of the local API: calls in, answers and events out, everything bounded (T075, T076)."""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass

from coterie.api import codec, methods
from coterie.api.errors import ApiError
from coterie.api.limits import MAX_LINE
from coterie.api.schema import Record, Subscribe, Subscribed
from coterie.node import api_faults
from coterie.node.api_fitting import encode_event, encode_reply
from coterie.node.api_service import ApiService
from coterie.node.hung_up import has_hung_up

EVENT_PAGE = 256

LOOK_SECONDS = 0.5
"""How often is looked whether somebody who says nothing more is still there."""

LISTING = frozenset(
    method.name
    for method in (
        methods.CIRCLE_LIST,
        methods.CIRCLE_SHOW,
        methods.CONVERSATION_LOG,
        methods.GROUP_LIST,
        methods.INVITATION_LIST,
        methods.PERSON_LIST,
        methods.STATUS,
    )
)
"""Methods whose answer may fill a line. Of one connection they are performed one by one, each once the client has
taken what was answered before: a hundred asked for at once hold neither memory nor the engine."""

_NO_ROOM = ApiError("too-large", "the batch's answers do not fit one line", "ask for less at once")


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Bounds of one connection."""

    stall_seconds: float = 30.0
    """A peer that takes nothing for so long is disconnected; it resumes by the last event id that it has."""

    closing_seconds: float = 1.0
    """The same when the node stops: it has other things to close, and little time."""

    calls_at_once: int = 128
    """Lines being worked on; beyond it nothing more is read. Two of the driver's batches."""

    write_buffer: int = 64 * 1024
    """Bytes that may wait for a slow reader before writers wait too."""


@dataclass(slots=True)
class _Batch:
    """How many bytes of lists the answer to a batch may still get."""

    room: int = MAX_LINE


class StalledError(Exception):
    """The other end takes nothing any more."""


class ApiConnection:
    """Serves one client until it hangs up, stalls or the node stops."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        service: ApiService,
        limits: ConnectionLimits,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._service = service
        self._limits = limits
        self._room = asyncio.Semaphore(limits.calls_at_once)
        self._listing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscribed = False
        self._lines: list[bytes] = []
        writer.transport.set_write_buffer_limits(high=limits.write_buffer)

    async def run(self) -> None:
        """Reads lines and starts their calls in order; returns when the connection is over."""
        lines = codec.LineReader()
        patience = self._limits.stall_seconds
        try:
            with contextlib.suppress(OSError):
                while data := await self._reader.read(65536):
                    for line in lines.feed(data):
                        await self._find_room()
                        self._start(self._serve(codec.parse_incoming(line)))
            await self._finish_answers()
        except asyncio.CancelledError:
            patience = self._limits.closing_seconds
            raise
        finally:
            await self._end(patience)

    async def _find_room(self) -> None:
        """Waits until one more line may be worked on. Nothing is read meanwhile, so it is looked whether somebody still
        waits for what is being done: if not, what they asked after it is begun now."""
        while self._room.locked():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._room.acquire()
                    return
            if self._is_gone():
                for task in self._tasks:
                    task.cancel()
        await self._room.acquire()

    def _is_gone(self) -> bool:
        """Whether nobody can take an answer any more: they have hung up, or were disconnected for taking nothing."""
        return self._writer.is_closing() or has_hung_up(self._writer.get_extra_info("socket").fileno())

    async def _finish_answers(self) -> None:
        """A client may close its sending half and still wait, for a while, for what it has asked. One that is gone
        gives its place to others; what has begun is finished all the same."""
        for _ in range(2):  # turns of the loop, in which what was read last begins: a call, or those of a batch
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.stall_seconds
        while self._tasks and not self._subscribed and (left := until - loop.time()) > 0:
            if self._is_gone():
                return
            await asyncio.wait(self._tasks, timeout=min(left, LOOK_SECONDS))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, patience: float) -> None:
        try:
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)
            self._flush()
            self._writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(patience):
                    await self._writer.wait_closed()
        finally:
            self._writer.transport.abort()

    async def _serve(self, incoming: codec.Incoming) -> None:
        try:
            if incoming.batch:
                batch = _Batch()
                answers = await asyncio.gather(*(self._answer(call, batch) for call in incoming.calls))
                replies = [answer for answer in answers if answer is not None]
                if replies:
                    await self._write(codec.encode_batch(replies))
            else:
                answer = await self._answer(incoming.calls[0])
                if answer is not None:
                    await self._write(answer[1])
        except (StalledError, OSError):
            self._writer.transport.abort()
        finally:
            self._room.release()

    async def _answer(
        self, call: codec.Request | codec.Invalid, batch: _Batch | None = None
    ) -> tuple[int | str | None, bytes] | None:
        """The reply to one call with its id; None for a notification."""
        if isinstance(call, codec.Invalid):
            return call.id, codec.encode_error(call.id, call.rpc_code, call.error)
        if call.method not in LISTING:
            return await self._reply(call)
        async with self._listing:
            if batch is not None and batch.room <= 0:
                return None if call.id is None else (call.id, codec.encode_error(call.id, codec.REFUSED, _NO_ROOM))
            self._flush()
            await self._taken()
            reply = await self._reply(call)
            if batch is not None and reply is not None:
                batch.room -= len(reply[1])
            return reply

    async def _reply(self, call: codec.Request) -> tuple[int | str | None, bytes] | None:
        try:
            result = await self._perform(call)
            line = b"" if call.id is None else encode_reply(call.id, result)
        except Exception as failure:  # noqa: BLE001 - the one door where any failure becomes an answer
            rpc_code, error = api_faults.describe(failure)
            line = codec.encode_error(call.id, rpc_code, error)
        return None if call.id is None else (call.id, line)

    async def _perform(self, call: codec.Request) -> Record:
        params = self._service.parse(call)
        if call.method == methods.EVENTS_SUBSCRIBE.name and isinstance(params, Subscribe):
            return self._subscribe(params)
        return await self._service.perform(call.method, params)

    def _subscribe(self, params: Subscribe) -> Subscribed:
        if self._subscribed:
            raise ApiError("already-subscribed", "this connection has its events already", "open another one")
        self._subscribed = True
        since = self._service.backend.last_event() if params.since is None else params.since
        self._start(self._pump(since))
        return Subscribed(since=since)

    async def _pump(self, since: int) -> None:
        """Events are read from the vault as fast as the client takes them: nothing piles up here. This task
        starts when the one that subscribed waits for the first time, with its answer written."""
        try:
            while True:
                for event in await self._service.backend.events(since, EVENT_PAGE):
                    since = event.id
                    await self._write(encode_event(event))
                await self._service.backend.wait_for_event(since)
        except (StalledError, OSError):
            self._writer.transport.abort()
        except Exception as failure:  # noqa: BLE001 - it is logged, and the client sees the stream end
            api_faults.describe(failure)
            self._writer.transport.abort()

    async def _write(self, line: bytes) -> None:
        """What is said in one turn of the loop, often the answers of a whole batch, goes out as one piece."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._flush)
        self._lines.append(line)
        await self._taken()

    async def _taken(self) -> None:
        """Waits while the client takes what was said more slowly than that."""
        if self._writer.transport.get_write_buffer_size() <= self._limits.write_buffer:
            return
        try:
            async with asyncio.timeout(self._limits.stall_seconds):
                await self._writer.drain()
        except TimeoutError:
            raise StalledError from None

    def _flush(self) -> None:
        lines, self._lines = b"".join(self._lines), []
        if lines and not self._writer.is_closing():  # nobody is there any more to be written to
            self._writer.write(lines)
