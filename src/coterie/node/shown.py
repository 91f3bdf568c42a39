"""From the engine's views and event rows to the records of the local API, field by field."""

from datetime import UTC, datetime
from typing import Any

from coterie.api import schema
from coterie.core.engine.ports import events as rows
from coterie.core.engine.ports import views
from coterie.core.kernel.world import NEVER, Instant


def time(at: Instant) -> str:
    """ISO 8601 with zone and milliseconds; empty for never."""
    return "" if at == NEVER else datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


def maybe_time(at: Instant) -> str | None:
    """The same, None for never."""
    return time(at) or None


def circle(view: views.CircleView) -> schema.Circle:
    return schema.Circle(
        id=view.id,
        name=view.name,
        pseudonym=view.pseudonym,
        role=view.role,
        suite=view.suite,
        people=view.people,
        created_at=time(view.created_at),
        state=view.state,
    )


def person(view: views.PersonView) -> schema.Person:
    return schema.Person(
        name=view.name,
        circle=view.circle,
        role=view.role if view.state == "active" else view.state,
        verified=view.verified,
        person_id=view.id,
        you=view.me,
        admitted_by=view.admitted_by,
        devices=[
            schema.Device(device_id=device.id, active=device.active, created_at=time(device.created_at))
            for device in view.devices
        ],
    )


def words(view: views.PersonView) -> schema.Words:
    return schema.Words(
        person=view.name,
        circle=view.circle,
        person_id=view.id,
        words=view.words.split(),
        verified=view.verified,
    )


def invitation(view: views.InvitationView) -> schema.Invitation:
    return schema.Invitation(
        id=view.id,
        circle=view.circle,
        state=view.state,
        approve=view.approve,
        created_at=time(view.created_at),
        expires_at=time(view.expires_at),
        claimed_by=view.joiner,
        attempts=view.attempts,
    )


def joined(view: views.JoinView) -> schema.Joined:
    return schema.Joined(
        id=view.id,
        circle=view.circle,
        circle_id=view.circle_id,
        pseudonym=view.pseudonym,
        inviter=view.inviter,
        words=view.words.split(),
        state="joining" if view.state == "dialling" else view.state,
        relay=view.relay,
    )


def group(view: views.GroupView) -> schema.Group:
    return schema.Group(
        id=view.id,
        title=view.title,
        circle=view.circle,
        admin=view.admin,
        people=list(view.people),
        created_at=time(view.created_at),
    )


def entry(view: views.MessageView) -> schema.LogEntry:
    return schema.LogEntry(
        id=view.id,
        kind=view.kind,
        conversation=view.conversation,
        sender=view.from_,
        text=view.text,
        state=_state(view.state, view.received_at),
        sent_at=maybe_time(view.sent_at),
        received_at=maybe_time(view.received_at),
    )


def _state(state: str, received_at: Instant) -> str:
    """Whether we have read what others wrote is nobody's business here: it is `received`."""
    return state if received_at == NEVER else "received"


def event(row: rows.Event) -> schema.Event:
    """An event as programs see it; what is not in the row is empty."""
    data: dict[str, Any] = dict(row.data)
    return schema.Event(
        id=row.id,
        kind=row.kind,
        at=time(row.at),
        circle=str(data.get("circle", "")),
        conversation=str(data.get("conversation", "")),
        person=str(data.get("person", "")),
        subject=str(data.get("subject", "")),
        state=str(data.get("state", "")),
        code=str(data.get("code", "")),
        message=_message(data) if row.kind == "message" else None,
        joined=_joined(data) if row.kind == "join" else None,
    )


def _message(data: dict[str, Any]) -> schema.LogEntry:
    return schema.LogEntry(
        id=data["subject"],
        kind=data["entry"],
        conversation=data["conversation"],
        sender=data["from_"],
        text=data["text"],
        state=_state(data["state"], data["received_at"]),
        sent_at=maybe_time(data["sent_at"]),
        received_at=maybe_time(data["received_at"]),
    )


def _joined(data: dict[str, Any]) -> schema.Joined:
    more = data["joined"]
    return schema.Joined(
        id=data["subject"],
        circle=more["circle"],
        circle_id=data["circle"],
        pseudonym=more["pseudonym"],
        inviter=more["inviter"],
        words=more["words"].split(),
        state="joining" if data["state"] == "dialling" else data["state"],
    )
