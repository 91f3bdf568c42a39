"""`python -m coterie.testing.fake_node HOME`: a real socket, lock and process with a fake engine behind them.

It reads commands of its own from standard input: `receive NAME TEXT` makes a message come.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.node import lifecycle
from coterie.node.api_connection import ConnectionLimits
from coterie.node.api_server import ApiServer
from coterie.node.options import NodeOptions
from coterie.testing.fake_backend import FakeBackend


class FakeNode:
    """Implements `node.assemble.Assembled`."""

    def __init__(self) -> None:
        self.backend = FakeBackend()
        asyncio.get_running_loop().add_reader(sys.stdin, self._obey)

    def _obey(self) -> None:
        words = sys.stdin.readline().split(None, 2)
        if not words:
            asyncio.get_running_loop().remove_reader(sys.stdin)
        elif words[0] == "receive":
            self.backend.receive(words[1], words[2].rstrip("\n"))

    async def close(self) -> None:
        await self.backend.close()


async def build(options: NodeOptions, fail: Callable[[Exception], None]) -> FakeNode:  # noqa: ARG001
    """The `build` of `lifecycle.up`."""
    return FakeNode()


@contextlib.asynccontextmanager
async def serving(
    home: Home,
    backend: FakeBackend,
    limits: ConnectionLimits | None = None,
    allowed_uid: int | None = None,
) -> AsyncIterator[ApiServer]:
    """The API server over a fake backend, in this process."""
    server = ApiServer(home, backend, lambda: None, limits, allowed_uid)
    await server.start()
    try:
        yield server
    finally:
        await server.close()
        await backend.close()


def main() -> int:
    """Runs until a signal; the home must exist with something in the place of its vault."""
    home = Home(Path(sys.argv[1]).resolve())
    try:
        lifecycle.up(home, None, build_node=build)
    except UserError as error:
        print(f"{error.code}: {error.message}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
