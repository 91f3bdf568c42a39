"""An event loop whose clock jumps to whatever is due next: code that sleeps is tested without waiting.

Only for code that does no input or output of its own: a socket would find its clock racing.
"""

import asyncio
import selectors


class JumpingLoop(asyncio.SelectorEventLoop):
    """`asyncio.Runner(loop_factory=JumpingLoop)`. Its time begins at 0 and moves only by sleeping."""

    def __init__(self) -> None:
        self.jumped = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.jumped


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None:
            self._loop.jumped += max(0.0, timeout)
        return super().select(0)
