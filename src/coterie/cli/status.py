"""`status` and `stop`."""

import typer

from coterie.api import methods
from coterie.api.errors import ApiError
from coterie.api.schema import NoParams
from coterie.api.status_schema import CircleStatus, LinkStatus, Status
from coterie.cli import display, output
from coterie.cli.exit_status import UNREACHABLE
from coterie.cli.options import HomeOption, JsonOption, ask, place


def register(app: typer.Typer, _programs: object) -> None:
    """Adds the commands."""
    app.command()(status)
    app.command()(stop)


def status(home: HomeOption = None, json: JsonOption = False) -> int:
    """Show the node and its links. Exit status 0 exactly when it takes commands, else 3."""
    try:
        found = ask(home, methods.STATUS, NoParams())
    except ApiError as error:
        if json:
            output.record(_stopped(str(place(home).root)))
        raise ApiError(
            error.code if error.code.startswith("daemon-") else "daemon-silent", error.message, error.hint
        ) from None
    if json:
        output.record(found)
    else:
        _show(found)
    return 0 if found.ready else UNREACHABLE


def _stopped(home: str) -> Status:
    return Status(node="stopped", home=home, ready=False, started_at="", last_event=0, queued=0, circles=[])


def _show(found: Status) -> None:
    output.say(
        f"node {found.node}, version {found.version}, process {found.pid}, since {display.time(found.started_at)}"
    )
    output.say(f"home {display.plain(found.home)}")
    output.say(f"socket {display.plain(found.socket)}")
    output.say(f"waiting to go out: {found.queued}")
    for circle in found.circles:
        _show_circle(circle)


def _show_circle(circle: CircleStatus) -> None:
    output.say(f"circle {display.name(circle.name)}: {circle.queued} waiting")
    output.say(f"  endpoint {circle.endpoint_id} at {' '.join(circle.addresses) or '-'}")
    if circle.relay:
        output.say(f"  relay {display.plain(circle.relay)} {'reached' if circle.at_relay else 'not reached'}")
    if circle.door:
        output.say(f"  door open at {' '.join(circle.door)}")
    rows = [
        (f"  {display.name(link.person)}", link.presence, f"{link.queued} waiting", _course(link))
        for link in circle.links
    ]
    for line in display.table(rows):
        output.say(line)


def _course(link: LinkStatus) -> str:
    """How the link goes, or how the attempts to make one go."""
    if link.presence == "linked":
        through = ", through the relay" if link.path == "relay" else ""
        return f"for {display.age(link.linked_age_ms)}, heard {display.age(link.heard_age_ms)} ago{through}"
    if link.attempts == 0 and link.attempt_age_ms is None:
        return ""
    next_one = f", next in {display.age(link.next_attempt_ms)}" if link.next_attempt_ms else ""
    return f"{link.attempts} failed attempts, the last {display.age(link.attempt_age_ms)} ago{next_one}"


def stop(home: HomeOption = None) -> None:
    """Ask the node to stop; nothing that it has accepted is lost."""
    stopping = ask(home, methods.STOP, NoParams())
    output.talk(f"process {stopping.pid} is stopping")
