"""Command lines and nodes as separate processes, the way people run them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
"""Seconds that a process may take to get ready or to end, on a machine that does other things too."""


def environment(home: Path, **more: str) -> dict[str, str]:
    """The surroundings of a process: this checkout, this home, nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COTERIE", "XDG", "PYTHON"))}
    return {**kept, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "COTERIE_HOME": str(home), **more}


def coterie(
    home: Path, *arguments: str, stdin: str | bytes = b"", patience: float = PATIENCE, **more: str
) -> subprocess.CompletedProcess[str]:
    """`coterie ARGUMENTS` to its end."""
    ran = subprocess.run(
        [sys.executable, "-m", "coterie", *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        timeout=patience,
        check=False,
        env=environment(home, **more),
    )
    return subprocess.CompletedProcess(ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def start(home: Path, *command: str, **more: str) -> "subprocess.Popen[str]":
    """`python -m COMMAND`, with its three streams open."""
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home, **more),
    )


def fake_node(home: Path, **more: str) -> "subprocess.Popen[str]":
    """A node with a fake engine, ready."""
    (home / "vault.db").touch(mode=0o600)
    process = start(home, "coterie.testing.fake_node", str(home), **more)
    await_ready(process)
    return process


def await_ready(process: "subprocess.Popen[str]") -> str:
    """The socket's path, once the node has said that it is ready."""
    if process.stderr is None:
        raise ValueError("a node is started with its streams open")
    for line in process.stderr:
        if line.startswith("ready: "):
            return line.removeprefix("ready: ").strip()
    raise AssertionError(f"the node ended with {process.wait(PATIENCE)} instead of getting ready")


def end(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> tuple[int, float, str]:
    """Sends a signal; gives the exit status, the seconds that it took, and what was left on standard error."""
    began = time.monotonic()
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, time.monotonic() - began, errors


@contextlib.contextmanager
def running(process: "subprocess.Popen[str]") -> "Iterator[subprocess.Popen[str]]":
    """Whatever happens, the process is gone afterwards."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        with contextlib.suppress(ValueError):
            process.communicate(timeout=PATIENCE)
