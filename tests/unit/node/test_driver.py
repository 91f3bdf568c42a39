"""The driver on a fake engine and a fake vault that write down, in one list, what happened in which order."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from coterie.core.engine.ports.commands import Command, ShowStatus
from coterie.core.engine.ports.effects import Effect, Transmit
from coterie.core.engine.ports.inputs import Closed, Input, Timer
from coterie.core.engine.ports.store import Store
from coterie.core.kernel.errors import CoterieError, PeerError, UserError
from coterie.core.kernel.world import Instant
from coterie.node.driver import BatchFailedError, BatchLimits, Driver
from tests.waiting import until

NO_SPACE = UserError("disk-full", "there is no space left", "free some")


@dataclass
class Step:
    effects: tuple[Effect, ...]
    result: object


@dataclass
class World:
    """Fake engine, vault, clock and shell in one; `log` tells the story. Timer names say what a step does."""

    log: list[str] = field(default_factory=list)
    in_batch: bool = False
    commit_fails: list[Exception] = field(default_factory=list)
    begin_fails: list[Exception] = field(default_factory=list)
    store: Store = field(default_factory=lambda: cast(Store, object()))
    watch: float = 0.0
    during_commit: Callable[[], None] | None = None

    def now(self) -> Instant:
        return Instant(1_000)

    def stopwatch(self) -> float:
        return self.watch

    def resume(self, store: Store, now: Instant) -> Sequence[Effect]:
        self.log.append("resume")
        return [effect("resumed")]

    def forget(self) -> None:
        self.log.append("forget")

    def step(self, store: Store, entry: Input | Command, now: Instant) -> Step:
        assert store is self.store
        name = entry.name if isinstance(entry, Timer) else type(entry).__name__
        self.log.append(f"step {name}")
        if name == "refused":
            raise PeerError("malformed", "no")
        if name == "broken":
            raise ZeroDivisionError
        if name == "full":
            self.in_batch = False
            raise UserError(NO_SPACE.code, NO_SPACE.message, NO_SPACE.hint)
        if name == "slow":
            self.watch += 0.004
        return Step((effect(name),), f"result of {name}")

    def begin(self) -> None:
        if self.begin_fails:
            raise self.begin_fails.pop(0)
        self.log.append("begin")
        self.in_batch = True

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.log.append("undone")
            raise

    def commit(self) -> None:
        if self.during_commit is not None:
            self.during_commit()
        self.in_batch = False
        if self.commit_fails:
            raise self.commit_fails.pop(0)
        self.log.append("commit")

    def rollback(self) -> None:
        self.in_batch = False
        self.log.append("rollback")

    def perform(self, effects: Sequence[Effect]) -> None:
        for each in effects:
            assert isinstance(each, Transmit)
            self.log.append(f"effect {each.body.decode()}")
            if each.body == b"bad effect":
                raise ZeroDivisionError


def effect(name: str) -> Effect:
    return Transmit(1, 1, name.encode())


def bounded(story: Callable[[World, Driver], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        async def told() -> None:
            world = World()
            driver = Driver(world, world, world, world.perform, BatchLimits(retry_seconds=0.001), world.stopwatch)
            running = asyncio.create_task(driver.run())
            await until(lambda: "effect resumed" in world.log)
            world.log.clear()
            try:
                await story(world, driver)
            finally:
                driver.stop()
                await running

        asyncio.run(asyncio.wait_for(told(), 10))

    run.__name__ = story.__name__
    return run


async def outcome(future: "asyncio.Future[object]") -> object:
    try:
        return await future
    except (CoterieError, ArithmeticError) as error:
        return error


def test_a_start_resumes_first() -> None:
    async def told() -> list[str]:
        world = World()
        driver = Driver(world, world, world, world.perform)
        driver.submit(Timer("early"))
        driver.stop()
        await driver.run()
        return world.log

    assert asyncio.run(told()) == [
        *("begin", "resume", "step early", "commit", "effect resumed", "effect early"),
    ]


def test_a_vault_that_cannot_resume_ends_the_run() -> None:
    async def told() -> None:
        world = World(commit_fails=[NO_SPACE])
        with pytest.raises(UserError):
            await Driver(world, world, world, world.perform).run()
        assert world.log == ["begin", "resume", "forget", "rollback"]

    asyncio.run(asyncio.wait_for(told(), 10))


def test_a_vault_that_is_gone_ends_the_run_and_tells_whoever_waits() -> None:
    async def told() -> None:
        world = World(begin_fails=[UserError("data-dir-missing"), UserError("data-dir-missing")])
        driver = Driver(world, world, world, world.perform)
        waiting = driver.submit(Timer("one"))
        with pytest.raises(UserError):
            await driver.run()
        assert getattr(await outcome(waiting), "code", None) == "data-dir-missing"

    asyncio.run(asyncio.wait_for(told(), 10))


@bounded
async def test_persist_then_effects_then_answers(world: World, driver: Driver) -> None:
    one, two = driver.submit(Timer("one")), driver.submit(ShowStatus())
    one.add_done_callback(lambda _: world.log.append("answer one"))
    assert await two == "result of ShowStatus"
    assert await one == "result of one"
    assert world.log == [
        *("begin", "step one", "step ShowStatus", "commit", "effect one", "effect ShowStatus", "answer one"),
    ]


@bounded
async def test_a_refused_input_is_undone_alone(world: World, driver: Driver) -> None:
    one, bad, two = (driver.submit(Timer(name)) for name in ("one", "refused", "two"))
    error = await outcome(bad)
    assert isinstance(error, PeerError)
    assert error.code == "malformed"
    assert [await one, await two] == ["result of one", "result of two"]
    assert world.log == [
        *("begin", "step one", "step refused", "undone", "step two", "commit", "effect one", "effect two"),
    ]


@bounded
async def test_a_bug_in_one_step_is_that_inputs_own(world: World, driver: Driver) -> None:
    bad, good = driver.submit(Timer("broken")), driver.submit(Timer("one"))
    assert isinstance(await outcome(bad), ZeroDivisionError)
    assert await good == "result of one"


@bounded
async def test_when_the_commit_fails_nothing_is_performed_and_all_are_told(world: World, driver: Driver) -> None:
    world.commit_fails.append(NO_SPACE)
    futures = [driver.submit(Timer(name)) for name in ("one", "two")]
    for future in futures:
        error = await outcome(future)
        assert isinstance(error, BatchFailedError)
        assert (error.code, error.hint) == ("disk-full", "free some")
    assert world.log == ["begin", "step one", "step two", "forget", "rollback"]
    assert await driver.submit(Timer("later")) == "result of later"


@bounded
async def test_a_disk_that_fills_up_in_the_middle_loses_the_whole_batch(world: World, driver: Driver) -> None:
    futures = [driver.submit(Timer(name)) for name in ("one", "full", "two")]
    assert [getattr(await outcome(future), "code", None) for future in futures[:2]] == ["disk-full"] * 2
    assert await futures[2] == "result of two"
    assert world.log == [
        *("begin", "step one", "step full", "undone", "forget", "forget", "rollback"),
        *("begin", "step two", "commit", "effect two"),
    ]


@bounded
async def test_a_batch_that_cannot_begin_tells_one_caller_at_a_time(world: World, driver: Driver) -> None:
    world.begin_fails.append(UserError("data-dir-missing"))
    one, two = driver.submit(Timer("one")), driver.submit(Timer("two"))
    assert getattr(await outcome(one), "code", None) == "data-dir-missing"
    assert await two == "result of two"


@bounded
async def test_an_unexpected_failure_of_the_commit_is_internal_to_callers(world: World, driver: Driver) -> None:
    world.commit_fails.append(RuntimeError("private detail"))
    error = await outcome(driver.submit(Timer("one")))
    assert isinstance(error, BatchFailedError)
    assert error.code == "internal"
    assert "private" not in str(error)


@bounded
async def test_a_batch_takes_at_most_64_inputs(world: World, driver: Driver) -> None:
    futures = [driver.submit(Timer(str(number))) for number in range(130)]
    await asyncio.gather(*futures)
    assert world.log.count("begin") == world.log.count("commit") == 3
    assert world.log.index("commit") == 65


@bounded
async def test_a_batch_ends_after_five_milliseconds_of_work(world: World, driver: Driver) -> None:
    await asyncio.gather(*(driver.submit(Timer("slow")) for _ in range(5)))
    steps = [entry for entry in world.log if entry in ("begin", "step slow")]
    assert steps == ["begin", "step slow", "step slow"] * 2 + ["begin", "step slow"]


@bounded
async def test_the_loop_goes_on_while_a_batch_is_committed(world: World, driver: Driver) -> None:
    loop = asyncio.get_running_loop()
    turned = asyncio.Event()

    def during() -> None:
        world.during_commit = None
        asyncio.run_coroutine_threadsafe(submit_more(), loop).result(5)

    async def submit_more() -> None:
        later.append(driver.submit(Timer("meanwhile")))
        turned.set()

    later: list[asyncio.Future[object]] = []
    world.during_commit = during
    await driver.submit(Timer("one"))
    assert turned.is_set()
    await later[0]
    assert world.log.index("effect one") < world.log.index("step meanwhile")


@bounded
async def test_an_effect_that_breaks_does_not_keep_callers_waiting(world: World, driver: Driver) -> None:
    assert await driver.submit(Timer("bad effect")) == "result of bad effect"
    assert await driver.submit(Timer("one")) == "result of one"


@bounded
async def test_what_must_not_be_lost_is_tried_again(world: World, driver: Driver) -> None:
    world.commit_fails += [NO_SPACE, NO_SPACE]
    driver.insist(Closed(7))
    await until(lambda: "effect Closed" in world.log)
    assert world.log.count("step Closed") == 3


@bounded
async def test_an_insisted_input_that_is_refused_is_not_tried_again(world: World, driver: Driver) -> None:
    driver.insist(Timer("refused"))
    await driver.submit(Timer("one"))
    await asyncio.sleep(0.005)
    assert world.log.count("step refused") == 1


@bounded
async def test_questions_are_asked_between_commits(world: World, driver: Driver) -> None:
    first = driver.submit(Timer("one"))
    assert await driver.read(lambda store: store is world.store)
    assert await first == "result of one"
    with pytest.raises(UserError):
        await driver.read(refuse)


@bounded
async def test_a_question_needs_no_transaction_while_none_is_under_way(world: World, driver: Driver) -> None:
    await driver.submit(Timer("one"))
    before = list(world.log)
    assert await driver.read(lambda store: store is world.store)
    assert world.log == before


def refuse(_store: Store) -> None:
    raise UserError("not-there")


@bounded
async def test_a_caller_that_went_away_does_no_harm(world: World, driver: Driver) -> None:
    gone = driver.submit(Timer("one"))
    gone.cancel()
    assert await driver.submit(Timer("two")) == "result of two"
    assert "effect one" in world.log


@bounded
async def test_after_stop_what_is_queued_is_done_and_nothing_more_taken(world: World, driver: Driver) -> None:
    queued = driver.submit(Timer("one"))
    driver.stop()
    late = driver.submit(Timer("two"))
    assert await queued == "result of one"
    refused = await outcome(late)
    assert isinstance(refused, BatchFailedError)  # to a link it is one: nothing has happened, and it is no bug
    assert refused.code == "stopping"
