"""Which call is whose."""

import asyncio
import os

import pytest

import coterie
from coterie.api import codec, schema, status_schema
from coterie.api.paths import Home
from coterie.node.api_faults import RpcError
from coterie.node.api_service import ApiService
from coterie.testing.fake_backend import FakeBackend


def test_status_is_completed_with_what_the_server_knows(home: Home) -> None:
    service = ApiService(home, FakeBackend(), lambda: None)
    status = asyncio.run(service.perform("status", schema.NoParams()))
    assert isinstance(status, status_schema.Status)
    assert (status.home, status.socket) == (str(home.root), str(home.socket()))
    assert (status.pid, status.version) == (os.getpid(), coterie.__version__)


def test_stop_asks_the_node_and_not_the_backend(home: Home) -> None:
    asked: list[bool] = []
    backend = FakeBackend()
    service = ApiService(home, backend, lambda: asked.append(True))
    assert asyncio.run(service.perform("stop", schema.NoParams())) == status_schema.Stopping(pid=os.getpid())
    assert asked == [True]
    assert backend.calls == []


@pytest.mark.parametrize("method", ["__init__", "nothing", "", "Status", "status "])
def test_T075_an_unknown_method_is_refused(home: Home, method: str) -> None:
    service = ApiService(home, FakeBackend(), lambda: None)
    with pytest.raises(RpcError) as raised:
        service.parse(codec.Request(1, method, b"{}"))
    assert raised.value.rpc_code == codec.METHOD_NOT_FOUND
