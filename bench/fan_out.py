"""A message to a group: the sender in one process, every recipient with its own vault and endpoint in another.

The time begins with the call to the sender's node and ends when the last recipient has decrypted and stored the message
(`stamps.py`): when something else is stored there at once, a little later.
"""

import asyncio
import time
from collections.abc import Iterator

from bench import floors
from bench.nodes import connected, homes, meet, process
from bench.rows import Row, measured
from bench.scale import Scale
from bench.stamps import Stamps
from bench.stopwatch import median

TARGETS = {10: 10.0, 50: 50.0}
"""Milliseconds, by recipients."""
SETTLING = 5.0
"""Seconds, and half a second for each member, after the group was made, in which everybody hears of everything."""
TEXT = "A message to all, of an ordinary length, as people write them to each other on a day."


def rows(scale: Scale) -> Iterator[Row]:
    """`node.group.…` in milliseconds, by recipients."""
    for members in scale.fan_out:
        time_to_last = asyncio.run(_measure(members, scale.fan_out_messages)) * 1e3
        least = floors.fan_out(scale, members)
        yield measured(f"node.group.{members}", time_to_last, "ms", least, at_most=TARGETS.get(members))


async def _measure(members: int, messages: int) -> float:
    names = ["sender", *(f"member{number}" for number in range(members))]
    with homes(names) as places:
        async with process(places[:1]), process(places[1:]), connected(places) as nodes:
            await meet(nodes, names)
            sender = nodes[0]
            await sender.group_create("All", names[1:])
            await sender.send("All", TEXT, wait="delivered", timeout_ms=120_000)
            await asyncio.sleep(SETTLING + members / 2)
            stored, times = Stamps([home.root for home in places[1:]]), []
            for _ in range(messages):
                began = time.monotonic()
                await sender.send("All", TEXT, wait="delivered", timeout_ms=120_000)
                times.append(stored.last() - began)
                await asyncio.sleep(0.2)
            return median(times)
