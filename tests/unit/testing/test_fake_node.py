"""The server over a fake engine, in this process; as a process it is tests/e2e's."""

import asyncio

from coterie.api import client
from coterie.api.paths import Home
from coterie.testing.fake_backend import FakeBackend
from coterie.testing.fake_node import serving


def test_it_serves_and_leaves_nothing(home: Home) -> None:
    async def run() -> None:
        async with serving(home, FakeBackend()), client.connect(home) as node:
            assert (await node.status()).ready

    asyncio.run(run())
    assert not home.socket().exists()
