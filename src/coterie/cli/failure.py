"""How a command fails: one plain line and a hint on standard error, and the exit status of the table."""

import errno
import os
import traceback

from typer import Abort
from typer._click.exceptions import ClickException, NoSuchOption, UsageError  # vendored; typer is pinned below 0.29
from typer._click.utils import _escape_control_characters

from coterie.cli import display, exit_status, output
from coterie.cli.display import QUOTED_CHARACTERS, quote
from coterie.core.kernel.errors import CoterieError, UserError

MAX_MESSAGE = 400
_SCARCE = frozenset({errno.ENOMEM, errno.EMFILE, errno.ENFILE})
DEBUG = "COTERIE_DEBUG"


def report(failure: BaseException, arguments: list[str]) -> int:
    """Says what went wrong; gives the exit status."""
    if isinstance(failure, (KeyboardInterrupt, Abort)):
        return exit_status.INTERRUPTED
    if isinstance(failure, ClickException):
        return _usage(failure, arguments)
    if isinstance(failure, CoterieError):
        hint = failure.hint if isinstance(failure, UserError) else ""
        return _say(failure.code, failure.message, hint or f"docs/guides/errors.md explains {failure.code}")
    if isinstance(failure, MemoryError) or (isinstance(failure, OSError) and failure.errno in _SCARCE):
        return _say("no-resources", "there is too little memory, or too few files may be open", "see: ulimit -a")
    if not isinstance(failure, OSError):
        return _internal(failure)
    return _say("output-failed", f"writing failed: {failure.strerror or 'input or output error'}", "is the disk full?")


def _say(code: str, message: str, hint: str) -> int:
    output.complain(f"error: {code}: {plain(message)}\nhint: {plain(hint)}\n")
    return exit_status.exit_status(code)


def plain(text: str) -> str:
    """One line without anything that steers a terminal."""
    shown = display.plain(text[:MAX_MESSAGE])
    return f"{shown}…" if len(text) > MAX_MESSAGE else shown


def _usage(failure: ClickException, arguments: list[str]) -> int:
    message = " ".join(map(str.strip, _shortened(failure.format_message(), arguments).splitlines())).rstrip(".")
    context = failure.ctx if isinstance(failure, UsageError) else None
    command = context.command_path if context is not None else "coterie"
    hint = f"{command} --help"
    if isinstance(failure, NoSuchOption) and not failure.possibilities:
        hint = f"{hint} (text that begins with a dash goes after --)"
    message = message.replace("is not a valid int range", "is not a whole number")
    return _say("usage", message[:1].lower() + message[1:], hint)


def _shortened(message: str, arguments: list[str]) -> str:
    """The library quotes arguments whole; here each is quoted with at most 40 characters."""
    words = {part for argument in arguments for part in (argument, *argument.split("=", 1))}
    for word in sorted(words, key=len, reverse=True):
        if len(word) > QUOTED_CHARACTERS or not word.isprintable():
            for form in (repr(word), f"'{word}'", word, _escape_control_characters(word)):
                message = message.replace(form, quote(word))
    return message


def _internal(failure: BaseException) -> int:
    number = os.urandom(4).hex()
    if os.environ.get(DEBUG):
        output.complain("".join(traceback.format_tb(failure.__traceback__)))
        output.complain(f"{type(failure).__name__} ({number})\n")
    return _say("internal", f"something in this program is broken ({number})", f"report it, with {DEBUG}=1 set")
