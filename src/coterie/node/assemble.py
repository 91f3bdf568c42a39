"""Where the vault, the engine, the links and the driver of one node meet."""

import asyncio
from collections.abc import Callable

from coterie.adapters.peerlink.listen import Listen
from coterie.adapters.vault.unlock import open_key_file
from coterie.adapters.vault.vault import Vault
from coterie.core.engine.step import Engine
from coterie.core.kernel.errors import UserError
from coterie.node import data_dir, shown
from coterie.node.backend import Backend
from coterie.node.engine_backend import EngineBackend
from coterie.node.event_signal import EventSignal
from coterie.node.options import Assembled, NodeOptions
from coterie.node.shell import Shell
from coterie.node.system import SystemClock, SystemEntropy


class Node:
    """One node over an open vault. Several live in one process in tests."""

    def __init__(self, vault: Vault, listen: Listen, fail: Callable[[Exception], None]) -> None:
        clock = SystemClock()
        self._vault = vault
        self._fail = fail
        self._signal = EventSignal(vault.store.events.last_id())
        self._shell = Shell(Engine(SystemEntropy()), vault, clock, listen, self._announce)
        self.backend: Backend = EngineBackend(self._shell, self._signal, shown.time(clock.now()))
        self._running = asyncio.create_task(self._shell.run())
        self._running.add_done_callback(self._ended)

    async def close(self) -> None:
        """See `Assembled.close`."""
        self._shell.stop()
        await asyncio.wait((self._running,))
        self._vault.close()

    def _announce(self) -> None:
        """After a commit that wrote events. The vault may be read here: effects are performed between two batches."""
        self._signal.announce(self._vault.store.events.last_id())

    def _ended(self, running: "asyncio.Task[None]") -> None:
        if not running.cancelled() and (error := running.exception()) is not None:
            self._fail(error if isinstance(error, Exception) else RuntimeError("the node ended"))


async def build(options: NodeOptions, fail: Callable[[Exception], None]) -> Assembled:
    """Opens the vault, starts the endpoints and the driver; returns when the node takes commands.

    `fail` is called, at most once, when the node cannot go on (the vault or the disk is gone): it then stops.
    Raises UserError; nothing runs then.
    """
    if not data_dir.is_there(options.home.vault_key):
        message = "vault.key is not there, and nothing else opens vault.db"
        raise UserError("data-dir-missing", message, "restore both together from a backup")
    key = await asyncio.to_thread(open_key_file, options.home.vault_key, options.passphrase)
    vault = Vault.open(options.home.vault, key)
    try:
        return Node(vault, options.listen, fail)
    except BaseException:
        vault.close()
        raise
