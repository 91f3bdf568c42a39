"""Live peers as objects: each runs in its own process and speaks JSON lines, bytes as hex."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from coterie.core.crypto.suites import SUITES
from tests.interop.install_peers import MLS_RS, TS_MLS, program

HERE = Path(__file__).parent


class PeerFault(Exception):
    """The peer refused or failed; the text is its own."""


class LivePeer:
    """One process, one client. Use as a context manager."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=20)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """One request and its reply; bytes go as hex. PeerFault if the peer failed."""
        request = {k: v.hex() if isinstance(v, bytes) else v for k, v in parameters.items()}
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise PeerFault("no pipes")
        stdin.write(json.dumps({"operation": operation, **request}) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise PeerFault("the peer has ended")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise PeerFault(reply["error"])
        ok: dict[str, Any] = reply["ok"]
        return ok

    def get(self, operation: str, field: str, **parameters: Any) -> bytes:
        """One bytes field of a reply."""
        return bytes.fromhex(self.ask(operation, **parameters)[field])

    def send(self, text: bytes) -> bytes:
        """An application message."""
        return self.get("send", "message", text=text)

    def read(self, message: bytes, **more: Any) -> bytes:
        """The plaintext of an application message."""
        return self.get("receive", "text", message=message, **more)

    def receive(self, message: bytes) -> None:
        """A proposal or commit."""
        if self.ask("receive", message=message)["kind"] != "handshake":
            raise PeerFault("not a handshake message")

    def export(self, label: str, context: bytes, length: int) -> bytes:
        """The peer's exporter."""
        return self.get("export", "secret", label=label, context=context, length=length)


def ts_mls(suite_id: int = 1) -> LivePeer:
    """ts-mls in Node.js."""
    shutil.copy(HERE / "ts_mls" / "peer.mjs", TS_MLS / "peer.mjs")
    return LivePeer([program("node") or "node", "peer.mjs", SUITES[suite_id].name], TS_MLS, {})


def mls_rs() -> LivePeer:
    """mls-rs behind its Python binding."""
    return LivePeer([sys.executable, str(HERE / "mls_rs_peer.py")], HERE, {"PYTHONPATH": str(MLS_RS)})
