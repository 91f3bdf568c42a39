"""A relay as a process of its own, for tests."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.processes import PATIENCE, environment


class RelayProcess:
    """`relay.py`, listening. `url` is in its canonical form."""

    def __init__(self, host: str, port: int = 0) -> None:
        command = [sys.executable, "-m", "tests.e2e.relay", host, str(port)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(Path("/nowhere"))
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().split()[1])
        self.url = f"http://{host}:{self.port}/"

    def end(self) -> tuple[set[str], int]:
        """Who came, by endpoint id, and how many datagrams were passed on."""
        lines = self.process.communicate(timeout=PATIENCE)[0].splitlines()
        came = {line.removeprefix("client ") for line in lines if line.startswith("client ")}
        return came, int(lines[-1].removeprefix("passed "))
