"""`person list|verify`."""

import sys
from typing import Annotated

import typer

from coterie.api import methods
from coterie.api.schema import CircleFilter as Filter
from coterie.api.schema import PersonVerify, Words
from coterie.cli import display, output
from coterie.cli.circles import person_table
from coterie.cli.options import CircleFilter, HomeOption, JsonOption, ask


def register(app: typer.Typer, _programs: object) -> None:
    """Adds the commands."""
    group = typer.Typer(rich_markup_mode=None, help="People in your circles.")
    group.command("list")(list_people)
    group.command("verify")(verify)
    app.add_typer(group, name="person")


def list_people(circle: CircleFilter = "", home: HomeOption = None, json: JsonOption = False) -> None:
    """List people: role, whether you have compared words, who admitted them."""
    people = ask(home, methods.PERSON_LIST, Filter(circle=circle)).people
    if json:
        output.records(people)
        return
    for line in person_table(people):
        output.say(line)


def verify(
    person: Annotated[str, typer.Argument(metavar="NAME", help="NAME or CIRCLE/NAME.")],
    yes: Annotated[bool, typer.Option("--yes", help="You have compared the words: mark the person verified.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show six words that the other person sees too; when both are the same, nobody is in between."""
    shown = ask(home, methods.PERSON_VERIFY, PersonVerify(person=person))
    if not json:
        output.say(" ".join(shown.words))
    if yes or (not json and _asked(shown)):
        shown = ask(home, methods.PERSON_VERIFY, PersonVerify(person=person, words=shown.words))
    if json:
        output.record(shown)
    elif shown.verified:
        output.talk(f"{display.name(shown.person)} is verified")
    else:
        output.talk(f"{display.name(shown.person)} is not verified; when the words are the same, use --yes")


def _asked(shown: Words) -> bool:
    """Only a person at a terminal is asked, and only a clear yes counts."""
    if shown.verified or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        answer = input(f"Does {display.name(shown.person)} see the same six words? [y/N] ")
    except (EOFError, UnicodeDecodeError):
        output.say("")
        return False
    return answer.strip().lower() in {"y", "yes"}
