"""The rules for tests hold: no sockets here, warnings are errors, the order is random and can be repeated."""

import socket
import warnings

import pytest
from hypothesis import settings


def test_a_socket_cannot_be_opened_here() -> None:
    with pytest.raises((RuntimeError, UserWarning), match="socket"):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def test_a_unix_socket_can() -> None:
    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()


def test_a_warning_is_an_error() -> None:
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


def test_the_order_is_random_and_its_seed_is_known(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.hasplugin("randomly")
    assert isinstance(pytestconfig.getoption("randomly_seed"), int)


@pytest.mark.parametrize("name", ["quick", "ci", "long"])
def test_each_profile_prints_how_to_repeat_a_failure(name: str) -> None:
    assert settings.get_profile(name).print_blob
