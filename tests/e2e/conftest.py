"""Tests with real QUIC run in a network of their own where the machine allows it, else on the machine's loopback."""

import contextlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.testing import netns


@pytest.fixture(scope="session")
def own_network() -> netns.OwnNetwork | None:
    """None, with the reason printed, where tests must do with the machine's own loopback."""
    if netns.inside():
        return None
    try:
        return netns.OwnNetwork()
    except OSError as error:
        print(f"no network of its own ({error}); try: python -m coterie.testing.netns pytest tests/e2e")
        return None


@pytest.fixture(scope="module", autouse=True)
def in_own_network(own_network: netns.OwnNetwork | None) -> Iterator[None]:
    with own_network.inside() if own_network is not None else contextlib.nullcontext():
        yield


@pytest.fixture(scope="session", autouse=True)
def ignored_signals_are_heard_again() -> None:
    """A suite that runs in the background may have been started with these ignored, and children inherit that."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture
def short_home() -> Iterator[Path]:
    """An empty directory, ours alone, with a path that is short enough for a socket."""
    root = Path(tempfile.mkdtemp(prefix="ct-", dir="/tmp")).resolve()
    yield root
    shutil.rmtree(root, ignore_errors=True)
