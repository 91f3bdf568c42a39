"""Data to standard output, talk to standard error; JSON is compact and exact, one object a line."""

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from coterie.api.schema import Record


def prepare() -> None:
    """Three streams in any case; a terminal that cannot show a character gets a substitute instead of a failure."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, _instead_of(name))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _instead_of(name: str) -> TextIO:
    """For a stream that the caller has closed: its number must never become that of a file of ours. Standard input
    is empty, writing to standard output fails as it does for any program, errors are not seen."""
    number = ("stdin", "stdout", "stderr").index(name)
    handle = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
    if handle != number:
        os.dup2(handle, number)
        os.close(handle)
    return os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8")


def say(line: str) -> None:
    """One line of data for people."""
    sys.stdout.write(line + "\n")


def talk(line: str) -> None:
    """One line beside the data. Whoever does not want to hear it does not stop the command."""
    sys.stdout.flush()
    complain(line + "\n")


def complain(text: str) -> None:
    """Whole lines on standard error, for whoever listens there."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


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


def discard(stream: TextIO) -> None:
    """After writing has failed: nothing more is written to it, not even at exit."""
    with contextlib.suppress(io.UnsupportedOperation):  # a stream that is no file needs nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def finish() -> None:
    """At the end of a command: what is still held back and cannot be written must not change the exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            discard(stream)


def done(value: "Record", line: str, json: bool) -> None:
    """The answer to a command that decides something."""
    if json:
        record(value)
    else:
        say(line)
