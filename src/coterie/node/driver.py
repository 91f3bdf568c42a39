"""The effect driver: inputs through the engine in batches, each durable before anything of it is seen outside.

A batch takes what waits (at most `inputs`, or `seconds` of work), runs each input in a savepoint of one transaction,
commits in a worker thread while the loop goes on reading, performs the effects in order, and answers the
callers last. An input that is refused is undone alone. If the batch cannot be committed nothing of it is performed,
every caller is told, and the engine forgets what it cached: memory never holds the truth.
"""

import asyncio
import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from coterie.core.engine.ports.commands import Command
from coterie.core.engine.ports.effects import Effect
from coterie.core.engine.ports.inputs import Input
from coterie.core.engine.ports.store import Store
from coterie.core.kernel.errors import CoterieError, PeerError, UserError
from coterie.core.kernel.world import Clock, Instant
from coterie.node.commit_thread import CommitThread

log = logging.getLogger(__name__)

T = TypeVar("T")


class Outcome(Protocol):
    """What a step gives back."""

    @property
    def effects(self) -> Sequence[Effect]: ...

    @property
    def result(self) -> object: ...


class Engine(Protocol):
    """The deterministic application, as the driver sees it."""

    def step(self, store: Store, entry: Input | Command, now: Instant) -> Outcome: ...

    def resume(self, store: Store, now: Instant) -> Sequence[Effect]: ...

    def forget(self) -> None: ...


class BatchVault(Protocol):
    """The vault, as the driver sees it. Calls never overlap; `commit` comes from the worker thread."""

    @property
    def store(self) -> Store: ...

    @property
    def in_batch(self) -> bool:
        """False when the database has ended the transaction by itself, as it does when the disk is full."""

    def begin(self) -> None: ...

    def savepoint(self) -> AbstractContextManager[None]: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """When a batch is full."""

    inputs: int = 64
    seconds: float = 0.005
    retry_seconds: float = 1.0
    """How long an input that must not be lost waits after a batch that could not be committed."""


@dataclass(slots=True)
class _Entry:
    """One input with whoever waits for it, then also what became of it."""

    run: Callable[[Instant], Outcome | None]
    future: asyncio.Future[object]
    effects: Sequence[Effect] = ()
    result: object = None
    refusal: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Resumed:
    """What a start asks for, as the outcome of a step."""

    effects: Sequence[Effect]
    result: object = None


class BatchLostError(Exception):
    """The database ended the batch's transaction in the middle of it."""


