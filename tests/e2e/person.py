"""Somebody with a home of their own, and a node that is started and ended as the story wants."""

import subprocess
from pathlib import Path

from tests.e2e.processes import await_ready, coterie, end, start


class Person:
    """`node` is the running one. The passphrase file is the same for all of a story."""

    def __init__(self, name: str, home: Path, passphrase_file: Path) -> None:
        self.name = name
        self.home = home
        self._passphrase_file = str(passphrase_file)
        self.node: subprocess.Popen[str] | None = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return coterie(self.home, *arguments, COTERIE_PASSPHRASE_FILE=self._passphrase_file)

    def do(self, *arguments: str) -> str:
        """A command that must end with 0; gives what it printed."""
        ran = self.run(*arguments)
        assert ran.returncode == 0, (arguments[0], ran.returncode, ran.stderr)
        return ran.stdout

    def up(self, *options: str) -> None:
        """Until it is ready; nothing when it runs already."""
        if self.node is None:
            command = ("coterie", "up", *options)
            self.node = start(self.home, *command, COTERIE_PASSPHRASE_FILE=self._passphrase_file)
            await_ready(self.node)

    def end(self, number: int) -> tuple[int, float, str]:
        """As `processes.end`."""
        node, self.node = self.node, None
        assert node is not None
        return end(node, number)


def passphrase_file(folder: Path) -> Path:
    """A file with a passphrase, as `COTERIE_PASSPHRASE_FILE` wants it."""
    path = folder / "passphrase"
    path.write_text("a long one, for tests\n")
    path.chmod(0o600)
    return path
