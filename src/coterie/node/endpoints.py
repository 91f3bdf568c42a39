"""The QUIC endpoints of a node: for each circle one for peers and, while invitations are open, its door."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from coterie.adapters.peerlink.connection import PeerConnection
from coterie.adapters.peerlink.endpoint import DOOR_ALPN, PEER_ALPN, PeerEndpoint, open_endpoint
from coterie.adapters.peerlink.listen import Listen
from coterie.core.engine.ports.effects import CloseEndpoint, OpenEndpoint, WatchPeer
from coterie.core.engine.ports.inputs import EndpointBound
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import CircleId
from coterie.core.kernel.secret import Secret
from coterie.node.driver import log_bug

log = logging.getLogger(__name__)

Key = tuple[CircleId, bool]
Opener = Callable[
    [Secret, bytes, Listen, int, Callable[[PeerConnection], None]],
    Awaitable[PeerEndpoint],
]

RETRY_SECONDS = 5.0
"""When an address cannot be bound (an interface that is down, a port range that is taken), it is tried again so often."""
OPEN_SECONDS = 5.0
"""How long a dial waits for our own endpoint, which at a start is opened at the same moment."""
WATCH_SECONDS = 10.0
"""How often we look whether the machine has moved to another network."""


class Endpoints:
    """Opens, closes and dials. `on_connection` gets each connection that came in, `tell` what was bound."""

    def __init__(
        self,
        listen: Listen,
        on_connection: Callable[[PeerConnection, CircleId, bool], None],
        tell: Callable[[EndpointBound], None],
        opener: Opener = open_endpoint,
    ) -> None:
        self._listen = listen
        self._on_connection = on_connection
        self._tell = tell
        self._opener = opener
        self._wanted: dict[Key, OpenEndpoint] = {}
        self._open: dict[Key, tuple[OpenEndpoint, PeerEndpoint]] = {}
        self._told: dict[Key, EndpointBound] = {}
        self._changed: dict[Key, asyncio.Event] = {}
        self._opened: dict[Key, asyncio.Event] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    def open(self, effect: OpenEndpoint) -> None:
        """Opens an endpoint, or replaces it if the key is another (a door's, when no invitation is open)."""
        self._want((effect.circle_id, effect.door), effect)

    def close(self, effect: CloseEndpoint) -> None:
        """Closes an endpoint with all its connections."""
        self._want((effect.circle_id, effect.door), None)

    async def dial(self, want: WatchPeer) -> PeerConnection:
        """Dials from the circle's peer endpoint, also to a door. Raises PeerError `not-reached` or `no-address`."""
        key = (want.circle_id, False)
        if key in self._wanted and key not in self._open:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(OPEN_SECONDS):
                    await self._opened[key].wait()
        found = self._open.get(key)
        if found is None:
            raise PeerError("no-address", "our own endpoint of this circle is not open")
        return await found[1].dial(want.endpoint_id, want.hints, DOOR_ALPN if want.door else PEER_ALPN)

    @property
    def relay(self) -> str:
        """The URL of the relay that the user named; empty without one."""
        return self._listen.relay

    async def at_relay(self) -> frozenset[CircleId]:
        """The circles in which we can be found at that relay, now."""
        peers = {circle_id: endpoint for (circle_id, door), (_, endpoint) in self._open.items() if not door}
        reached = await asyncio.gather(*(endpoint.at_relay() for endpoint in peers.values()))
        return frozenset(circle_id for circle_id, yes in zip(peers, reached, strict=True) if yes)

    def is_open(self, circle_id: CircleId, door: bool) -> bool:
        return (circle_id, door) in self._open

    async def run(self) -> None:
        """Looks for new addresses of our own until it is cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self.look()

    def look(self) -> None:
        """Tells what has changed about the addresses to offer."""
        for key, (effect, endpoint) in self._open.items():
            if not self._is_wanted(key, effect):
                continue  # it is about to be closed: its address is not that of the one to come
            bound = EndpointBound(*key, endpoint.port, endpoint.hints())
            if bound != self._told.get(key):
                self._told[key] = bound
                self._tell(bound)

    async def stop(self) -> None:
        """Closes every endpoint; peers are told. Await it before the loop ends."""
        for key in list(self._changed):
            self._want(key, None)
        tasks = list(self._tasks.values())
        await asyncio.gather(*tasks, return_exceptions=True)

    def _want(self, key: Key, effect: OpenEndpoint | None) -> None:
        if effect is None:
            self._wanted.pop(key, None)
        else:
            self._wanted[key] = effect
        self._changed.setdefault(key, asyncio.Event()).set()
        self._opened.setdefault(key, asyncio.Event())
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._look_after(key))

    def _is_wanted(self, key: Key, effect: OpenEndpoint) -> bool:
        """Whether an endpoint that was opened for this is still the one that is wanted."""
        wanted = self._wanted.get(key)
        return wanted is not None and wanted.secret == effect.secret

    async def _look_after(self, key: Key) -> None:
        """Brings one endpoint from what is to what is wanted, one change after another; ends when it is closed."""
        changed = self._changed[key]
        while True:
            changed.clear()
            wanted, present = self._wanted.get(key), self._open.get(key)
            if present is not None and not self._is_wanted(key, present[0]):
                del self._open[key]
                self._opened[key].clear()
                self._told.pop(key, None)
                await _close(present[1])
                continue
            if wanted is None:
                del self._tasks[key]  # in this turn: whoever wants it from now on begins anew
                return
            if present is not None or await self._bind(key, wanted):
                await changed.wait()
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_SECONDS):
                        await changed.wait()

    async def _bind(self, key: Key, wanted: OpenEndpoint) -> bool:
        alpn = DOOR_ALPN if wanted.door else PEER_ALPN
        try:
            endpoint = await self._opener(
                wanted.secret, alpn, self._listen, wanted.port, lambda connection: self._on_connection(connection, *key)
            )
        except UserError as error:
            log.error("an endpoint could not be opened: %s", error.code)  # noqa: TRY400 - no traceback for this
            return False
        except Exception as error:  # noqa: BLE001 - what the library may say is open-ended, and a circle needs its endpoint
            log_bug("opening an endpoint", error)
            return False
        self._open[key] = (wanted, endpoint)
        self._opened[key].set()
        self.look()
        return True


async def _close(endpoint: PeerEndpoint) -> None:
    try:
        await endpoint.close()
    except Exception as error:  # noqa: BLE001 - as when it was opened: what is wanted next is opened all the same
        log_bug("closing an endpoint", error)
