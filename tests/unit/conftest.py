"""Fixtures for unit tests of the node, the API and the command line."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.api.paths import Home


@pytest.fixture
def home() -> Iterator[Home]:
    """An empty home whose path is short enough for a socket."""
    root = Path(tempfile.mkdtemp(prefix="ct-", dir="/tmp")).resolve()
    yield Home(root)
    shutil.rmtree(root, ignore_errors=True)
