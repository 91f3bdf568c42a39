"""The asynchronous client, for programs: `async with connect(home) as node: await node.send(to, text)`.

Calls may be made at the same time; the node answers each when it is done. Every stream of events has a
connection of its own, so a slow reader of events holds nobody up, itself least of all: it is disconnected,
and resumes here after the last event that it got.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from pathlib import Path

from coterie.api import codec, errors, limits, methods, reaching, schema, status_schema
from coterie.api.errors import ApiError
from coterie.api.methods import Method, P, R
from coterie.api.paths import Home, find_home


class Channel:
    """One connection to a node's socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._lines = codec.LineReader()
        self._waiting: list[bytes] = []

    async def transmit(self, line: bytes) -> None:
        """Writes one line, with others of the same turn of the loop, and waits while the node reads slower than that."""
        if self._writer.is_closing():
            raise errors.connection_lost()
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(line)
        if self._writer.transport.get_write_buffer_size() <= limits.MAX_LINE:
            return
        try:
            await self._writer.drain()
        except OSError:
            raise errors.connection_lost() from None

    def _flush(self) -> None:
        lines, self._waiting = b"".join(self._waiting), []
        self._writer.write(lines)

    async def receive(self) -> list[codec.Reply | codec.Notification]:
        """What has come since; an empty list at the end of the connection."""
        while True:
            try:
                data = await self._reader.read(65536)
            except OSError:
                data = b""
            if not data:
                return []
            messages: list[codec.Reply | codec.Notification] = []
            for line in self._lines.feed(data):
                if line is None:
                    raise ApiError("protocol-error", "the node's answer is longer than a line may be")
                messages += codec.parse_message(line)
            if messages:
                return messages

    async def close(self) -> None:
        """Closes the connection; what was accepted stays accepted."""
        self._flush()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def open_channel(home: Home) -> Channel:
    """Connects; raises `ApiError`: `daemon-not-running`, `daemon-not-permitted` or `daemon-silent`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + reaching.PATIENCE
    while (connection := reaching.attempt(home)) is None:
        if loop.time() >= until:
            raise errors.silent()
        await asyncio.sleep(reaching.PAUSE)
    reader, writer = await asyncio.open_unix_connection(sock=connection, limit=2 * limits.MAX_LINE)
    return Channel(reader, writer)


class Node:
    """A running node, as its owner's programs see it. Every method raises `ApiError` when it is refused."""

    def __init__(self, home: Home, channel: Channel) -> None:
        self.home = home
        self._channel = channel
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._next_id = 0
        self._lost: ApiError | None = None
        self._reader = asyncio.get_running_loop().create_task(self._read())

    async def call(self, method: Method[P, R], params: P) -> R:
        """Any method of `coterie.api.methods`."""
        if self._lost is not None:
            raise self._lost
        self._next_id += 1
        id = self._next_id
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[id] = answer
        try:
            await self._channel.transmit(codec.encode_request(id, method.name, params))
            return codec.parse_result(await answer, method.result)
        finally:
            self._waiting.pop(id, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen, should the same end of the connection have stopped the writing first

    async def _read(self) -> None:
        failure = errors.connection_lost()
        try:
            while messages := await self._channel.receive():
                for message in messages:
                    if isinstance(message, codec.Reply):
                        failure = self._settle(message) or failure
        except ApiError as error:
            failure = error
        finally:
            self._lost = failure
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(failure)

    def _settle(self, reply: codec.Reply) -> ApiError | None:
        """Answers one call. An error that is for no call is given back: it is why the connection will end."""
        if reply.id is None:
            return reply.error
        answer = self._waiting.get(reply.id) if isinstance(reply.id, int) else None
        if answer is None or answer.done():
            return None
        if reply.error is not None:
            answer.set_exception(reply.error)
        else:
            answer.set_result(reply.result)
        return None

    async def close(self) -> None:
        """Ends the connection; calls that still wait get `daemon-stopped`."""
        self._reader.cancel()
        try:
            await asyncio.wait((self._reader,))
        finally:
            await self._channel.close()

    async def send(
        self,
        to: str,
        text: str,
        *,
        wait: schema.WaitFor = "",
        client_id: str = "",
        timeout_ms: int = 30_000,
    ) -> schema.Sent:
        """Returns when the message is durably queued, or has reached the state `wait`; else `timeout`."""
        params = schema.Send(to=to, text=text, client_id=client_id, wait=wait, timeout_ms=timeout_ms)
        return await self.call(methods.MESSAGE_SEND, params)

    async def log(self, conversation: str, *, since: str = "") -> AsyncGenerator[schema.LogEntry]:
        """All entries after `since` in history order, fetched page by page."""
        while True:
            params = schema.Log(conversation=conversation, since=since)
            page = await self.call(methods.CONVERSATION_LOG, params)
            for entry in page.entries:
                yield entry
            if not page.more or not page.entries:
                return
            since = page.entries[-1].id

    async def mark_read(self, id: str) -> None:
        """This entry of another, got by an event, is before a person's eyes; what `log` returns is so anyway."""
        await self.call(methods.CONVERSATION_READ, schema.EntryNamed(id=id))

    async def events(self, since: int | None = None) -> AsyncGenerator[schema.Event]:
        """Events above `since`, or from now on, for ever; raises when the node stops."""
        while True:
            subscribed = False
            async with contextlib.aclosing(_events(self.home, since)) as stream:
                async for event in stream:
                    if isinstance(event, schema.Subscribed):
                        subscribed, since = True, event.since
                        continue
                    since = event.id
                    yield event
            if not subscribed:
                raise errors.connection_lost()

    async def status(self) -> status_schema.Status:
        """How the node and its links are now."""
        return await self.call(methods.STATUS, schema.NoParams())

    async def circle_create(self, name: str, pseudonym: str) -> schema.Circle:
        """A new circle with this node as its founder."""
        return await self.call(methods.CIRCLE_CREATE, schema.CircleCreate(name=name, pseudonym=pseudonym))

    async def circles(self) -> list[schema.Circle]:
        """The circles that this node is in."""
        return (await self.call(methods.CIRCLE_LIST, schema.NoParams())).circles

    async def invite(self, circle: str, *, expires_ms: int = 86_400_000, approve: bool = False) -> schema.Invite:
        """A new invitation; its link is the secret."""
        params = schema.InvitationCreate(circle=circle, expires_ms=expires_ms, approve=approve)
        return await self.call(methods.INVITATION_CREATE, params)

    async def join(self, link: str, pseudonym: str, *, timeout_ms: int = 20_000) -> schema.Joined:
        """Returns when both ends have each other in the circle."""
        params = schema.Join(link=link, pseudonym=pseudonym, timeout_ms=timeout_ms)
        return await self.call(methods.JOIN, params)

    async def people(self, circle: str = "") -> list[schema.Person]:
        """The people of one circle or of all."""
        return (await self.call(methods.PERSON_LIST, schema.CircleFilter(circle=circle))).people

    async def person_verify(self, person: str, words: Sequence[str] = ()) -> schema.Words:
        """The six words; with them given, marks the person verified."""
        return await self.call(methods.PERSON_VERIFY, schema.PersonVerify(person=person, words=list(words)))

    async def group_create(self, title: str, people: Sequence[str]) -> schema.Group:
        """A new conversation of several people."""
        return await self.call(methods.GROUP_CREATE, schema.GroupCreate(title=title, people=list(people)))

    async def groups(self, circle: str = "") -> list[schema.Group]:
        """The groups that this node is in, of one circle or of all."""
        return (await self.call(methods.GROUP_LIST, schema.CircleFilter(circle=circle))).groups


async def _events(home: Home, since: int | None) -> AsyncGenerator[schema.Event | schema.Subscribed]:
    """One subscription, until its connection ends."""
    channel = await open_channel(home)
    try:
        params = schema.Subscribe(since=since)
        await channel.transmit(codec.encode_request(1, methods.EVENTS_SUBSCRIBE.name, params))
        while messages := await channel.receive():
            for message in messages:
                if isinstance(message, codec.Notification):
                    yield codec.parse_result(message.params, schema.Event)
                elif message.error is not None:
                    raise message.error
                else:
                    yield codec.parse_result(message.result, schema.Subscribed)
    finally:
        await channel.close()


@contextlib.asynccontextmanager
async def connect(home: Home | Path | str | None = None) -> AsyncIterator[Node]:
    """A connection to the node of `home` (else of `COTERIE_HOME`, else the user's own)."""
    place = home if isinstance(home, Home) else find_home(None if home is None else str(home))
    node = Node(place, await open_channel(place))
    try:
        yield node
    finally:
        await node.close()
