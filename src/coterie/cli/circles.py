"""`circle create|list|show|remove|role|leave`."""

from enum import StrEnum
from typing import Annotated

import typer

from coterie.api import methods
from coterie.api.schema import Circle, CircleCreate, CircleNamed, CircleRole, NoParams, Person, PersonNamed
from coterie.cli import display, output
from coterie.cli.options import AsOption, CircleArgument, HomeOption, JsonOption, PersonArgument, ask


class RoleName(StrEnum):
    """The four roles, highest first."""

    owner = "owner"
    admin = "admin"
    member = "member"
    guest = "guest"


def register(app: typer.Typer, _programs: object) -> None:
    """Adds the commands."""
    group = typer.Typer(rich_markup_mode=None, help="Circles: the communities that you are in.")
    for name, command in (
        ("create", create),
        ("list", list_circles),
        ("show", show),
        ("remove", remove),
        ("role", role),
        ("leave", leave),
    ):
        group.command(name)(command)
    app.add_typer(group, name="circle")


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the circle is called.")],
    pseudonym: AsOption,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a circle; you are its founder."""
    circle = ask(home, methods.CIRCLE_CREATE, CircleCreate(name=name, pseudonym=pseudonym))
    if json:
        output.record(circle)
    else:
        output.say(f"circle {display.name(circle.name)} is there; you are {display.name(circle.pseudonym)}")


def list_circles(home: HomeOption = None, json: JsonOption = False) -> None:
    """List the circles that you are in."""
    circles = ask(home, methods.CIRCLE_LIST, NoParams()).circles
    if json:
        output.records(circles)
        return
    for line in display.table([_row(circle) for circle in circles]):
        output.say(line)


def _row(circle: Circle) -> tuple[str, ...]:
    people = _count(circle.people, "person", "people")
    role = circle.role if circle.state == "active" else circle.state
    return display.name(circle.name), f"you are {display.name(circle.pseudonym)}", role, people


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def show(circle: CircleArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show a circle and its people."""
    details = ask(home, methods.CIRCLE_SHOW, CircleNamed(circle=circle))
    if json:
        output.record(details)
        return
    found = details.circle
    role = found.role if found.state == "active" else found.state
    output.say(f"{display.name(found.name)}: {role}, suite {found.suite}, since {display.time(found.created_at)}")
    output.say(f"id {found.id}")
    for line in person_table(details.people):
        output.say(line)


def person_table(people: list[Person]) -> list[str]:
    """People in columns: who, where, role, whether compared, by whom admitted."""
    return display.table(
        [
            (
                f"{display.name(person.circle)}/{display.name(person.name)}",
                person.role,
                "you" if person.you else "verified" if person.verified else "not verified",
                f"admitted by {display.name(person.admitted_by)}" if person.admitted_by else "founder",
                _count(sum(device.active for device in person.devices), "device", "devices"),
            )
            for person in people
        ]
    )


def remove(person: PersonArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Remove a person from a circle, for good."""
    done = ask(home, methods.CIRCLE_REMOVE, PersonNamed(person=person))
    output.done(done, f"{display.name(done.subject)} is removed", json)


def role(
    person: PersonArgument,
    role: Annotated[RoleName, typer.Argument(metavar="ROLE", help="owner, admin, member or guest.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Give a person of a circle another role."""
    done = ask(home, methods.CIRCLE_ROLE, CircleRole(person=person, role=role.value))
    output.done(done, f"{display.name(done.subject)} is {role.value}", json)


def leave(circle: CircleArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Leave a circle; a person who left does not come back as the same."""
    done = ask(home, methods.CIRCLE_LEAVE, CircleNamed(circle=circle))
    output.done(done, f"you have left {display.name(done.subject)}", json)
