"""The other end of the QUIC floor: answers each frame with one of the size of an acknowledgement."""

import asyncio
import os

from coterie.adapters.peerlink.connection import PeerConnection
from coterie.adapters.peerlink.endpoint import PEER_ALPN, open_endpoint
from coterie.adapters.peerlink.listen import Listen
from coterie.core.kernel.secret import Secret
from coterie.core.wire.frames import encode_frame

ANSWER = encode_frame(1, bytes(50))


async def serve() -> None:
    """Answers until it is killed."""
    tasks = set()

    async def answer(connection: PeerConnection) -> None:
        while frames := await connection.receive():
            for _ in frames:
                connection.send(ANSWER)

    def welcome(connection: PeerConnection) -> None:
        tasks.add(asyncio.create_task(answer(connection)))

    endpoint = await open_endpoint(Secret(os.urandom(32)), PEER_ALPN, Listen("127.0.0.1"), 0, welcome)
    print(endpoint.endpoint_id.hex(), endpoint.hints()[0].hex(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
