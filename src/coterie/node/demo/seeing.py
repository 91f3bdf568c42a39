"""Nothing is claimed that was not seen: waiting for a fact, and saying which one did not come."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds for any one thing; each takes well under one on an idle machine."""
PAUSE = 0.03


class NotSeenError(Exception):
    """Something that the demonstration shows did not happen. The text says what."""


def check(seen: bool, what: str) -> None:
    """Raises NotSeenError naming `what` unless it was seen."""
    if not seen:
        raise NotSeenError(what)


async def until(what: str, probe: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE) -> T:
    """Asks again and again until `probe` gives something; raises NotSeenError after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while (found := await probe()) is None:  # noqa: ASYNC110 - asked from outside, as a person would
                await asyncio.sleep(PAUSE)
            return found
    except TimeoutError:
        raise NotSeenError(f"{what} (within {seconds:g} s)") from None
