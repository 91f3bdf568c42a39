import os
import subprocess
import sys
from pathlib import Path

import pytest

from coterie.node import own_network

INTERFACES = "import os; print(','.join(sorted(os.listdir('/proc/self/ns'))), os.environ.get('COTERIE_OWN_NETWORK'))"
LOOPBACK = (
    "import socket as s; a = s.socket(s.AF_INET, s.SOCK_DGRAM); a.bind(('127.0.0.1', 0)); "
    "b = s.socket(s.AF_INET, s.SOCK_DGRAM); b.sendto(b'up', a.getsockname()); print(a.recv(9))"
)


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "coterie.node.own_network", *command],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_command_runs_with_loopback_up() -> None:
    assert run(sys.executable, "-c", LOOPBACK) == "b'up'"


def test_a_command_knows_where_it_is() -> None:
    assert run(sys.executable, "-c", INTERFACES).endswith(" 1")
    assert own_network.inside() == (os.environ.get("COTERIE_OWN_NETWORK") == "1")


def test_each_command_has_another_network_and_the_same_user() -> None:
    name = "import os; print(os.readlink('/proc/self/ns/net'), os.geteuid())"
    network, user = run(sys.executable, "-c", name).split()
    assert network != str(Path("/proc/thread-self/ns/net").readlink())
    assert user == str(os.geteuid())


def test_the_reason_is_one_line_or_none() -> None:
    reason = own_network.why_not()
    assert reason is None or "\n" not in reason


def test_a_call_that_fails_says_why() -> None:
    with pytest.raises(OSError, match="setns"):
        own_network.call("setns", -1, own_network.CLONE_NEWNET)


def test_without_a_command_it_says_how() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coterie.node.own_network"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("usage:")
