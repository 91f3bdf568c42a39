"""The API server's view of one node: methods become commands for the driver, rows become events."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from coterie.api import methods, schema
from coterie.api.schema import Event, Params, Record
from coterie.core.engine.ports.commands import (
    CreateInvitation,
    MarkRead,
    ShowCircle,
    ShowInvitation,
    ShowStatus,
    VerifyPerson,
)
from coterie.core.engine.ports.store import Store
from coterie.core.engine.ports.views import CircleDetails, InvitationView, PersonView, StatusView
from coterie.core.kernel.errors import UserError
from coterie.node import shown, status
from coterie.node.calls import CALLS, restrict
from coterie.node.event_signal import EventSignal
from coterie.node.shell import Shell

T = TypeVar("T")

DOOR_SECONDS = 5.0
"""How long an invitation waits for its door to be bound before its link can be shown."""

EVENTS_SIZE = 256 * 1024
"""Bytes of events that are read at once, for each stream: a long text or two, or hundreds of states."""

WORDS_SECONDS = 5.0
"""How long the other side of a link may take to make words with us."""


class EngineBackend:
    """Implements `backend.Backend` over one shell."""

    def __init__(self, shell: Shell, signal: EventSignal, started_at: str) -> None:
        self._shell = shell
        self._signal = signal
        self._started_at = started_at

    async def call(self, method: str, params: Params) -> Record:
        """One method of the API; see `backend.Backend.call`."""
        if isinstance(params, schema.InvitationCreate):
            return await self._invite(params)
        if isinstance(params, schema.PersonVerify):
            return await self._verify(params)
        if isinstance(params, schema.EntryNamed):
            await self._shell.driver.submit(MarkRead(params.id))
            return schema.MarkedRead(id=params.id)
        if method == methods.STATUS.name:
            view = await self._shell.driver.submit(ShowStatus())
            if not isinstance(view, StatusView):
                raise TypeError("the engine answered something else")
            return await status.complete(view, self._shell, self._started_at)
        call = CALLS[method]
        circle = await self._circle(params) if isinstance(params, schema.CircleFilter) and params.circle else ""
        record = restrict(circle, call.show(await self._shell.driver.submit(call.command(params))))
        if isinstance(record, schema.Joined) and record.relay == self._shell.endpoints.relay:
            return schema.replace(record, relay="")
        return record

    async def events(self, since: int, limit: int) -> Sequence[Event]:
        """See `backend.Backend.events`."""

        def read(store: Store) -> list[Event]:
            return [shown.event(row) for row in store.events.since(since, limit, EVENTS_SIZE)]

        return await self._shell.driver.read(read)

    async def wait_for_event(self, since: int) -> None:
        """See `backend.Backend.wait_for_event`."""
        await self._signal.wait(since)

    def last_event(self) -> int:
        """See `backend.Backend.last_event`."""
        return self._signal.last

    async def _circle(self, params: schema.CircleFilter) -> str:
        """The circle that a list is wanted of, as records name it; `unknown-circle` and so on as everywhere."""
        found = await self._shell.driver.submit(ShowCircle(params.circle))
        if not isinstance(found, CircleDetails):
            raise TypeError("the engine answered something else")
        return found.circle.name

    async def _verify(self, params: schema.PersonVerify) -> schema.Words:
        """Words that neither side has yet are made on the link first, which takes a round trip."""
        try:
            found = await self._until(
                lambda: self._words(VerifyPerson(params.person)), lambda words: bool(words.words), WORDS_SECONDS
            )
        except TimeoutError:
            raise UserError("timeout", "the other device has not answered with its words", "try again") from None
        if not params.words:
            return found
        if [word.lower() for word in params.words] != found.words:
            message = "these are not the words that this node shows"
            raise UserError("words-differ", message, "show them again: coterie person verify NAME")
        return await self._words(VerifyPerson(params.person, compared=True))

    async def _words(self, command: VerifyPerson) -> schema.Words:
        view = await self._shell.driver.submit(command)
        if not isinstance(view, PersonView):
            raise TypeError("the engine answered something else")
        return shown.words(view)

    async def _invite(self, params: schema.InvitationCreate) -> schema.Invite:
        """The link names the door's address, so it is complete only once the door is bound."""
        seconds = max(1, params.expires_ms // 1000)
        made = await self._invitation(CreateInvitation(params.circle, seconds, params.approve))
        if not made.link:
            show = ShowInvitation(made.id)
            try:
                made = await self._until(lambda: self._invitation(show), lambda found: bool(found.link), DOOR_SECONDS)
            except TimeoutError:
                message = "no address could be opened for the invitation"
                raise UserError("no-address", message, "see: coterie doctor, and up --listen") from None
        return schema.Invite(id=made.id, link=made.link, expires_at=shown.time(made.expires_at))

    async def _invitation(self, command: CreateInvitation | ShowInvitation) -> InvitationView:
        view = await self._shell.driver.submit(command)
        if not isinstance(view, InvitationView):
            raise TypeError("the engine answered something else")
        return view

    async def _until(self, ask: Callable[[], Awaitable[T]], complete: Callable[[T], bool], seconds: float) -> T:
        """Asks, and after each event anew, until the answer is complete; raises TimeoutError.

        The last event is noted before each question: the one that matters may come in the same batch as the answer.
        """
        async with asyncio.timeout(seconds):
            while True:
                since = self._signal.last
                found = await ask()
                if complete(found):
                    return found
                await self._signal.wait(since)
