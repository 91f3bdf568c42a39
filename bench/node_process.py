"""`python -m bench.node_process HOME…`: nodes with raw vault keys, all in this process, until SIGTERM, or until
whoever started it has gone (its standard input ends).

Prints `ready` once all take commands. The vault keys are worth nothing: everybody can derive them from the path.
"""

import asyncio
import hashlib
import logging
import signal
import sys
from pathlib import Path

from bench.stamps import StampedVault
from coterie.adapters.peerlink.listen import Listen
from coterie.api.paths import Home
from coterie.core.kernel.secret import Secret
from coterie.node.api_server import ApiServer
from coterie.node.assemble import Node
from coterie.node.signals import heard

LISTEN = Listen("127.0.0.1")


async def serve(homes: list[Home]) -> None:
    """Starts every node, serves, and closes them in order."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), stopping.set)
    with heard((signal.SIGTERM, signal.SIGINT), stopping.set):
        running = [await start(home, stopping) for home in homes]
        print("ready", flush=True)
        await stopping.wait()
    loop.remove_reader(sys.stdin.fileno())
    for _, server in running:
        await server.close()
    await asyncio.gather(*(node.close() for node, _ in running))


async def start(home: Home, stopping: asyncio.Event) -> tuple[Node, ApiServer]:
    """One node on its own vault, endpoint and socket."""
    key = Secret(hashlib.sha256(bytes(home.root)).digest())
    vault = StampedVault.open(home.vault, key) if home.vault.exists() else StampedVault.create(home.vault, key)
    vault.stamp(home.root)
    node = Node(vault, LISTEN, lambda _: stopping.set())
    server = ApiServer(home, node.backend, stopping.set)
    await server.start()
    return node, server


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(serve([Home(Path(name)) for name in sys.argv[1:]]))
