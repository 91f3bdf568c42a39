"""Waking those who wait for the next event."""

import asyncio

from coterie.node.event_signal import EventSignal


def test_it_returns_at_once_for_what_was_announced_and_waits_for_the_next() -> None:
    async def run() -> None:
        signal = EventSignal(5)
        await asyncio.wait_for(signal.wait(4), 1)
        waiting = [asyncio.ensure_future(signal.wait(5)) for _ in range(3)]
        late = asyncio.ensure_future(signal.wait(6))
        await asyncio.sleep(0)
        signal.announce(6)
        await asyncio.wait_for(asyncio.gather(*waiting), 1)
        assert not late.done()
        signal.announce(3)
        assert signal.last == 6
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        assert not signal._waiting

    asyncio.run(run())


def test_nothing_has_happened_at_first() -> None:
    assert EventSignal().last == 0


def test_who_gives_up_is_forgotten_and_keeps_nobody_else_waiting() -> None:
    async def run() -> None:
        signal = EventSignal()
        gone, patient = (asyncio.ensure_future(signal.wait(0)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        signal.announce(1)  # before it has seen that it is not wanted any more
        await asyncio.wait_for(patient, 1)
        later = asyncio.ensure_future(signal.wait(1))
        await asyncio.sleep(0)
        later.cancel()
        await asyncio.gather(gone, later, return_exceptions=True)
        assert not signal._waiting

    asyncio.run(run())
