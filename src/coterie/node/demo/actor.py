"""One of the three: a home of its own, `coterie up` as a process of its own, and the API to talk to it."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from coterie.api import client
from coterie.api.errors import ApiError
from coterie.api.paths import Home
from coterie.node.demo.seeing import NotSeenError, check, until

LISTEN = "127.0.0.1"
STOP_SECONDS = 10.0
"""The contract: after SIGTERM a node has ended by then."""
LOG_LINES = 5


class Actor:
    """A person with a node."""

    def __init__(self, name: str, folder: Path, passphrase_file: Path) -> None:
        self.name = name
        self.home = Home(folder / name.lower())
        self._log = folder / f"{name.lower()}.log"
        self._passphrase_file = passphrase_file
        self._process: asyncio.subprocess.Process | None = None
        self._node: client.Node | None = None

    @property
    def node(self) -> client.Node:
        """The API of the running node."""
        if self._node is None:
            raise NotSeenError(f"a running node of {self.name}")
        return self._node

    @property
    def pid(self) -> int:
        """The process of the running node."""
        return 0 if self._process is None else self._process.pid

    async def init(self) -> float:
        """A fresh vault; gives the seconds that it took."""
        began = time.monotonic()
        process = await self._start("init")
        check(await process.wait() == 0, f"`coterie init` of {self.name} ending with 0")
        return time.monotonic() - began

    async def up(self) -> float:
        """Starts the node; gives the seconds until it took commands."""
        began = time.monotonic()
        self._process = await self._start("up", "--listen", LISTEN)
        await until(f"the node of {self.name} taking commands", self._connected)
        status = await self.node.status()
        check(status.ready and status.pid == self.pid, f"{self.name}'s own process answering on {self.home.socket()}")
        return time.monotonic() - began

    async def stop(self) -> tuple[int, float]:
        """SIGTERM to our own process; gives its exit status and the seconds that it took. -9 if it had to be killed."""
        process, self._process = self._process, None
        if self._node is not None:
            await self._node.close()
            self._node = None
        if process is None or process.returncode is not None:
            return (0, 0.0) if process is None else (process.returncode or 0, 0.0)
        began = time.monotonic()
        process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                status = await process.wait()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        return status, time.monotonic() - began

    def last_words(self) -> list[str]:
        """The end of what the node has logged; it logs no content."""
        with contextlib.suppress(OSError):
            return self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
        return []

    async def _connected(self) -> bool | None:
        if self._process is not None and self._process.returncode is not None:
            raise NotSeenError(f"the node of {self.name} staying up (it ended with {self._process.returncode})")
        try:
            self._node = client.Node(self.home, await client.open_channel(self.home))
        except ApiError:
            return None
        return True

    async def _start(self, *arguments: str) -> asyncio.subprocess.Process:
        """In a session of its own, so that Ctrl-C reaches the demonstration only, which then ends its nodes in order."""
        given = {name: value for name, value in os.environ.items() if not name.startswith("COTERIE_")}
        own = {"COTERIE_HOME": str(self.home.root), "COTERIE_PASSPHRASE_FILE": str(self._passphrase_file)}
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "coterie",
                *arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**given, **own},
                start_new_session=True,
            )
