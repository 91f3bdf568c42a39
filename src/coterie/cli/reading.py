"""`log`: a conversation from its beginning, or as it goes on."""

from collections.abc import Iterator
from typing import Annotated

import typer

from coterie.api import methods
from coterie.api.schema import Log, LogEntry
from coterie.cli import output
from coterie.cli.entries import show_entry
from coterie.cli.options import HomeOption, JsonOption, ask, place

PAGE = 1000


def register(app: typer.Typer, _programs: object) -> None:
    """Adds the command."""
    app.command()(log)


def log(
    conversation: Annotated[str, typer.Argument(metavar="CONVERSATION", help="A person or a group.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option("--since", metavar="ID", help="Only what follows this entry.")] = "",
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", min=1, max=10**9, help="The last N entries; with --since the first N after it."
        ),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Print a conversation, oldest first."""
    show = output.record if json else show_entry
    if follow:
        from coterie.cli.following import follow_log

        follow_log(place(home), conversation, since, limit, show, updates=json)
        return
    for entry in _entries(home, conversation, since, limit):
        show(entry)


def _entries(home: str | None, conversation: str, since: str, limit: int | None) -> Iterator[LogEntry]:
    """What was asked for, page by page; a page may be shorter than asked for."""
    newest = limit is not None and not since
    left = limit
    while left is None or left > 0:
        params = Log(conversation=conversation, since=since, limit=left or PAGE, newest=newest)
        page = ask(home, methods.CONVERSATION_LOG, params)
        yield from page.entries
        if not page.more or not page.entries:
            return
        since, newest = page.entries[-1].id, False
        left = None if left is None else left - len(page.entries)
