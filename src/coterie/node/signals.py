"""Signals that are heard however busy the loop is.

`loop.add_signal_handler` learns of a signal through the pipe by which other threads wake the loop, and a signal that
comes while that pipe is full is lost: some 280 answers of other threads in one long turn are enough. A handler of
the interpreter itself is always run, between two of its steps.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator


@contextlib.contextmanager
def heard(
    numbers: Iterable[signal.Signals], call: Callable[[], object], at_once: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """While inside, each of these signals calls `call` in a turn of the running loop, and before it `at_once`, which
    must take no lock, wherever the thread happens to be. For the main thread only."""
    loop = asyncio.get_running_loop()

    def handle(_number: int, _frame: object) -> None:
        at_once()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing is left to stop
            loop.call_soon_threadsafe(call)

    before = [(number, signal.signal(number, handle)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
