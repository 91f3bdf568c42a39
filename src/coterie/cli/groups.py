"""`group create|add|remove|leave|list`."""

from collections import Counter
from typing import Annotated

import typer

from coterie.api import methods
from coterie.api.schema import CircleFilter as Filter
from coterie.api.schema import Group, GroupCreate, GroupNamed, GroupPeople
from coterie.cli import display, output
from coterie.cli.options import CircleFilter, HomeOption, JsonOption, PeopleArgument, ask

GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="TITLE or CIRCLE/TITLE.")]


def register(app: typer.Typer, _programs: object) -> None:
    """Adds the commands."""
    group = typer.Typer(rich_markup_mode=None, help="Conversations of several people.")
    for name, command in (
        ("create", create),
        ("add", add),
        ("remove", remove),
        ("leave", leave),
        ("list", list_groups),
    ):
        group.command(name)(command)
    app.add_typer(group, name="group")


def create(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What the group is called.")],
    people: PeopleArgument,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Start a group with people of one circle; you are its admin."""
    group = ask(home, methods.GROUP_CREATE, GroupCreate(title=title, people=people))
    output.done(group, _line(group), json)


def add(group: GroupArgument, people: PeopleArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Add people; they see what is written from now on."""
    changed = ask(home, methods.GROUP_ADD, GroupPeople(group=group, people=people))
    output.done(changed, _line(changed), json)


def remove(group: GroupArgument, people: PeopleArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Remove people; they see nothing that is written from now on."""
    changed = ask(home, methods.GROUP_REMOVE, GroupPeople(group=group, people=people))
    output.done(changed, _line(changed), json)


def leave(group: GroupArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Leave a group."""
    done = ask(home, methods.GROUP_LEAVE, GroupNamed(group=group))
    output.done(done, f"you have left {display.name(done.subject)}", json)


def list_groups(circle: CircleFilter = "", home: HomeOption = None, json: JsonOption = False) -> None:
    """List the groups that you are in."""
    groups = ask(home, methods.GROUP_LIST, Filter(circle=circle)).groups
    if json:
        output.records(groups)
        return
    titles = Counter((group.circle, group.title) for group in groups)
    for group in groups:
        output.say(_line(group, tagged=titles[group.circle, group.title] > 1))


def _line(group: Group, *, tagged: bool = False) -> str:
    """With `tagged` told apart from a group of the same title, in a form that every command understands."""
    people = ", ".join(display.name(person) for person in group.people)
    title = display.name(group.title)
    name = f"{title}~{group.id[:4]}" if tagged else f"{display.name(group.circle)}/{title}"
    return f"{name}: {people}"
