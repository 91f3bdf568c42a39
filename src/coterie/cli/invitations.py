"""`invite` and `invitation list|withdraw|approve|deny`."""

import shutil
import sys
from typing import Annotated

import typer

from coterie.api import methods
from coterie.api.limits import MAX_EXPIRY_MS
from coterie.api.methods import Method
from coterie.api.schema import CircleFilter as Filter
from coterie.api.schema import Done, InvitationCreate, InvitationNamed
from coterie.cli import display, output
from coterie.cli.durations import parse_duration
from coterie.cli.options import CircleArgument, CircleFilter, HomeOption, JsonOption, ask

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `invitation list` shows it.")]


def register(app: typer.Typer, _programs: object) -> None:
    """Adds the commands."""
    app.command()(invite)
    group = typer.Typer(rich_markup_mode=None, help="Invitations that you have made.")
    for name, command in (("list", list_invitations), ("withdraw", withdraw), ("approve", approve), ("deny", deny)):
        group.command(name)(command)
    app.add_typer(group, name="invitation")


def invite(
    circle: CircleArgument,
    expires: Annotated[str, typer.Option("--expires", metavar="TIME", help="90s, 15m, 24h or 7d.")] = "24h",
    approve: Annotated[bool, typer.Option("--approve", help="Whoever uses it waits for your approval.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a link with which one person can join. Whoever has the link can use it."""
    params = InvitationCreate(circle=circle, expires_ms=parse_duration(expires, MAX_EXPIRY_MS), approve=approve)
    invitation = ask(home, methods.INVITATION_CREATE, params)
    if json:
        output.record(invitation)
        return
    output.say(invitation.link)
    if sys.stdout.isatty():
        _show_code(invitation.link)
    output.talk(f"for one person, until {display.time(invitation.expires_at)}; take it back with:")
    output.talk(f"  coterie invitation withdraw {invitation.id}")


def _show_code(link: str) -> None:
    """The same link for a camera, in upper case because that makes it smaller; left out where it has no room."""
    import segno

    code = segno.make(link.upper(), error="m", micro=False)
    width, height = code.symbol_size()
    columns, lines = shutil.get_terminal_size()
    if width <= columns and (height + 1) // 2 <= lines:
        code.terminal(compact=True)
    else:
        output.talk("(the terminal is too small for the code)")


def list_invitations(circle: CircleFilter = "", home: HomeOption = None, json: JsonOption = False) -> None:
    """List invitations, with who has claimed them. Links are never shown again."""
    invitations = ask(home, methods.INVITATION_LIST, Filter(circle=circle)).invitations
    if json:
        output.records(invitations)
        return
    rows = [
        (
            invitation.id,
            display.name(invitation.circle),
            invitation.state,
            f"until {display.time(invitation.expires_at)}",
            f"claimed by {display.name(invitation.claimed_by)}" if invitation.claimed_by else "unclaimed",
            f"attempts: {invitation.attempts}" if invitation.attempts else "",
        )
        for invitation in invitations
    ]
    for line in display.table(rows):
        output.say(line)


def withdraw(id: IdArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Take an invitation back."""
    _decide(methods.INVITATION_WITHDRAW, id, "withdrawn", home, json)


def approve(id: IdArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Let the person who waits join."""
    _decide(methods.INVITATION_APPROVE, id, "approved", home, json)


def deny(id: IdArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Refuse the person who waits."""
    _decide(methods.INVITATION_DENY, id, "denied", home, json)


def _decide(method: Method[InvitationNamed, Done], id: str, word: str, home: str | None, json: bool) -> None:
    output.done(ask(home, method, InvitationNamed(id=id)), f"the invitation is {word}", json)
