"""Making a node's home, and one run of a node from start to stop."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable

from coterie.adapters.peerlink.listen import Listen, parse_listen, with_relay
from coterie.adapters.vault.unlock import create_key_file
from coterie.adapters.vault.vault import Vault
from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret
from coterie.node import data_dir, home_lock
from coterie.node.api_server import ApiServer
from coterie.node.last_resort import LastResort
from coterie.node.options import Assembled, NodeOptions
from coterie.node.signals import heard
from coterie.node.system import SystemEntropy

log = logging.getLogger("coterie.node")

Build = Callable[[NodeOptions, Callable[[Exception], None]], Awaitable[Assembled]]

CLOSING_SECONDS = 6.0
"""How long a node may take to close; everything accepted is durable already, so nothing is lost by the rest."""

LEAVING_SECONDS = 8.0
"""After a signal the process is gone by then, whatever hangs (the contract says 10)."""

WATCH_SECONDS = 2.0
"""How often a node looks whether its home is still there."""


def init(home: Home, passphrase: Secret) -> None:
    """Makes the vault. Raises `vault-exists`, `already-running`, `data-dir-…`; nothing has changed then."""
    check_new(home)
    data_dir.make_private(home.root)
    with home_lock.hold(home):
        check_new(home)
        key = create_key_file(home.vault_key, passphrase, SystemEntropy())
        Vault.create(home.vault, key).close()


def check_new(home: Home) -> None:
    """Raises `vault-exists` before anybody is asked for a passphrase."""
    if data_dir.is_there(home.vault):
        raise UserError("vault-exists", "there is a vault here already", f"start it: coterie {home.option} up")


def check_startable(home: Home) -> None:
    """Raises `no-vault` or `data-dir-…` before anybody is asked for a passphrase."""
    if not data_dir.is_there(home.vault):
        raise UserError("no-vault", "there is no vault on this home", f"make one: coterie {home.option} init")
    data_dir.require(home.root)


def up(
    home: Home, passphrase: Secret | None, listen: str = "", relay: str = "", build_node: Build | None = None
) -> None:
    """Runs the node of `home` until SIGTERM, SIGINT, SIGHUP or the method `stop`. Raises `no-vault`,
    `already-running`, `locked`, `wrong-passphrase`, `bad-listen-address`, `bad-relay`, `cannot-listen`, `data-dir-…` and
    what the vault says."""
    where = parse_listen(listen) if listen else Listen()
    where = with_relay(where, relay) if relay else where
    check_startable(home)
    _check_address(where)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with home_lock.hold(home) as lock:
        options = NodeOptions(home, passphrase, where)
        asyncio.run(_Run(options, lock, build_node or _assemble()).serve())


def _check_address(listen: Listen) -> None:
    """An address that this machine does not have is said at once; endpoints are opened later, and tried again."""
    if not listen.host:
        return
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((listen.host, 0))
    except OSError:
        raise UserError("cannot-listen", "this address cannot be bound here", "choose another with --listen") from None


def _assemble() -> Build:
    """The engine and the links are imported only by who runs them."""
    from coterie.node.assemble import build

    return build


class _Run:
    """One run of one node."""

    def __init__(self, options: NodeOptions, lock: home_lock.HomeLock, build_node: Build) -> None:
        self._options = options
        self._lock = lock
        self._build = build_node
        self._stopping = asyncio.Event()
        self._failure: Exception | None = None
        self._last_resort = LastResort(LEAVING_SECONDS, lambda: 3 if self._failure else 0)

    async def serve(self) -> None:
        """Start, serve, stop; raises what ended the node if it was not asked to end."""
        ending = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` wants it
            ending.append(signal.SIGHUP)
        with heard(ending, self._stop, at_once=self._last_resort.arm):
            await self._serve()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        starting = loop.create_task(self._start())
        stopped = loop.create_task(self._stopping.wait())
        await asyncio.wait((starting, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait((starting,), timeout=CLOSING_SECONDS)
            return
        node, server = starting.result()
        watch = loop.create_task(self._watch(server))
        await stopped
        watch.cancel()
        await self._close(node, server)
        if self._failure is not None:
            raise self._failure

    async def _start(self) -> tuple[Assembled, ApiServer]:
        node = await self._build(self._options, self._fail)
        server = ApiServer(self._options.home, node.backend, self._stop)
        try:
            await server.start()
        except BaseException:
            await node.close()
            raise
        with contextlib.suppress(OSError):
            sys.stderr.write(f"ready: {self._options.home.socket()}\n")
        return node, server

    async def _close(self, node: Assembled, server: ApiServer) -> None:
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await server.close()
                await node.close()
        except TimeoutError:
            log.warning("closing took too long; the rest is left to the next start")

    def _stop(self) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._last_resort.arm()

    def _fail(self, failure: Exception) -> None:
        if self._failure is None:
            self._failure = failure
        self._stop()

    async def _watch(self, server: ApiServer) -> None:
        """A home that was removed under a node is noticed, not written to (T113); a socket that was is made anew."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self._lock.still_ours():
                self._fail(
                    UserError(
                        "data-dir-missing",
                        "the data directory is not there any more",
                        "bring it back, or choose another with --home",
                    )
                )
            else:
                await server.mend()
