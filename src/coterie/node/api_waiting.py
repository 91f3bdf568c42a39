"""The calls that may wait: a message until it has reached a state, a join until both sides have it."""

import asyncio
from collections.abc import Awaitable, Callable

from coterie.api.errors import ApiError
from coterie.api.methods import R
from coterie.api.paths import in_command
from coterie.api.schema import PROGRESS, Join, Joined, Params, Record, Send, Sent, replace
from coterie.node.event_feed import EventFeed

Call = Callable[[Params], Awaitable[Record]]

ENDED = {
    "expired": "the message expired before it got there",
    "failed": "the message cannot be delivered",
}
REFUSALS = {
    "invite-used": ("this invitation was used by somebody else", "ask for a new one"),
    "invite-expired": ("this invitation has expired", "ask for a new one"),
    "invite-withdrawn": ("this invitation was withdrawn", "ask for a new one"),
    "invite-denied": ("the inviter said no", "ask them"),
}


async def send(call: Call, feed: EventFeed, params: Send) -> Sent:
    """Queues the message and, if asked, waits; raises `timeout`, `expired` or `failed`, naming the message."""
    if not params.wait:
        return _expect(await call(params), Sent)
    with feed.interest() as above:
        sent = _expect(await call(params), Sent)
        try:
            async with asyncio.timeout(params.timeout_ms / 1000):
                while not _reached(sent, params.wait):
                    event = await feed.next(sent.id, above)
                    above = event.id
                    sent = replace(sent, state=event.state)
        except TimeoutError:
            message = f"not {params.wait} within {_seconds(params.timeout_ms)}; the message stays {sent.state}"
            raise ApiError("timeout", message, "it goes on by itself; see: coterie log", sent.id, sent.state) from None
    return sent


def _reached(sent: Sent, wait: str) -> bool:
    if sent.state in ENDED:
        raise ApiError(sent.state, ENDED[sent.state], "see: coterie status", sent.id, sent.state)
    return sent.state in PROGRESS and PROGRESS.index(sent.state) >= PROGRESS.index(wait)


async def join(call: Call, feed: EventFeed, params: Join) -> Joined:
    """Returns when both ends have each other; raises the refusal, `waiting-for-approval` or `timeout`."""
    with feed.interest() as above:
        joined = _expect(await call(params), Joined)
        try:
            async with asyncio.timeout(params.timeout_ms / 1000):
                while joined.state != "joined":
                    if joined.state == "waiting-for-approval":
                        raise _waiting_for_approval(joined.id)
                    event = await feed.next(joined.id, above)
                    above = event.id
                    if event.state == "refused":
                        raise _refusal(event.code, joined.id)
                    joined = event.joined or replace(joined, state=event.state)
        except TimeoutError:
            message = f"the inviter was not reached within {_seconds(params.timeout_ms)}"
            raise ApiError("timeout", message, _not_reached(joined), joined.id) from None
    return joined


def _not_reached(joined: Joined) -> str:
    hint = "the same command again resumes; is their node up?"
    if joined.relay:
        url = in_command(joined.relay, "URL")
        hint += f" They are at a relay, too; to go through it, start your node anew with: coterie up --relay {url}"
    return hint


def _waiting_for_approval(id: str) -> ApiError:
    return ApiError("waiting-for-approval", "the inviter has not approved yet", "the same command again resumes", id)


def _refusal(code: str, id: str) -> ApiError:
    message, hint = REFUSALS.get(code, ("the inviter refused", "ask for a new invitation"))
    return ApiError(code, message, hint, id)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g} s"


def _expect(result: Record, kind: type[R]) -> R:
    if not isinstance(result, kind):
        raise TypeError(f"the backend gave {type(result).__name__}")
    return result
