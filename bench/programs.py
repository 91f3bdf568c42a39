"""What people wait for at a terminal: `--help`, `send`, `up`; and the memory of a node that has nothing to do."""

import asyncio
import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.nodes import ROOT, connected, environment, homes, meet, process
from bench.rows import Row, measured
from bench.scale import Scale
from bench.stopwatch import median
from coterie.adapters.vault.unlock import open_key_file
from coterie.api.paths import Home
from coterie.core.kernel.secret import Secret

PASSPHRASE = "bench"
BARE = "pass"
LIBRARIES = "import asyncio, apsw, iroh, argon2, cryptography.hazmat.primitives.hpke, msgspec"
"""What a node cannot do without; the floor of its memory and of its start."""
COTERIE = (sys.executable, "-m", "coterie")


def rows(scale: Scale) -> Iterator[Row]:
    """`cli.…` and `node.…` of starts and memory."""
    interpreter = _start((sys.executable, "-c", BARE), scale.starts)
    libraries = _start((sys.executable, "-c", LIBRARIES), scale.starts)
    helping = _start((*COTERIE, "--help"), scale.starts)
    yield measured("cli.help", helping, "ms", interpreter, at_most=150)
    sending, memory = asyncio.run(_with_nodes(scale))
    yield measured("cli.send", sending, "ms", interpreter, at_most=200)
    yield measured("node.up", _up(scale), "ms", libraries, at_most=500)
    yield measured("node.memory", memory, "MiB", _memory_of_libraries(), at_most=80)


async def _with_nodes(scale: Scale) -> tuple[float, float]:
    """`coterie send` to a running node that is linked, and that node's memory while it is idle."""
    names = ("alice", "bob")
    with homes(names) as places:
        async with process(places[:1]) as pid, process(places[1:]), connected(places) as nodes:
            await meet(nodes, names)
            await nodes[0].send("bob", "hello", wait="delivered")
            memory = _resident(pid)
            command = (*COTERIE, "--home", str(places[0].root), "send", "bob", "hello")
            return await asyncio.to_thread(_start, command, scale.starts), memory


def _start(command: Sequence[str], times: int) -> float:
    """Milliseconds from start to end of a program that must succeed; the median."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment(), cwd=ROOT)
        took.append(time.perf_counter() - began)
    return median(took) * 1e3


def _up(scale: Scale) -> float:
    """Milliseconds from the start of `coterie up` until it says that it takes commands, without what stretching the
    passphrase takes (measured beside it)."""
    with homes(["node"]) as (home,):
        secret = home.root.parent / "passphrase"
        secret.write_text(PASSPHRASE + "\n")
        secret.chmod(0o600)
        given = environment(COTERIE_HOME=str(home.root), COTERIE_PASSPHRASE_FILE=str(secret))
        subprocess.run((*COTERIE, "init"), check=True, capture_output=True, env=given, cwd=ROOT)
        took = [_seconds_until_ready(given) - _stretching(home) for _ in range(scale.starts)]
    return median(took) * 1e3


def _seconds_until_ready(given: dict[str, str]) -> float:
    command = (*COTERIE, "up", "--listen", "127.0.0.1")
    began = time.perf_counter()
    node = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=given, cwd=ROOT)
    try:
        if node.stderr is None or not select.select([node.stderr], [], [], 30)[0]:
            raise RuntimeError("the node did not get ready")
        line = node.stderr.readline()
        took = time.perf_counter() - began
        if not line.startswith(b"ready:"):
            raise RuntimeError("the node did not get ready")
        return took
    finally:
        node.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            node.communicate(timeout=15)


def _stretching(home: Home) -> float:
    began = time.perf_counter()
    open_key_file(home.vault_key, Secret(PASSPHRASE.encode()))
    return time.perf_counter() - began


def _resident(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _memory_of_libraries() -> float:
    command = (sys.executable, "-c", f"{LIBRARIES}\nprint('ready', flush=True)\ninput()")
    bare = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        if bare.stdout is None:
            raise RuntimeError("no output")
        bare.stdout.readline()
        return _resident(bare.pid)
    finally:
        bare.communicate(b"\n")
