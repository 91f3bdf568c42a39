"""What the demonstration prints: numbered chapters, and lines with the seconds since it began."""

import time
from collections.abc import Callable
from typing import TextIO

INDENT = " " * 11


class Transcript:
    """Every line is written out at once, so that one sees how far it has come."""

    def __init__(self, stream: TextIO, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._stopwatch = stopwatch
        self._began = stopwatch()
        self._chapters = 0
        self.title = ""

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._stopwatch() - self._began

    def chapter(self, title: str) -> None:
        """What follows is about `title`."""
        self._chapters += 1
        self.title = f"{self._chapters}. {title}"
        self._write(f"\n{self.title}\n")

    def say(self, text: str) -> None:
        """Something that was just seen."""
        self._write(f"{self.seconds:7.2f} s  {text}\n")

    def more(self, text: str) -> None:
        """A line that belongs to the one before."""
        self._write(f"{INDENT}{text}\n")

    def plain(self, text: str) -> None:
        """A line to copy."""
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def milliseconds(seconds: float) -> str:
    """A short time."""
    return f"{seconds * 1000:,.0f} ms"
