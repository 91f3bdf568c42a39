"""The README's ten minutes, typed as they stand: each block goes to the shell of the terminal that it names."""

import os
import re
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"<!-- terminal: (\w+) -->\n```sh\n(.*?)```\n", re.DOTALL)
DONE = "-- done --"
PATIENCE = 90.0
"""Seconds for one block; the longest stretches a passphrase twice and starts a node."""


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(README.read_text(encoding="utf-8"))


class Terminal:
    """A shell that reads its lines from a pipe of its own, so that commands find nothing on their standard input."""

    def __init__(self, folder: Path) -> None:
        reading, self._writing = os.pipe()
        self._process = subprocess.Popen(
            ["bash", f"/dev/fd/{reading}"],
            cwd=folder,
            pass_fds=(reading,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.close(reading)
        self._type("set -e")

    def _type(self, text: str) -> None:
        os.write(self._writing, f"{text}\n".encode())

    def run(self, block: str) -> str:
        """Types one block and returns what it printed; fails when a command did, or takes too long."""
        # Ctrl-C for a command that would go on for ever.
        typed = re.sub(r"^(coterie .* --follow)$", r"timeout --signal=INT 4 \1 || true", block, flags=re.MULTILINE)
        self._type(f"{typed.rstrip()}\necho '{DONE}'")
        seen, end = b"", time.monotonic() + PATIENCE
        output = self._process.stdout
        assert output is not None
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while not seen.endswith(f"{DONE}\n".encode()):
                if not selector.select(timeout=max(0.0, end - time.monotonic())):
                    pytest.fail(f"too slow:\n{block}\n{seen.decode()}")
                piece = os.read(output.fileno(), 65536)
                if not piece:
                    pytest.fail(f"a command failed:\n{block}\n{seen.decode()}")
                seen += piece
        return seen.decode().removesuffix(f"{DONE}\n")

    def close(self) -> None:
        os.close(self._writing)
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A checkout as the README expects it: this interpreter's commands under .venv/bin, and a place for build/."""
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    yield tmp_path
    for home in ("anna", "ben"):
        place = tmp_path / "build" / home
        if place.exists():
            subprocess.run(
                [sys.executable, "-m", "coterie", "--home", str(place), "stop"], check=False, capture_output=True
            )


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash: apt-get install bash")
def test_the_next_ten_minutes(folder: Path) -> None:
    terminals: dict[str, Terminal] = {}
    printed: dict[str, list[str]] = {"anna": [], "ben": []}
    try:
        for name, block in blocks():
            terminal = terminals.get(name) or terminals.setdefault(name, Terminal(folder))
            printed[name].append(terminal.run(block))
    finally:
        for terminal in terminals.values():
            terminal.close()
    anna, ben = "".join(printed["anna"]), "".join(printed["ben"])
    assert "Are the beans up?" in anna
    assert "All of them." in ben
    assert not (folder / "build" / "anna").exists()
    assert not (folder / "build" / "ben").exists()
    assert not list((folder / "build").iterdir())


def test_the_blocks_are_all_there() -> None:
    names = [name for name, _ in blocks()]
    assert names[0] == "anna"
    assert set(names) == {"anna", "ben"}
    text = "".join(block for _, block in blocks())
    for command in ("init", "up", "circle create", "invite", "join", "send", "log", "status", "stop"):
        assert f"coterie {command}" in text
    assert "--follow" in text
