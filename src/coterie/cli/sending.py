"""`send`."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from coterie.api import methods
from coterie.api.errors import ApiError
from coterie.api.limits import MAX_WAIT_MS
from coterie.api.schema import Send, Sent
from coterie.cli import output
from coterie.cli.durations import parse_duration
from coterie.cli.options import HomeOption, JsonOption, ask
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.limits import TEXT_SIZE


class Wait(StrEnum):
    """What to wait for."""

    dispatched = "dispatched"
    delivered = "delivered"
    read = "read"


def register(app: typer.Typer, _programs: object) -> None:
    """Adds the command."""
    app.command()(send)


def send(
    to: Annotated[str, typer.Argument(metavar="TO", help="A person or a group: NAME or CIRCLE/NAME.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The message, or - to read it from standard input.")],
    wait: Annotated[Wait | None, typer.Option("--wait", help="Return when it has got so far.")] = None,
    timeout: Annotated[str, typer.Option("--timeout", metavar="TIME", help="How long to wait.")] = "30s",
    client_id: Annotated[str, typer.Option("--client-id", metavar="ID", help="The same ID never sends twice.")] = "",
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Send a message. Exit status 0: it is durably queued, or has got where --wait says; 9: not yet, it stays queued."""
    timeout_ms = parse_duration(timeout, MAX_WAIT_MS)
    params = Send(
        to=to,
        text=_checked(_read() if text == "-" else text),
        client_id=client_id,
        wait="" if wait is None else wait.value,
        timeout_ms=timeout_ms,
    )
    try:
        sent = ask(home, methods.MESSAGE_SEND, params, wait_ms=timeout_ms if wait else 0)
    except ApiError as error:
        if json and error.id and error.state:
            output.record(Sent(id=error.id, state=error.state))
        raise
    if json:
        output.record(sent)
    elif wait:
        output.say(sent.state)


def _checked(text: str) -> str:
    if not text:
        raise UserError("empty-text", "the message is empty", "write something")
    if len(text.encode()) > TEXT_SIZE:
        raise _too_large()
    return text


def _too_large() -> UserError:
    return UserError("too-large", f"a message has at most {TEXT_SIZE} bytes of UTF-8", "send it in parts")


def _read() -> str:
    """Standard input as text, without the line feed that ends its last line."""
    data = sys.stdin.buffer.read(TEXT_SIZE + 2)
    if len(data) > TEXT_SIZE + 1:
        raise _too_large()
    try:
        return data.decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        raise UserError("not-text", "standard input is not UTF-8 text", "files cannot be sent as text") from None
