"""Arguments and options that several commands have, written once."""

from typing import Annotated

import typer

from coterie.api.methods import Method, P, R
from coterie.api.paths import Home, find_home

HomeOption = Annotated[
    str | None,
    typer.Option("--home", metavar="DIR", help="Everything of the node is under DIR (else COTERIE_HOME)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
AsOption = Annotated[str, typer.Option("--as", metavar="PSEUDONYM", help="What you are called in this circle.")]
CircleArgument = Annotated[str, typer.Argument(metavar="CIRCLE", help="A circle's name.")]
CircleFilter = Annotated[str, typer.Argument(metavar="[CIRCLE]", help="Only this circle.")]
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="NAME or CIRCLE/NAME.")]
PeopleArgument = Annotated[list[str], typer.Argument(metavar="PERSON...", help="NAME or CIRCLE/NAME, once or more.")]


def ask(home: str | None, method: Method[P, R], params: P, wait_ms: int = 0) -> R:
    """One method of the node on this home; raises what the node answers."""
    from coterie.api import blocking

    return blocking.call(place(home), method, params, wait_ms / 1000)


def place(home: str | None) -> Home:
    """The home that the command is about."""
    return find_home(home)
