"""`join`."""

import sys
from typing import Annotated

import typer

from coterie.api import methods
from coterie.api.limits import MAX_LINK_CHARS, MAX_WAIT_MS
from coterie.api.schema import Join
from coterie.cli import display, output
from coterie.cli.durations import parse_duration
from coterie.cli.options import AsOption, HomeOption, JsonOption, ask


def register(app: typer.Typer, _programs: object) -> None:
    """Adds the command."""
    app.command()(join)


def join(
    link: Annotated[str, typer.Argument(metavar="LINK", help="The whole link, or - to read it from standard input.")],
    pseudonym: AsOption,
    timeout: Annotated[str, typer.Option("--timeout", metavar="TIME", help="How long to try now.")] = "20s",
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Join a circle by an invitation. The same command again goes on where it was."""
    timeout_ms = parse_duration(timeout, MAX_WAIT_MS)
    given = sys.stdin.read(MAX_LINK_CHARS + 1) if link == "-" else link
    params = Join(link=given, pseudonym=pseudonym, timeout_ms=timeout_ms)
    joined = ask(home, methods.JOIN, params, wait_ms=timeout_ms)
    if json:
        output.record(joined)
        return
    inviter = display.name(joined.inviter)
    output.say(f"you are in {display.name(joined.circle)} as {display.name(joined.pseudonym)}, invited by {inviter}")
    if joined.words:
        output.say(f"words to compare with {inviter}: {' '.join(joined.words)}")
