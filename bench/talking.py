"""Two nodes in two processes: how long a message and its acknowledgement take, and how many go through a second.

"Delivered" is the acknowledgement of the receiving device, given after it decrypted and stored the message, back at
the sender and stored there: three commits to disk one after another.
"""

import asyncio
import time
from collections.abc import Iterator

from bench import floors
from bench.nodes import pair
from bench.rows import Row, measured, rate
from bench.scale import Scale
from bench.stopwatch import median, percentile
from coterie.api import client

TEXT = "A message of an ordinary length, as people write them to each other on a day. " * 2

AT_ONCE = 128
"""Calls under way: as many as the API works on at once for one program."""


def rows(scale: Scale) -> Iterator[Row]:
    """`node.round-trip.…` in milliseconds and `node.pipelined` in messages a second."""
    times, best = asyncio.run(_measure(scale))
    least = floors.round_trip(scale)
    yield measured("node.round-trip.p50", median(times) * 1e3, "ms", least.median, at_most=4)
    yield measured("node.round-trip.p99", percentile(times, 0.99) * 1e3, "ms", least.p99, at_most=20)
    yield rate("node.pipelined", best, "messages/s", floors.pipelined(scale), at_least=2000)


async def _measure(scale: Scale) -> tuple[list[float], float]:
    async with pair() as (alice, _, _):
        times = []
        for _ in range(scale.round_trips):
            began = time.perf_counter()
            await alice.send("bob", TEXT, wait="delivered")
            times.append(time.perf_counter() - began)
        best = max([await _burst(alice, scale.pipelined) for _ in range(scale.bursts)])
    return times, best


async def _burst(sender: client.Node, count: int) -> float:
    """Messages a second, all durable and acknowledged, from the first call until the last acknowledgement."""
    left = iter(range(count - 1))
    sent: list[str] = []

    async def one_after_another() -> None:
        for _ in left:
            answer = await sender.send("bob", TEXT)
            sent.append(answer.id)

    began = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    last = await sender.send("bob", TEXT, wait="delivered")
    took = time.perf_counter() - began
    states = {entry.id: entry.state async for entry in sender.log("bob")}
    if any(states[id] != "delivered" for id in (*sent, last.id)):
        raise RuntimeError("the last message was acknowledged before another one")
    return count / took
