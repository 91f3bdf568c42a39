"""A message to a group: the sender in one process, every recipient with its own vault and endpoint in another.

The time ends when the last recipient's acknowledgement, given after decrypting and storing, is back and stored at the
sender: a little more than the time until the last recipient has stored it.
"""

import asyncio
import time
from collections.abc import Iterator

from bench import floors
from bench.nodes import connected, homes, meet, process
from bench.rows import Row, measured
from bench.scale import Scale
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
            times = []
            for _ in range(messages):
                began = time.perf_counter()
                await sender.send("All", TEXT, wait="delivered", timeout_ms=120_000)
                times.append(time.perf_counter() - began)
                await asyncio.sleep(0.2)
            return median(times)
