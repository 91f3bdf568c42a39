"""Commands that need no running node: init, up, doctor, demo."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from coterie.cli import display, exit_status, output, passphrase
from coterie.cli.options import HomeOption, JsonOption, place
from coterie.cli.programs import Programs
from coterie.core.kernel.errors import UserError

ListenOption = Annotated[
    str | None,
    typer.Option(
        "--listen",
        envvar="COTERIE_LISTEN",
        show_envvar=False,
        metavar="ADDR[:PORT]",
        help="What to bind and to offer to others (else COTERIE_LISTEN, else everything).",
    ),
]
RelayOption = Annotated[
    str | None,
    typer.Option(
        "--relay",
        envvar="COTERIE_RELAY",
        show_envvar=False,
        metavar="URL",
        help="A relay to be found at and to reach others through (else COTERIE_RELAY, else none).",
    ),
]


def register(app: typer.Typer, programs: Programs) -> None:
    """Adds the commands, each bound to its program."""

    @app.command()
    def init(home: HomeOption = None) -> None:
        """Make a vault, protected by a passphrase."""
        where = place(home)
        programs.check_new(where)
        programs.init(where, passphrase.chosen())
        output.talk(f"the vault is at {display.plain(str(where.root))}; now run: coterie {where.option} up")

    @app.command()
    def up(home: HomeOption = None, listen: ListenOption = None, relay: RelayOption = None) -> None:
        """Run the node in the foreground until Ctrl-C or SIGTERM."""
        where = place(home)
        if listen == "":  # as `--listen "$ADDR"` without that variable: nobody asked for everything
            raise UserError("bad-listen-address", "--listen names no address", "for example 127.0.0.1:4711")
        if relay == "":
            raise UserError("bad-relay", "--relay names no relay", "for example https://relay.example")
        with _signals_call(_leave):
            programs.check_startable(where)
            with _signals_call(_unwind):  # a prompt has to give the terminal its echo back
                known = passphrase.existing()
            programs.up(where, known, listen or "", relay or "")

    @app.command()
    def doctor(home: HomeOption = None, json: JsonOption = False) -> int:
        """Check versions, clock, permissions, disk and lock. One line each, with a fix."""
        checks = programs.doctor(place(home))
        if json:
            output.records(checks)
        else:
            for check in checks:
                fix = f" - {check.fix}" if check.fix else ""
                output.say(display.plain(f"{check.level:4}  {check.check}: {check.detail}{fix}"))
        return 1 if any(check.level == "bad" for check in checks) else 0

    @app.command()
    def demo(
        once: Annotated[bool, typer.Option("--once", help="End instead of leaving the nodes running.")] = False,
    ) -> int:
        """Three real nodes meet, talk, miss messages and get them."""
        return programs.demo(once)


@contextlib.contextmanager
def _signals_call(handler: Callable[[int, object], None]) -> Iterator[None]:
    """What a signal does until the node listens to it itself; one that is ignored stays so."""
    before = {
        number: signal.signal(number, handler)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _leave(number: int, _frame: object) -> None:
    """At once: what a handler raises may be lost where it is raised, or turn into another error (a class body)."""
    os._exit(exit_status.INTERRUPTED if number == signal.SIGINT else 0)


def _unwind(number: int, _frame: object) -> None:
    raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(0)
