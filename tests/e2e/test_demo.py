"""`coterie demo` as people run it: it shows everything, leaves nothing, and says what it did not see."""

import os
import signal
from pathlib import Path

from tests.e2e.processes import coterie, end, start

WHOLE = 180.0
"""Seconds for all of it: three vaults, four starts, and some forty things that are each given 20 s to be seen."""


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def pids_in(text: str) -> list[int]:
    return [int(line.rsplit("process ", 1)[1]) for line in text.splitlines() if "takes commands after" in line]


def test_the_demonstration(tmp_path: Path) -> None:
    demo = coterie(tmp_path, "demo", "--once", patience=WHOLE, TMPDIR=str(tmp_path))
    assert demo.returncode == 0, demo.stdout
    assert demo.stderr == ""
    for seen in ("compare: ", "is delivered after", "is read after", "is queued", "each exactly once", "not-a-member"):
        assert seen in demo.stdout
    assert len(pids_in(demo.stdout)) == 3
    assert alive(pids_in(demo.stdout)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_demonstration_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    demo = start(tmp_path, "coterie", "demo", TMPDIR=str(tmp_path))
    assert demo.stdout is not None
    printed = ""
    for line in demo.stdout:
        printed += line
        if "founds a circle" in line:
            break
    assert len(pids_in(printed)) == 3
    status, _, errors = end(demo)
    assert (status, errors) == (130, "")
    assert alive(pids_in(printed)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_demonstration_says_what_it_did_not_see(tmp_path: Path) -> None:
    demo = start(tmp_path, "coterie", "demo", "--once", TMPDIR=str(tmp_path))
    assert demo.stdout is not None
    printed = ""
    for line in demo.stdout:
        printed += line
        if "founds a circle" in line:
            os.kill(pids_in(printed)[1], signal.SIGKILL)
            break
    rest, _ = demo.communicate(timeout=WHOLE)
    assert demo.returncode == 1
    assert "NOT SEEN" in rest
    assert list(tmp_path.iterdir()) == []
