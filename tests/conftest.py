"""What holds for every test: profiles, `--long`, and sockets only where a test is about them.

Warnings are errors, the order is random and its seed printed (pyproject.toml).
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Verbosity, settings

TESTS = Path(__file__).parent
WITH_SOCKETS = (TESTS / "e2e", TESTS / "interop")

settings.register_profile("quick", max_examples=40, deadline=None, print_blob=True)
settings.register_profile(
    "ci", max_examples=150, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long",
    max_examples=3000,
    deadline=None,
    print_blob=True,
    verbosity=Verbosity.normal,
    suppress_health_check=[HealthCheck.too_slow],
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long versions of tests too")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--hypothesis-profile"):
        chosen = "long" if config.getoption("--long") else os.environ.get("COTERIE_TEST_PROFILE", "quick")
        settings.load_profile(chosen)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    long = config.getoption("--long")
    for item in items:
        if any(folder in item.path.parents for folder in WITH_SOCKETS):
            item.add_marker(pytest.mark.enable_socket)
        if not long and item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="a long version: run with --long"))
