"""Floors of the node's figures: a durable commit, an echo over QUIC, an echo over a Unix socket, on this machine now."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench import mls_messages
from bench.nodes import ROOT, environment
from bench.scale import Scale
from bench.stopwatch import median, percentile
from coterie.adapters.peerlink.endpoint import PEER_ALPN, PeerEndpoint, open_endpoint
from coterie.adapters.peerlink.listen import Listen
from coterie.adapters.vault.vault import Vault
from coterie.core.crypto.suites import DEFAULT_SUITE_ID
from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.secret import Secret
from coterie.core.wire.frames import encode_frame

ENVELOPE = os.urandom(800)
"""As large as the envelope of a short message."""
BATCH = 64
"""Inputs that share a commit."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of many times, in milliseconds."""

    median: float
    p99: float


@cache
def commit(scale: Scale, rows: int = 1) -> Spread:
    """Rows of the size of an envelope, encrypted and durable, in one transaction."""
    times = []
    with tempfile.TemporaryDirectory(prefix="ct-bench-") as folder:
        vault = Vault.create(Path(folder) / "vault.db", Secret(os.urandom(32)))
        vault.begin()
        vault.database.run("CREATE TABLE floor (data BLOB NOT NULL)")
        vault.commit()
        for _ in range(scale.round_trips):
            began = time.perf_counter()
            vault.begin()
            for _ in range(rows):
                vault.database.run("INSERT INTO floor VALUES (?)", (ENVELOPE,))
            vault.commit()
            times.append(time.perf_counter() - began)
        vault.close()
    return Spread(median(times) * 1e3, percentile(times, 0.99) * 1e3)


@cache
def echo(scale: Scale) -> Spread:
    """An envelope to another process over QUIC and a few bytes back, without anything of ours around it."""
    return asyncio.run(_echo(scale))


@cache
def messages(scale: Scale) -> float:
    """Milliseconds of the primitives of one message at both ends."""
    return mls_messages.send_and_receive_floor(DEFAULT_SUITE_ID, scale.calls) / 1e3


def round_trip(scale: Scale) -> Spread:
    """Three commits, one echo and the primitives of a message, one after another."""
    way, stored = echo(scale), commit(scale)
    return Spread(
        3 * stored.median + way.median + messages(scale),
        3 * stored.p99 + way.p99 + messages(scale),
    )


def pipelined(scale: Scale) -> float:
    """Messages a second of one process that does nothing but the primitives of both ends and two shared commits."""
    return 1e3 / (messages(scale) + 2 * commit(scale, BATCH).median / BATCH)


def fan_out(scale: Scale, members: int) -> float:
    """Milliseconds for one process that opens and commits as many messages one after another."""
    return members * (commit(scale).median + messages(scale) / 2)


async def _echo(scale: Scale) -> Spread:
    command = [sys.executable, "-m", "bench.echo_process"]
    other = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=environment(), cwd=ROOT)
    try:
        if other.stdout is None:
            raise RuntimeError("no answer")
        remote, hint = (await other.stdout.readline()).decode().split()
        endpoint = await open_endpoint(Secret(os.urandom(32)), PEER_ALPN, Listen("127.0.0.1"), 0, lambda _: None)
        try:
            return await _there_and_back(endpoint, EndpointId(bytes.fromhex(remote)), bytes.fromhex(hint), scale)
        finally:
            await endpoint.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            other.terminate()
        await other.wait()


async def _there_and_back(endpoint: PeerEndpoint, remote: EndpointId, hint: bytes, scale: Scale) -> Spread:
    connection = await endpoint.dial(remote, [hint])
    times = []
    for _ in range(scale.round_trips):
        began = time.perf_counter()
        connection.send(encode_frame(1, ENVELOPE))
        await connection.receive()
        times.append(time.perf_counter() - began)
    connection.abort("done")
    return Spread(median(times) * 1e3, percentile(times, 0.99) * 1e3)
