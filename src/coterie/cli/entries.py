"""How one entry of a conversation is shown to people."""

from coterie.api.schema import LogEntry
from coterie.cli import display, output


def show_entry(entry: LogEntry) -> None:
    """One line, or several: those after the first are marked, so that no text can pass for another entry."""
    head = f"{display.time(entry.sent_at)}  {display.name(entry.sender)}"
    if entry.kind != "message":
        output.say(f"{head} * {display.name(entry.kind)}")
        return
    first, *more = display.lines(entry.text)
    state = "" if entry.state == "received" else f"  [{display.name(entry.state)}]"
    output.say(f"{head}: {first}{state}")
    for line in more:
        output.say(f"    | {line}")
