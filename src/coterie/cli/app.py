"""The commands and where they live. A module is imported only when one of its commands is called."""

import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from coterie import __version__

if TYPE_CHECKING:
    from coterie.cli.programs import Programs


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or a group of them: its module in this folder, and its line in the overview, which must be the
    first sentence of its own help (a test compares them)."""

    module: str
    help: str


COMMANDS = {
    "init": Entry("local", "Make a vault, protected by a passphrase."),
    "up": Entry("local", "Run the node in the foreground until Ctrl-C or SIGTERM."),
    "status": Entry("status", "Show the node and its links."),
    "stop": Entry("status", "Ask the node to stop; nothing that it has accepted is lost."),
    "doctor": Entry("local", "Check versions, clock, permissions, disk and lock."),
    "demo": Entry("local", "Three real nodes meet, talk, miss messages and get them."),
    "circle": Entry("circles", "Circles: the communities that you are in."),
    "invite": Entry("invitations", "Make a link with which one person can join."),
    "invitation": Entry("invitations", "Invitations that you have made."),
    "join": Entry("joining", "Join a circle by an invitation."),
    "person": Entry("people", "People in your circles."),
    "group": Entry("groups", "Conversations of several people."),
    "send": Entry("sending", "Send a message."),
    "log": Entry("reading", "Print a conversation, oldest first."),
}
COMPLETION = "_COTERIE_COMPLETE"

HELP = """Private messages that go straight from device to device.

\b
  coterie init                           make your vault (asks for a passphrase)
  coterie up                             run your node, in a terminal of its own
  coterie circle create friends --as ada
  coterie invite friends                 a link for one person
  coterie join coterie:join/... --as bob what they run
  coterie send bob "hello"
  coterie log bob --follow
"""


def assemble(arguments: list[str], programs: "Programs") -> typer.Typer:
    """The command line, with as many of its modules as these arguments need: one, or none for the overview."""
    app = typer.Typer(
        name="coterie",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True, help=HELP)(_root)
    word = _command_word(arguments)
    if COMPLETION in os.environ:
        load(app, programs, *COMMANDS)
    elif word in COMMANDS:
        load(app, programs, word)
    else:
        for name, entry in COMMANDS.items():
            app.command(name, help=entry.help)(_not_called)
    return app


def load(app: typer.Typer, programs: "Programs", *names: str) -> None:
    """Adds the real commands of these names (and those that share their modules)."""
    for module in dict.fromkeys(COMMANDS[name].module for name in names):
        import_module(f"coterie.cli.{module}").register(app, programs)


def _not_called() -> None:
    """Stands for a command in the overview."""


def _command_word(arguments: list[str]) -> str:
    """The first argument that is neither an option of the root nor its value."""
    words = iter(arguments)
    for word in words:
        if word == "--home":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coterie {__version__}")
        raise typer.Exit


def _root(
    context: typer.Context,
    home: Annotated[
        str | None,
        typer.Option("--home", metavar="DIR", help="Everything of the node is under DIR (else COTERIE_HOME)."),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
) -> None:
    if home is not None:
        from coterie.api.paths import find_home

        os.environ["COTERIE_HOME"] = str(find_home(home).root)  # as for `coterie x --home DIR`
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
