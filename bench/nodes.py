"""Real nodes for a measurement: processes with raw vault keys, met through the API from this, a third, process."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from coterie.api import client
from coterie.api.paths import Home

ROOT = Path(__file__).parents[1]
CIRCLE = "Bench"


@contextlib.contextmanager
def homes(names: Sequence[str]) -> Iterator[list[Home]]:
    """Empty homes under one directory, which goes with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix="ct-bench-")).resolve()
    try:
        made = [Home(folder / name) for name in names]
        for home in made:
            home.root.mkdir(mode=0o700)
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(**more: str) -> dict[str, str]:
    """This checkout and nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COTERIE_H", "COTERIE_P"))}
    return {**kept, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **more}


@contextlib.asynccontextmanager
async def process(places: Sequence[Home]) -> AsyncIterator[int]:
    """One process with a node on each of these homes; gives its process id once all take commands."""
    arguments = [sys.executable, "-m", "bench.node_process", *(str(home.root) for home in places)]
    started = await asyncio.create_subprocess_exec(
        *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=ROOT
    )
    try:
        if started.stdout is None or (await started.stdout.readline()).strip() != b"ready":
            raise RuntimeError("the nodes did not get ready")
        yield started.pid
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()


@contextlib.asynccontextmanager
async def connected(places: Sequence[Home]) -> AsyncIterator[list[client.Node]]:
    """The API of each node."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(client.connect(home)) for home in places]


async def meet(nodes: Sequence[client.Node], names: Sequence[str]) -> None:
    """Everybody in one circle of the default suite, made by the first."""
    founder = nodes[0]
    await founder.circle_create(CIRCLE, names[0])
    for node, name in zip(nodes[1:], names[1:], strict=True):
        invitation = await founder.invite(CIRCLE)
        await node.join(invitation.link, name, timeout_ms=60_000)


@contextlib.asynccontextmanager
async def pair() -> AsyncIterator[tuple[client.Node, client.Node, tuple[int, int]]]:
    """Two people in two processes who have talked once; with the process ids of their nodes."""
    names = ("alice", "bob")
    with homes(names) as places:
        async with contextlib.AsyncExitStack() as stack:
            pids = [await stack.enter_async_context(process([home])) for home in places]
            alice, bob = await stack.enter_async_context(connected(places))
            await meet((alice, bob), names)
            await alice.send("bob", "hello", wait="delivered")
            await bob.send("alice", "hello", wait="delivered")
            yield alice, bob, (pids[0], pids[1])
