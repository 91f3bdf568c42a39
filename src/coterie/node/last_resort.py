"""Whatever hangs, a process that was told to end is gone in time."""

import _thread
import contextlib
import os
import threading
import time
from collections.abc import Callable


class LastResort:
    """Once it is armed, the process ends after so many seconds, with the status that is right by then.

    The thread that sees to it is there from the start, and arming it takes no lock: a signal's own handler may do it,
    so that the time runs from the signal on, however late the loop gets to hear of it.
    """

    def __init__(self, seconds: float, status: Callable[[], int]) -> None:
        self._seconds = seconds
        self._status = status
        self._gate = _thread.allocate_lock()
        self._gate.acquire()
        threading.Thread(target=self._wait, name="last-resort", daemon=True).start()

    def arm(self) -> None:
        """Again changes nothing."""
        with contextlib.suppress(RuntimeError):
            self._gate.release()

    def _wait(self) -> None:
        self._gate.acquire()
        time.sleep(self._seconds)
        os._exit(self._status())
