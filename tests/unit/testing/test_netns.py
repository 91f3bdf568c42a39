import subprocess
import sys
from pathlib import Path

import pytest

from coterie.testing import netns


def here() -> Path:
    return Path("/proc/thread-self/ns/net").readlink()


def test_a_process_goes_in_and_comes_back() -> None:
    before = here()
    try:
        network = netns.OwnNetwork()
    except OSError as error:
        pytest.skip(f"not possible here: {error}")
    assert here() == before
    with network.inside():
        assert here() != before
    assert here() == before


def test_it_runs_a_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coterie.testing.netns"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("usage:")
