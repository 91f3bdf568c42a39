"""From views and event rows to records, field by field."""

from dataclasses import replace

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
    assert shown.maybe_time(NEVER) is None


def test_who_is_out_is_shown_as_removed() -> None:
    device = views.DeviceView("d", True, AT)
    view = views.PersonView("p", "Ben", "garden", "member", "active", True, False, (device,), "Anna", "a b c")
    assert shown.person(view).role == "member"
    assert shown.person(view).devices == [schema.Device(device_id="d", active=True, created_at=ISO)]
    gone = views.PersonView("p", "Ben", "garden", "member", "removed", True, False, (), "Anna")
    assert shown.person(gone).role == "removed"
    assert shown.words(view).words == ["a", "b", "c"]


def test_a_circle_says_whether_we_are_in_it() -> None:
    view = views.CircleView("c", "garden", "Anna", "p", "d", "owner", "left", "TBD2", 2, AT)
    record = shown.circle(view)
    assert (record.state, record.people, record.created_at) == ("left", 2, ISO)


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


def test_other_events_have_only_what_is_in_their_row() -> None:
    event = shown.event(rows.Event(9, AT, "person-joined", {"circle": "c", "person": "p", "role": "member"}))
    assert (event.circle, event.person, event.subject, event.message) == ("c", "p", "", None)


def test_invitations_and_groups() -> None:
    invitation = views.InvitationView("i", "garden", "open", True, AT, 3, AT, joiner="Ben", link="secret")
    record = shown.invitation(invitation)
    assert (record.claimed_by, record.attempts, record.expires_at) == ("Ben", 3, ISO)
    assert "secret" not in repr(record)
    assert shown.group(views.GroupView("g", "crew", "garden", True, ("Anna",), "active", AT)).people == ["Anna"]
