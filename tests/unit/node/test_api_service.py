"""Which call is whose."""

import asyncio
import gc
import os
from pathlib import Path

import pytest

import coterie
from coterie.api import codec, schema, status_schema
from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.node.api_faults import RpcError
from coterie.node.api_service import ApiService
from coterie.testing.fake_backend import LINK, FakeBackend


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
    assert (raised.value.rpc_code, raised.value.error.code) == (codec.METHOD_NOT_FOUND, "unknown-method")


def test_T075_parameters_that_do_not_fit_are_refused_as_such(home: Home) -> None:
    service = ApiService(home, FakeBackend(), lambda: None)
    assert service.parse(codec.Request(1, "circle.show", b'{"circle":"c"}')) == schema.CircleNamed(circle="c")
    with pytest.raises(RpcError) as raised:
        service.parse(codec.Request(1, "circle.show", b"{}"))
    assert (raised.value.rpc_code, raised.value.error.code) == (codec.INVALID_PARAMS, "invalid-params")


def test_only_a_status_is_completed(home: Home) -> None:
    service = ApiService(home, FakeBackend(), lambda: None)
    assert asyncio.run(service.perform("circle.list", schema.NoParams())) == schema.CircleList(circles=[])


def test_calls_that_wait_do_so() -> None:
    async def run() -> None:
        service = ApiService(Home(Path("/h")), FakeBackend(), lambda: None)
        sent = await service.perform("message.send", schema.Send(to="bob", text="x", wait="read"))
        assert isinstance(sent, schema.Sent)
        assert sent.state == "read"
        joined = await service.perform("join", schema.Join(link=LINK + "OK", pseudonym="al"))
        assert isinstance(joined, schema.Joined)
        assert joined.state == "joined"

    asyncio.run(run())


async def begin_and_go(service: ApiService) -> None:
    """Somebody asks for something and is gone before it is done."""
    caller = asyncio.ensure_future(service.perform("circle.leave", schema.CircleNamed(circle="c")))
    await asyncio.sleep(0.01)
    caller.cancel()
    await asyncio.wait([caller])


def test_what_has_begun_is_finished_though_the_caller_is_gone_and_then_forgotten(home: Home) -> None:
    async def run() -> None:
        backend = FakeBackend()
        gate = asyncio.Event()
        finished: list[str] = []

        async def gated(method: str, params: schema.Params) -> schema.Record:
            await gate.wait()
            finished.append(method)
            return schema.Done(id="x", subject="y")

        backend.call = gated  # type: ignore[method-assign]
        service = ApiService(home, backend, lambda: None)
        await begin_and_go(service)
        assert len(service._running) == 1
        gate.set()
        await asyncio.sleep(0.01)
        assert (finished, service._running) == (["circle.leave"], set())

    asyncio.run(run())


@pytest.mark.parametrize("ended", [True, False])
def test_what_fails_when_the_caller_is_gone_is_no_complaint_of_the_loop(home: Home, ended: bool) -> None:
    complaints: list[object] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        backend = FakeBackend()
        gate = asyncio.Event()

        async def gated(method: str, params: schema.Params) -> schema.Record:
            await gate.wait()
            raise UserError("disk-full", "full")

        backend.call = gated  # type: ignore[method-assign]
        service = ApiService(home, backend, lambda: None)
        await begin_and_go(service)
        if ended:
            gate.set()
        else:
            for work in service._running:
                work.cancel()
        await asyncio.sleep(0.01)
        assert service._running == set()

    asyncio.run(run())
    gc.collect()
    assert complaints == []
