"""The command line of these tests."""

import asyncio
from typing import Any

import pytest

from coterie.api import blocking
from coterie.api.methods import Method
from coterie.api.paths import Home
from coterie.testing.fake_backend import FakeBackend
from tests.unit.cli.command_line import Called, Line


@pytest.fixture
def line(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, home: Home) -> Line:
    """A command line whose node is a fake backend in this process."""
    backend = FakeBackend()

    def ask(_home: Home, method: Method[Any, Any], params: Any, _wait_seconds: float = 0.0) -> Any:
        return asyncio.run(backend.call(method.name, params))

    monkeypatch.setattr(blocking, "call", ask)
    monkeypatch.setenv("COTERIE_HOME", str(home.root))
    monkeypatch.delenv("COTERIE_PASSPHRASE_FILE", raising=False)
    monkeypatch.delenv("COTERIE_LISTEN", raising=False)
    monkeypatch.delenv("COTERIE_RELAY", raising=False)
    return Line(backend, Called(), capsysbinary)