class Driver:
    """One engine on one vault. Runs on one event loop; `perform` is called there, with the effects of a batch."""

    def __init__(
        self,
        engine: Engine,
        vault: BatchVault,
        clock: Clock,
        perform: Callable[[Sequence[Effect]], None],
        limits: BatchLimits | None = None,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._perform = perform
        self._limits = limits or BatchLimits()
        self._stopwatch = stopwatch
        self._queue: deque[_Entry] = deque()
        self._thread: CommitThread | None = None
        self._busy = True
        """A batch is scheduled, at work or being committed. Until `run` is called, nothing begins."""
        self._stopping = False
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def submit(self, entry: Input | Command) -> "asyncio.Future[object]":
        """Queues an input. The future has the step's result once that is durable and its effects are performed.

        It raises the step's PeerError or UserError, the UserError of a batch that could not be committed
        (`disk-full`, `data-dir-…`), or whatever a bug raises.
        """
        return self._put(lambda now: self._engine.step(self._vault.store, entry, now))

    def insist(self, entry: Input) -> None:
        """Queues an input that the engine must see even if a batch cannot be committed: it is tried again then."""

        def again(future: "asyncio.Future[object]") -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, BatchFailedError):
                if not self._stopping:
                    asyncio.get_running_loop().call_later(self._limits.retry_seconds, self.insist, entry)
            elif error is not None and not isinstance(error, CoterieError):
                log_bug(f"handling {type(entry).__name__}", error)

        self.submit(entry).add_done_callback(again)

    async def read(self, question: Callable[[Store], T]) -> T:
        """Asks the store between two commits: at once when none is under way, else in turn with the inputs.

        `question` changes nothing, so nothing has to be made durable for it.
        """
        if not self._busy and not self._stopping:
            return question(self._vault.store)
        answer: list[T] = []

        def run(_now: Instant) -> None:
            answer.append(question(self._vault.store))

        await self._put(run)
        return answer[0]

    async def run(self) -> None:
        """Performs what a start asks for, then batches until `stop`. Raises when the engine cannot even resume."""
        self._thread = CommitThread(asyncio.get_running_loop())
        resumed: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._queue.appendleft(_Entry(self._resume, resumed))
        self._busy = False
        self._next()
        try:
            await resumed
        except BaseException:
            self.stop()
            raise
        finally:
            await self._over
            self._thread.close()

    def stop(self) -> None:
        """Ends `run` once everything queued by now is done."""
        self._stopping = True
        self._next()

    def _put(self, run: Callable[[Instant], Outcome | None]) -> "asyncio.Future[object]":
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if self._stopping:
            _refuse(future, BatchFailedError("stopping", "the node is stopping", "start it again with coterie up"))
        else:
            self._queue.append(_Entry(run, future))
            self._next()
        return future

    def _next(self) -> None:
        """Lets the next batch begin in the next turn of the loop: what arrives together is committed together."""
        if self._busy:
            return
        if self._queue:
            self._busy = True
            asyncio.get_running_loop().call_soon(self._batch)
        elif self._stopping and not self._over.done():
            self._over.set_result(None)

    def _batch(self) -> None:
        """What waits, in one transaction, which the other thread makes durable."""
        entries: list[_Entry] = []
        try:
            self._vault.begin()
            self._take(entries)
        except Exception as error:  # noqa: BLE001 - whatever it was, the callers are told and the node goes on
            self._end(entries, error)
        else:
            if self._thread is not None:
                self._thread.do(self._vault.commit, lambda error: self._end(entries, error))

    def _end(self, entries: list[_Entry], error: BaseException | None) -> None:
        """After the commit, or instead of it."""
        self._busy = False
        if error is None:
            self._show([effect for entry in entries for effect in entry.effects])
            for entry in entries:
                _answer(entry)
        else:
            self._fail(entries, error)
        self._next()

    def _resume(self, now: Instant) -> "_Resumed":
        return _Resumed(self._engine.resume(self._vault.store, now))

    def _take(self, entries: list[_Entry]) -> None:
        deadline = self._stopwatch() + self._limits.seconds
        while self._queue:
            entry = self._queue.popleft()
            entries.append(entry)
            self._step(entry)
            if len(entries) >= self._limits.inputs or self._stopwatch() >= deadline:
                return

    def _step(self, entry: _Entry) -> None:
        try:
            with self._vault.savepoint():
                outcome = entry.run(self._clock.now())
                if outcome is not None:
                    entry.effects, entry.result = outcome.effects, outcome.result
        except Exception as error:
            entry.effects, entry.result, entry.refusal = (), None, error
            if not isinstance(error, PeerError):  # then the engine itself knows what was undone with this step
                self._engine.forget()
            if not self._vault.in_batch:
                raise BatchLostError from error

    def _fail(self, entries: list[_Entry], error: BaseException) -> None:
        """Nothing of the batch is left; everybody in it is told, or, if it could not even begin, whoever waits first."""
        self._engine.forget()
        try:
            self._vault.rollback()
        except Exception as broken:  # noqa: BLE001 - the next batch will not begin, and say so
            log_bug("undoing a batch", broken)
        if not entries and self._queue:
            entries.append(self._queue.popleft())
        cause = error.__cause__ if isinstance(error, BatchLostError) else error
        code = cause.code if isinstance(cause, CoterieError) else "internal"
        log.error("a batch of %d inputs could not be committed: %s", len(entries), code)
        if code == "internal" and cause is not None:
            log_bug("committing a batch", cause)
        for entry in entries:
            if not entry.future.done():
                _refuse(entry.future, _told(cause))

    def _show(self, effects: Sequence[Effect]) -> None:
        try:
            self._perform(effects)
        except Exception as error:  # noqa: BLE001 - one broken effect must not stop the node
            log_bug("performing effects", error)


class BatchFailedError(UserError):
    """The batch was not committed: nothing that this input asked for has happened."""


def log_bug(doing: str, error: BaseException) -> None:
    """Writes where a bug happened to the log. Never its text, which may quote content."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("internal error while %s: %s\n%s", doing, type(error).__name__, frames)


def _told(cause: BaseException | None) -> BatchFailedError:
    """One for each caller: raising a shared exception would collect the tracebacks of all."""
    if isinstance(cause, UserError):
        return BatchFailedError(cause.code, cause.message, cause.hint)
    return BatchFailedError("internal", "the node could not store this", "its log has the details")


def _answer(entry: _Entry) -> None:
    if entry.future.done():
        return  # the caller went away
    if entry.refusal is None:
        entry.future.set_result(entry.result)
    else:
        _refuse(entry.future, entry.refusal)


def _refuse(future: "asyncio.Future[object]", error: Exception) -> None:
    """Marked as looked at: a caller that does not wait has no use for a warning about it."""
    future.set_exception(error)
    future.exception()
