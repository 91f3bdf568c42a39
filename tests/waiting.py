"""Tests that wait for something to happen, however busy the machine is."""

import asyncio
from collections.abc import Callable


async def until(happened: Callable[[], object]) -> None:
    """Returns once `happened` gives something true; TimeoutError after 30 seconds."""
    async with asyncio.timeout(30):
        while not happened():  # noqa: ASYNC110 - polled from outside, as a person would
            await asyncio.sleep(0.005)
