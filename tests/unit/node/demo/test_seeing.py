"""Nothing is claimed that was not seen."""

import asyncio

import pytest

from coterie.node.demo.seeing import NotSeenError, check, until


def test_what_is_seen_passes() -> None:
    check(True, "the sky")


def test_what_is_not_seen_is_named() -> None:
    with pytest.raises(NotSeenError, match="the sky"):
        check(False, "the sky")


def test_it_asks_until_there_is_an_answer() -> None:
    answers = iter([None, None, "here"])

    async def probe() -> str | None:
        return next(answers)

    assert asyncio.run(until("somebody", probe)) == "here"


def test_what_does_not_come_in_time_is_named() -> None:
    async def probe() -> None:
        return None

    with pytest.raises(NotSeenError, match=r"somebody \(within 0.05 s\)"):
        asyncio.run(until("somebody", probe, seconds=0.05))
