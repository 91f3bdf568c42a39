"""Which part an effect goes to. The parts together, on real QUIC: tests/e2e/test_shell.py."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast, get_args

from coterie.adapters.peerlink.listen import Listen
from coterie.core.engine.ports.commands import Command, ShowStatus
from coterie.core.engine.ports.effects import (
    Acknowledge,
    CloseConnection,
    CloseEndpoint,
    Effect,
    ForgetPeer,
    Notify,
    OpenEndpoint,
    SealLink,
    SetTimer,
    Transmit,
    WatchPeer,
)
from coterie.core.engine.ports.inputs import Input
from coterie.core.engine.ports.store import Store
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, EnvelopeId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant
from coterie.node.driver import Outcome
from coterie.node.shell import Shell

CIRCLE, DEVICE = CircleId(b"c" * 32), DeviceId(b"d" * 32)

EFFECTS: dict[type, tuple[Effect, str]] = {
    Transmit: (Transmit(1, 2, b""), "links.transmit"),
    Acknowledge: (Acknowledge(1, EnvelopeId(bytes(32))), "links.acknowledge"),
    SealLink: (SealLink(1, DEVICE, cast(Any, None)), "links.seal"),
    CloseConnection: (CloseConnection(1, "done"), "links.close"),
    WatchPeer: (WatchPeer(CIRCLE, DEVICE, EndpointId(bytes(32)), ()), "supervisor.watch"),
    ForgetPeer: (ForgetPeer(CIRCLE, DEVICE), "supervisor.forget"),
    OpenEndpoint: (OpenEndpoint(CIRCLE, False, Secret(bytes(32)), 0), "endpoints.open"),
    CloseEndpoint: (CloseEndpoint(CIRCLE, False), "endpoints.close"),
    SetTimer: (SetTimer("one", Instant(0)), "timers.set"),
    Notify: (Notify(), "notify"),
}


class Quiet:
    """An engine, a vault and a clock with nothing to do; `ask` is what a start asks for."""

    in_batch = False
    store = cast(Store, None)

    def __init__(self, *ask: Effect) -> None:
        self.ask = ask

    def now(self) -> Instant:
        return Instant(0)

    def resume(self, store: Store, now: Instant) -> Sequence[Effect]:
        return self.ask

    def step(self, store: Store, entry: Input | Command, now: Instant) -> Outcome:
        raise AssertionError("nobody asks")

    def begin(self) -> None: ...

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        yield

    commit = rollback = forget = begin


class Recorder:
    """Stands for one part of the shell; `broken` names a method that raises."""

    def __init__(self, name: str, log: list[str], broken: str = "") -> None:
        self.name, self.log, self.broken = name, log, broken

    def __getattr__(self, method: str) -> Any:
        def note(*_: object) -> None:
            self.log.append(f"{self.name}.{method}")
            if method == self.broken:
                raise ZeroDivisionError

        return note


def recorded(*effects: Effect, broken: str = "") -> list[str]:
    log: list[str] = []

    async def story() -> None:
        quiet = Quiet()
        shell = Shell(quiet, quiet, quiet, Listen("127.0.0.1"), lambda: log.append("notify"))
        for part in ("links", "supervisor", "endpoints", "_timers"):
            setattr(shell, part, Recorder(part.lstrip("_"), log, broken))
        shell.perform(effects)

    asyncio.run(story())
    return log


def test_every_effect_has_its_place_and_order_is_kept() -> None:
    assert set(EFFECTS) == set(get_args(Effect))
    assert recorded(*(effect for effect, _ in EFFECTS.values())) == [
        *(place for _, place in EFFECTS.values()),
        "links.flush_acks",
    ]


def test_one_broken_effect_does_not_stop_the_others() -> None:
    log = recorded(EFFECTS[Transmit][0], EFFECTS[WatchPeer][0], broken="transmit")
    assert log == ["links.transmit", "supervisor.watch", "links.flush_acks"]


def test_it_runs_until_it_is_stopped() -> None:
    async def story() -> list[str]:
        log: list[str] = []
        quiet = Quiet(Notify())
        shell = Shell(quiet, quiet, quiet, Listen("127.0.0.1"), lambda: log.append("notify"))
        running = asyncio.create_task(shell.run())
        await shell.driver.read(lambda _: None)
        assert not running.done()
        shell.stop()
        await running
        return log

    assert asyncio.run(asyncio.wait_for(story(), 10)) == ["notify"]


class Asking(Quiet):
    """Every input asks for all that would outlive a stop."""

    def step(self, store: Store, entry: Input | Command, now: Instant) -> Outcome:
        return Asked((EFFECTS[OpenEndpoint][0], EFFECTS[WatchPeer][0], EFFECTS[SetTimer][0]))


@dataclass
class Asked:
    effects: Sequence[Effect]
    result: object = "done"


def test_what_the_last_batch_asks_for_does_not_outlive_the_stop() -> None:
    async def story() -> None:
        asking = Asking()
        shell = Shell(asking, asking, asking, Listen("127.0.0.1"), lambda: None)
        running = asyncio.create_task(shell.run())
        await shell.driver.read(lambda _: None)
        last = shell.driver.submit(ShowStatus())
        shell.stop()
        await running
        assert last.result() == "done"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())
