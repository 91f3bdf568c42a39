"""Data to standard output, talk to standard error; JSON is compact and exact, one object a line."""

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coterie.api.schema import Record


def prepare() -> None:
    """A terminal that cannot show a character gets a substitute instead of a failure."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def say(line: str) -> None:
    """One line of data for people."""
    sys.stdout.write(line + "\n")


def talk(line: str) -> None:
    """One line beside the data."""
    sys.stdout.flush()
    sys.stderr.write(line + "\n")


def record(value: "Record") -> None:
    """One record for programs, out at once."""
    from coterie.api.codec import encode_record

    sys.stdout.flush()
    sys.stdout.buffer.write(encode_record(value))
    sys.stdout.buffer.flush()


def records(values: "Iterable[Record]") -> None:
    """Several, a line each."""
    for value in values:
        record(value)


def discard_stdout() -> None:
    """After writing has failed: nothing more is written, not even at exit."""
    with contextlib.suppress(io.UnsupportedOperation):  # standard output that is no file needs nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def done(value: "Record", line: str, json: bool) -> None:
    """The answer to a command that decides something."""
    if json:
        record(value)
    else:
        say(line)
