"""A signal is heard in whatever state the loop is, and the handlers before come back."""

import asyncio
import os
import signal

from coterie.node.signals import heard

MORE_THAN_FITS = 5_000
"""Wake-ups of the loop in one turn: many times what the pipe by which it is woken holds."""


def test_a_signal_is_heard_while_the_loop_is_flooded() -> None:
    async def story() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        with heard((signal.SIGTERM, signal.SIGHUP), stopped.set):
            for _ in range(MORE_THAN_FITS):
                loop.call_soon_threadsafe(lambda: None)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(stopped.wait(), 5)
            stopped.clear()
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.wait_for(stopped.wait(), 5)

    asyncio.run(story())


def test_a_loop_that_waits_for_nothing_is_woken() -> None:
    async def story() -> None:
        stopped = asyncio.Event()
        with heard((signal.SIGUSR1,), stopped.set):
            asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGUSR1)
            await asyncio.wait_for(stopped.wait(), 5)

    asyncio.run(story())


def test_the_handlers_before_come_back() -> None:
    async def story() -> None:
        with heard((signal.SIGUSR1,), lambda: None):
            assert signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL

    asyncio.run(story())
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL


def test_what_cannot_wait_for_the_loop_is_done_before_its_next_turn() -> None:
    async def story() -> list[str]:
        said: list[str] = []
        with heard((signal.SIGUSR1,), lambda: said.append("in turn"), at_once=lambda: said.append("at once")):
            os.kill(os.getpid(), signal.SIGUSR1)
            said.append("same turn")
            await asyncio.sleep(0.05)
        return said

    assert asyncio.run(story()) == ["at once", "same turn", "in turn"]
