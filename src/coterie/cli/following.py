"""`log --follow`: what is there, then what comes, without a gap and without doubles."""

import asyncio
import sys
from collections.abc import Callable

from coterie.api import client, errors, methods, reaching
from coterie.api.paths import Home
from coterie.api.schema import PROGRESS, Event, Log, LogEntry, replace

Show = Callable[[LogEntry], None]


def follow_log(home: Home, conversation: str, since: str, limit: int | None, show: Show, *, updates: bool) -> None:
    """Runs until it is interrupted or the node stops. With `updates` an entry of ours is shown again, whole, when
    its state has changed."""
    asyncio.run(_follow(home, Log(conversation=conversation, since=since), limit, _Shown(show, updates)))


class _Shown:
    """Which entries have been shown."""

    def __init__(self, show: Show, updates: bool) -> None:
        self._show = show
        self._updates = updates
        self._states: dict[str, str] = {}
        self._ours: dict[str, LogEntry] = {}

    def entry(self, entry: LogEntry) -> None:
        """Shows it unless it was."""
        if entry.id in self._states:
            return
        self._states[entry.id] = entry.state
        if self._updates and entry.state != "received":
            self._ours[entry.id] = entry
        self._show(entry)
        sys.stdout.flush()

    def state(self, id: str, state: str) -> None:
        """An entry of ours has got further. The log may have shown it further than an event that came before."""
        entry = self._ours.get(id)
        if entry is None or _rank(state) <= _rank(self._states[id]):
            return
        self._states[id] = state
        self._show(replace(entry, state=state))
        sys.stdout.flush()


def _rank(state: str) -> int:
    return PROGRESS.index(state) if state in PROGRESS else len(PROGRESS)


async def _follow(home: Home, params: Log, limit: int | None, shown: _Shown) -> None:
    async with client.connect(home) as node:
        above = await _last_event(node)  # before the log is read: what comes meanwhile is in the events
        conversation = await _show_log(node, params, limit, shown)
        async for event in node.events(above):
            await _show_event(node, event, conversation, shown)


async def _last_event(node: client.Node) -> int:
    """Where the node stands. Who follows waits for ever, but not for a node that never says a word."""
    try:
        async with asyncio.timeout(reaching.PATIENCE):
            return (await node.status()).last_event
    except TimeoutError:
        raise errors.silent() from None


async def _show_log(node: client.Node, params: Log, limit: int | None, shown: _Shown) -> str:
    """Shows what was asked for of what is there; gives the name that events have for the conversation."""
    newest = limit is not None and not params.since
    left = limit
    while True:
        asked = replace(params, limit=left or params.limit, newest=newest)
        page = await node.call(methods.CONVERSATION_LOG, asked)
        for entry in page.entries:
            shown.entry(entry)
        left = None if left is None else left - len(page.entries)
        if not page.more or not page.entries or (left is not None and left <= 0):
            return page.conversation
        params, newest = replace(params, since=page.entries[-1].id), False


async def _show_event(node: client.Node, event: Event, conversation: str, shown: _Shown) -> None:
    if event.message is not None and event.message.conversation == conversation:
        shown.entry(event.message)
        if event.message.state == "received":
            await node.mark_read(event.message.id)
    elif event.kind == "message-state" and event.conversation == conversation:
        shown.state(event.subject, event.state)
