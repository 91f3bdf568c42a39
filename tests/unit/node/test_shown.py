"""From views and event rows to records, field by field."""

from dataclasses import replace

import pytest

from coterie.api import schema
from coterie.core.engine.ports import events as rows
from coterie.core.engine.ports import views
from coterie.core.kernel.world import NEVER, Instant
from coterie.node import shown

AT = Instant(1_700_000_000_123)
ISO = "2023-11-14T22:13:20.123+00:00"


def test_times_have_zone_and_milliseconds() -> None:
    assert shown.time(AT) == ISO
    assert shown.time(NEVER) == ""
    assert (shown.maybe_time(NEVER), shown.maybe_time(AT)) == (None, ISO)


def test_who_is_out_is_shown_as_removed() -> None:
    device = views.DeviceView("d", True, AT)
    view = views.PersonView("p", "Ben", "garden", "member", "active", True, False, (device,), "Anna", "a b c")
    assert shown.person(view) == schema.Person(
        name="Ben",
        circle="garden",
        role="member",
        verified=True,
        person_id="p",
        you=False,
        admitted_by="Anna",
        devices=[schema.Device(device_id="d", active=True, created_at=ISO)],
    )
    gone = views.PersonView("p", "Ben", "garden", "member", "removed", True, False, (), "Anna")
    assert shown.person(gone).role == "removed"
    assert shown.words(view) == schema.Words(
        person="Ben", circle="garden", person_id="p", words=["a", "b", "c"], verified=True
    )


def test_a_circle_says_whether_we_are_in_it() -> None:
    view = views.CircleView("c", "garden", "Anna", "p", "d", "owner", "left", "TBD2", 2, AT)
    assert shown.circle(view) == schema.Circle(
        id="c",
        name="garden",
        pseudonym="Anna",
        role="owner",
        suite="TBD2",
        people=2,
        created_at=ISO,
        state="left",
    )


def entry(state: str, received_at: Instant) -> views.MessageView:
    return views.MessageView("m", "message", "Ben", "Ben", "hi", state, AT, received_at)


def test_what_others_wrote_is_received_even_when_it_was_read() -> None:
    assert shown.entry(entry("read", AT)).state == "received"
    assert shown.entry(entry("read", NEVER)).state == "read"
    assert shown.entry(entry("queued", NEVER)).received_at is None


def test_a_message_event_carries_the_entry() -> None:
    data = {
        "subject": "m",
        "entry": "message",
        "conversation": "Ben",
        "from_": "Ben",
        "text": "hi",
        "state": "received",
        "sent_at": AT,
        "received_at": AT,
    }
    event = shown.event(rows.Event(7, AT, "message", data))
    assert (event.id, event.kind, event.at, event.conversation) == (7, "message", ISO, "Ben")
    assert event.message == shown.entry(entry("received", AT))
    assert event.joined is None


def test_a_join_event_carries_how_far_it_is() -> None:
    more = {"circle": "garden", "pseudonym": "Ben", "inviter": "Anna", "words": "a b"}
    data = {"subject": "i", "circle": "c", "state": "dialling", "code": "", "joined": more}
    joined = shown.event(rows.Event(8, AT, "join", data)).joined
    assert joined is not None
    assert (joined.state, joined.circle_id, joined.words) == ("joining", "c", ["a", "b"])
    view = views.JoinView("i", "Ben", "dialling", "garden", "c", inviter="Anna", words="a b")
    assert shown.joined(view) == joined
    assert shown.joined(replace(view, relay="https://relay.example/")).relay == "https://relay.example/"


@pytest.mark.parametrize("state", ["joined", "waiting-for-approval", "refused"])
def test_a_join_that_has_come_further_says_how_far(state: str) -> None:
    assert shown.joined(views.JoinView("i", "Ben", state, "garden", "c", inviter="Anna")).state == state
    more = {"circle": "garden", "pseudonym": "Ben", "inviter": "Anna", "words": ""}
    row = {"subject": "i", "circle": "c", "state": state, "code": "invite-used", "joined": more}
    event = shown.event(rows.Event(8, AT, "join", row))
    assert (event.subject, event.state, event.code) == ("i", state, "invite-used")
    assert event.joined is not None
    assert event.joined.state == state


def test_other_events_have_only_what_is_in_their_row() -> None:
    event = shown.event(rows.Event(9, AT, "person-joined", {"circle": "c", "person": "p", "role": "member"}))
    assert event == schema.Event(id=9, kind="person-joined", at=ISO, circle="c", person="p")
    assert shown.event(rows.Event(9, AT, "link", {})) == schema.Event(id=9, kind="link", at=ISO)


def test_invitations_and_groups() -> None:
    invitation = views.InvitationView("i", "garden", "open", True, AT, 3, AT, joiner="Ben", link="secret")
    record = shown.invitation(invitation)
    assert record == schema.Invitation(
        id="i",
        circle="garden",
        state="open",
        approve=True,
        created_at=ISO,
        expires_at=ISO,
        claimed_by="Ben",
        attempts=3,
    )
    assert "secret" not in repr(record)
    group = views.GroupView("g", "crew", "garden", True, ("Anna",), "active", AT)
    assert shown.group(group) == schema.Group(
        id="g", title="crew", circle="garden", admin=True, people=["Anna"], created_at=ISO
    )
