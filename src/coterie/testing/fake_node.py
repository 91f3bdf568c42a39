"""`python -m coterie.testing.fake_node HOME`: a real socket, lock and process with a fake engine behind them."""

import sys
from collections.abc import Callable
from pathlib import Path

from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.node import lifecycle
from coterie.node.assemble import NodeOptions
from coterie.testing.fake_backend import FakeBackend


class FakeNode:
    """Implements `node.assemble.Assembled`."""

    def __init__(self) -> None:
        self.backend = FakeBackend()

    async def close(self) -> None:
        await self.backend.close()


async def build(options: NodeOptions, fail: Callable[[Exception], None]) -> FakeNode:  # noqa: ARG001
    """The `build` of `lifecycle.up`."""
    return FakeNode()


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
