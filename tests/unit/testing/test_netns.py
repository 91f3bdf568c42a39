import subprocess
import sys
from pathlib import Path

import pytest

from coterie.testing import netns

INTERFACES = "import os; print(','.join(sorted(os.listdir('/sys/class/net'))), os.environ.get('COTERIE_OWN_NETWORK'))"
LOOPBACK = (
    "import socket as s; a = s.socket(s.AF_INET, s.SOCK_DGRAM); a.bind(('127.0.0.1', 0)); "
    "b = s.socket(s.AF_INET, s.SOCK_DGRAM); b.sendto(b'up', a.getsockname()); print(a.recv(9))"
)


def here() -> Path:
    return Path("/proc/thread-self/ns/net").readlink()


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "coterie.testing.netns", *command],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_command_runs_with_loopback_only() -> None:
    assert run(sys.executable, "-c", LOOPBACK) == "b'up'"
    assert run(sys.executable, "-c", INTERFACES.replace("/sys/class/net", "/proc/self/ns")).endswith(" 1")


def test_each_command_has_another_network() -> None:
    name = "import os; print(os.readlink('/proc/self/ns/net'))"
    assert run(sys.executable, "-c", name) != str(here())


def test_the_reason_is_one_line_or_none() -> None:
    reason = netns.why_not()
    assert reason is None or "\n" not in reason


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


def test_without_a_command_it_says_how() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coterie.testing.netns"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("usage:")
