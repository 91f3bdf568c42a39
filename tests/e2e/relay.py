"""A relay for tests: `python -m tests.e2e.relay HOST PORT` speaks what iroh 1.2 asks of one, in plain HTTP.

A client opens a WebSocket, proves its endpoint id, and then sends datagrams for other ids, which are passed on. Lines
on standard output say who came (`client ID`) and, at the end of standard input, how many were passed on (`passed N`).
"""

import asyncio
import contextlib
import os
import sys
from http import HTTPStatus

import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

CHALLENGE, AUTH, CONFIRM = 0, 1, 2
SEND, SEND_BATCH, RECEIVE, RECEIVE_BATCH, GONE, PING, PONG = 4, 5, 6, 7, 8, 9, 10
VERSIONS = [Subprotocol("iroh-relay-v2"), Subprotocol("iroh-relay-v1")]
LABEL = "iroh-relay handshake v1 challenge signature"
ID_SIZE, SIGNATURE_SIZE = 32, 64


class Relay:
    """Who is here, by endpoint id."""

    def __init__(self) -> None:
        self.clients: dict[bytes, ServerConnection] = {}
        self.passed = 0

    async def serve(self, client: ServerConnection) -> None:
        """One client, from its proof to its end."""
        with contextlib.suppress(ConnectionClosed):
            endpoint_id = await self._proved(client)
            if endpoint_id is None:
                return
            self.clients[endpoint_id] = client
            print(f"client {endpoint_id.hex()}", flush=True)
            try:
                while True:
                    await self._take(client, endpoint_id, await client.recv(decode=False))
            finally:
                if self.clients.get(endpoint_id) is client:
                    del self.clients[endpoint_id]

    async def _proved(self, client: ServerConnection) -> bytes | None:
        challenge = os.urandom(16)
        await client.send(bytes([CHALLENGE]) + challenge)
        answer = await client.recv(decode=False)
        endpoint_id, signature = answer[1 : 1 + ID_SIZE], answer[2 + ID_SIZE :]
        hasher = blake3.blake3(challenge, derive_key_context=LABEL)
        try:
            Ed25519PublicKey.from_public_bytes(endpoint_id).verify(signature, hasher.digest())
        except (ValueError, InvalidSignature):
            return None
        await client.send(bytes([CONFIRM]))
        return endpoint_id

    async def _take(self, client: ServerConnection, sender: bytes, message: bytes) -> None:
        kind, body = message[0], message[1:]
        if kind == PING:
            await client.send(bytes([PONG]) + body)
        elif kind in (SEND, SEND_BATCH):
            receiver, payload = body[:ID_SIZE], body[ID_SIZE:]
            other = self.clients.get(receiver)
            if other is None:
                await client.send(bytes([GONE]) + receiver)
                return
            self.passed += 1
            with contextlib.suppress(ConnectionClosed):
                await other.send(bytes([kind + RECEIVE - SEND]) + sender + payload)


def _plain(connection: ServerConnection, request: Request) -> Response | None:
    """What is no WebSocket: a client measures how far away the relay is."""
    if request.path == "/relay":
        return None
    if request.path == "/ping":
        return connection.respond(HTTPStatus.OK, "")
    return connection.respond(HTTPStatus.NO_CONTENT if request.path == "/generate_204" else HTTPStatus.NOT_FOUND, "")


async def main(host: str, port: int) -> None:
    """Until standard input ends."""
    relay = Relay()
    listening = serve(
        relay.serve, host, port, subprotocols=VERSIONS, process_request=_plain, compression=None, max_queue=512
    )
    async with listening as server:
        print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(f"passed {relay.passed}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
