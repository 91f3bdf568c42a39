"""What several commands have in common."""

import pytest

from coterie.api import blocking, methods, schema
from coterie.api.paths import Home
from coterie.cli import options


def test_a_command_waits_as_long_as_the_node_may(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[object, ...]] = []
    monkeypatch.setattr(blocking, "call", lambda *arguments: seen.append(arguments))
    options.ask(str(home.root), methods.STATUS, schema.NoParams(), wait_ms=1500)
    assert seen == [(home, methods.STATUS, schema.NoParams(), 1.5)]


def test_the_option_wins(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTERIE_HOME", "/elsewhere")
    assert options.place(str(home.root)) == home
