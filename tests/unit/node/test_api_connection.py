"""One connection's own bounds; the rest is in test_api_server."""

import asyncio
import json

from coterie.api.paths import Home
from coterie.api.schema import Params, Record
from coterie.node.api_connection import ConnectionLimits
from coterie.testing.fake_backend import FakeBackend
from coterie.testing.fake_node import serving


def test_T075_no_more_calls_are_read_than_may_be_in_work(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        gate = asyncio.Event()
        at_once = 0
        call = backend.call

        async def gated(method: str, params: Params) -> Record:
            nonlocal at_once
            at_once += 1
            await gate.wait()
            return await call(method, params)

        backend.call = gated  # type: ignore[method-assign]
        async with serving(home, backend, ConnectionLimits(calls_at_once=4)):
            reader, writer = await asyncio.open_unix_connection(str(home.socket()))
            for number in range(20):
                writer.write(b'{"jsonrpc":"2.0","id":%d,"method":"status"}\n' % number)
            await asyncio.sleep(0.1)
            assert at_once == 4
            gate.set()
            answers = [json.loads(await reader.readline())["id"] for _ in range(20)]
            assert sorted(answers) == list(range(20))
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())
