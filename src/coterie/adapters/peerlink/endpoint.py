"""One QUIC endpoint: a secret key, a UDP port, the connections that come in and those that we dial.

No discovery service: an endpoint is found only through the hints that we hand out. No relay either, but the one that the
user named: the library would go to any that a peer names, so every other is left out before a dial. (It sends one UPnP
search on each bind, and gives no switch for it; `docs/security/limitations.md` says so.)
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from weakref import WeakSet

from iroh import (
    BiStream,
    Connection,
    Endpoint,
    EndpointAddr,
    EndpointOptions,
    Incoming,
    IrohError,
    IrohErrorKind,
    RelayConfig,
    RelayMap,
    RelayMode,
    preset_minimal,
)
from iroh import (
    EndpointId as IrohEndpointId,
)

from coterie.adapters.peerlink import fast_bytes, fast_calls
from coterie.adapters.peerlink.connection import PeerConnection
from coterie.adapters.peerlink.hints import parse_hint, to_socket_address
from coterie.adapters.peerlink.listen import Listen, bind_address, offered_hints, port_candidates
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.secret import Secret
from coterie.core.wire.hints import addresses_of, relay_of

log = logging.getLogger(__name__)

PEER_ALPN = b"coterie-peer/1"
DOOR_ALPN = b"coterie-join/1"

DIAL_LIMIT = 5.0
"""Seconds for a dial. Left alone, the library tries a dead address for 30 s."""

RELAY_LIMIT = 0.1
"""Seconds for the library to say whether it has reached the relay: it says so at once, or waits until it has."""

WELCOME_LIMIT = 10.0
"""Seconds that an incoming connection has for its QUIC handshake and the first byte of its stream."""

MAX_WELCOMING = 64
"""Incoming connections in that state at once; beyond it the oldest makes room. An honest one leaves it within moments."""

MAX_HINTS = 8
"""Addresses tried in one dial, so that a peer cannot make us knock at hundreds of doors."""

BIND_TRIES, BIND_PAUSE = 6, 0.05
"""The library frees the port of a closed endpoint about 0.1 s later: the port used before is worth a few tries."""

CLOSE_LIMIT = 1.5
"""Seconds for the library to tell the peers that the endpoint goes: after a dial to nobody it would wait 3."""


class PeerEndpoint:
    """An open endpoint. `on_connection` is called with each connection whose stream stands."""

    def __init__(
        self, endpoint: Endpoint, listen: Listen, alpn: bytes, on_connection: Callable[[PeerConnection], None]
    ):
        self.endpoint_id = EndpointId(endpoint.id().to_bytes())
        self.port = _bound_port(endpoint, listen)
        self._endpoint: Endpoint | None = endpoint
        self._listen = listen
        self._alpn = alpn
        self._on_connection = on_connection
        self._tasks: set[asyncio.Task[None]] = set()
        self._welcoming: dict[int, asyncio.Task[None]] = {}
        """By the order in which they came."""
        self._arrived = 0
        self._connections: WeakSet[PeerConnection] = WeakSet()
        self._spawn(self._accept())

    def hints(self) -> tuple[bytes, ...]:
        """The address hints to offer now; they change when the machine moves to another network."""
        if self._endpoint is None:
            return ()
        return offered_hints(self._listen, self._endpoint.addr().direct_addresses())

    async def at_relay(self) -> bool:
        """Whether this endpoint can be found at the relay that the user named, now."""
        if self._endpoint is None or not self._listen.relay:
            return False
        try:
            async with asyncio.timeout(RELAY_LIMIT):
                await self._endpoint.online()
        except TimeoutError:
            return False
        return True

    async def dial(self, endpoint_id: EndpointId, hints: Sequence[bytes], alpn: bytes | None = None) -> PeerConnection:
        """A connection to this endpoint id, with its stream, within `DIAL_LIMIT`. The peer's relay is used only if it is
        the one that our user named; the connection moves to a direct path once there is one.

        Raises PeerError `not-reached` (nobody answered in time, or said no), `no-address` (no usable hint).
        """
        addresses = _socket_addresses(addresses_of(hints)[:MAX_HINTS])
        relay = self._listen.relay if self._listen.relay == relay_of(hints) else ""
        if self._endpoint is None or not (addresses or relay):
            raise PeerError("no-address", "no usable address for this peer")
        try:
            address = EndpointAddr(IrohEndpointId.from_bytes(endpoint_id), relay or None, addresses)
            async with asyncio.timeout(DIAL_LIMIT):
                connection = await self._endpoint.connect(address, alpn or self._alpn)
                stream = await connection.open_bi()
        except (TimeoutError, IrohError):
            raise PeerError("not-reached", "the peer did not answer") from None
        return self._made(PeerConnection(connection, stream, dialled=True))

    async def close(self) -> None:
        """Ends every connection and frees the port. Await it before the process or the loop ends: peers are told."""
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is None:
            return
        for connection in list(self._connections):
            connection.abort("endpoint-closed")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        try:
            async with asyncio.timeout(CLOSE_LIMIT):
                await endpoint.close()
        except TimeoutError:
            log.info("endpoint closed without an answer of the network")
        # `endpoint` was the last reference: the library frees the port when it is dropped, not when it is closed.

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Keeps the task while it runs, and not longer: its traceback would hold the endpoint and so its port."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self) -> None:
        while self._endpoint is not None:
            incoming = await self._endpoint.accept_next()
            if incoming is None:
                return
            if len(self._welcoming) >= MAX_WELCOMING:
                self._welcoming.pop(next(iter(self._welcoming))).cancel()
            self._arrived += 1
            self._welcoming[self._arrived] = self._spawn(self._welcome(incoming, self._arrived))

    async def _welcome(self, incoming: Incoming, number: int) -> None:
        """One incoming connection up to its stream. Whatever goes wrong concerns this one only."""
        connection: Connection | None = None
        stream: BiStream | None = None
        try:
            async with asyncio.timeout(WELCOME_LIMIT):
                accepting = await incoming.accept()
                connection = await accepting.connect()
                stream = await connection.accept_bi()
        except (TimeoutError, IrohError):
            return
        finally:
            self._welcoming.pop(number, None)
            if connection is not None and stream is None:
                connection.close(0, b"")
        self._on_connection(self._made(PeerConnection(connection, stream, dialled=False)))

    def _made(self, connection: PeerConnection) -> PeerConnection:
        self._connections.add(connection)
        return connection


async def open_endpoint(
    secret: Secret, alpn: bytes, listen: Listen, used_before: int, on_connection: Callable[[PeerConnection], None]
) -> PeerEndpoint:
    """Binds the port used before, one that the user named, or any. `secret` is the 32-byte Ed25519 seed.

    Raises UserError `cannot-listen` when the address is not ours to bind.
    """
    fast_bytes.install()
    fast_calls.install()
    for port in port_candidates(listen, used_before):
        for _ in range(BIND_TRIES if port == used_before != 0 else 1):
            endpoint = await _bind(secret, alpn, bind_address(listen, port), listen.relay)
            if endpoint is not None:
                return PeerEndpoint(endpoint, listen, alpn, on_connection)
            await asyncio.sleep(BIND_PAUSE)
    raise UserError("cannot-listen", "this address cannot be bound here", "choose another one with --listen")


async def _bind(secret: Secret, alpn: bytes, address: str, relay: str) -> Endpoint | None:
    """None when this address and port cannot be bound."""
    options = EndpointOptions(
        preset=preset_minimal(),
        bind_addr=address,
        secret_key=secret.reveal(),
        alpns=[alpn],
        relay_mode=_relay_mode(relay),
    )
    try:
        return await Endpoint.bind(options)
    except IrohError as error:
        if error.kind() is IrohErrorKind.BIND:
            return None
        raise


def _relay_mode(url: str) -> RelayMode:
    """The relay that the user named and no other. It is not asked for our address (that needs a QUIC port of its own)."""
    if not url:
        return RelayMode.disabled()
    relays = RelayMap.empty()
    relays.insert(RelayConfig(url=url, quic_port=None, auth_token=None))
    return RelayMode.custom(relays)


def _socket_addresses(hints: Sequence[bytes]) -> list[str]:
    """What can be dialled of a peer's hints; the rest is left out."""
    addresses = []
    for hint in hints:
        try:
            addresses.append(to_socket_address(*parse_hint(hint)))
        except PeerError:
            continue
    return addresses


def _bound_port(endpoint: Endpoint, listen: Listen) -> int:
    """Of the two sockets (one a family), the port of the family that we asked for."""
    six = ":" in listen.host
    ports = [int(bound.rpartition(":")[2]) for bound in endpoint.bound_sockets() if bound.startswith("[") == six]
    return ports[0] if ports else 0
