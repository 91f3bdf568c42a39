import pytest

from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import WatchPeer
from coterie.core.engine.ports.inputs import EndpointBound
from coterie.core.engine.ports.views import InvitationView, JoinView
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.world import SECOND
from coterie.core.wire.hints import relay_hint
from coterie.core.wire.invitation import parse_link
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_an_invitation_names_our_device_our_door_and_where_it_is() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, seconds=90)
    invitation = parse_link(made.link)
    circle_id = scenes.circle_id(alice)
    assert invitation.circle_id == circle_id
    assert invitation.device_id == scenes.device_id(alice)
    assert invitation.endpoint_id == alice.store.circles.keys(circle_id, "door")[0].public
    assert invitation.endpoint_id != alice.store.circles.keys(circle_id, "endpoint")[0].public
    assert len(invitation.hints) == 1
    assert made.expires_at == pipe.now + 90 * SECOND


def test_the_link_comes_when_the_door_is_bound() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    first = pipe.give(alice, commands.CreateInvitation(scenes.CIRCLE))
    assert isinstance(first, InvitationView)
    assert first.link == ""
    pipe.settle()
    assert scenes.events(alice, "invitation-ready") == [{"id": first.id}]
    second = pipe.give(alice, commands.CreateInvitation(scenes.CIRCLE))
    assert isinstance(second, InvitationView)
    assert second.link != ""
    assert (
        parse_link(second.link).endpoint_id
        == parse_link(scenes.ask(pipe, alice, commands.ShowInvitation(first.id), InvitationView).link).endpoint_id
    )


def test_an_invitation_names_the_relay_at_which_its_door_is() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    scenes.invite(pipe, alice)
    relay = relay_hint("https://relay.example/")
    pipe.give(alice, EndpointBound(scenes.circle_id(alice), True, 7, (relay,)))
    made = pipe.give(alice, commands.CreateInvitation(scenes.CIRCLE))
    assert isinstance(made, InvitationView)
    invitation = parse_link(made.link)
    assert (invitation.relay_url, invitation.hints) == ("https://relay.example/", ())
    joining = pipe.give(bob, commands.StartJoin(made.link, "Bob"))
    assert isinstance(joining, JoinView)
    assert joining.relay == "https://relay.example/"
    [dialled] = [effect for effect in bob.effects if isinstance(effect, WatchPeer)]
    assert dialled.hints == (relay,)


def test_an_invitation_that_waited_for_its_door_is_completed_once_by_a_relay_alone() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    first = pipe.give(alice, commands.CreateInvitation(scenes.CIRCLE))
    assert isinstance(first, InvitationView)
    circle_id = scenes.circle_id(alice)
    for url in ("https://relay.example/", "https://other.example/"):
        pipe.give(alice, EndpointBound(circle_id, True, 7, (relay_hint(url),)))
    assert scenes.events(alice, "invitation-ready") == [{"id": first.id}]
    shown = scenes.ask(pipe, alice, commands.ShowInvitation(first.id), InvitationView)
    assert parse_link(shown.link).relay_url == "https://relay.example/"


def test_each_invitation_has_its_own_secret_and_link() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    one, other = scenes.invite(pipe, alice), scenes.invite(pipe, alice)
    assert one.link != other.link
    assert one.id != other.id


@pytest.mark.parametrize("seconds", [0, -1, 30 * 24 * 3600 + 1])
def test_an_invitation_is_open_for_a_second_to_thirty_days(seconds: int) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    with pytest.raises(UserError) as caught:
        pipe.do(alice, commands.CreateInvitation(scenes.CIRCLE, seconds))
    assert caught.value.code == "bad-duration"
    assert not alice.store.invitations.all()


def test_the_list_shows_no_link_and_says_what_became_of_each() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    used, withdrawn = scenes.invite(pipe, alice), scenes.invite(pipe, alice)
    scenes.invite(pipe, alice, seconds=10)
    scenes.invite(pipe, alice)
    scenes.join(pipe, bob, used.link, "Bob")
    pipe.do(alice, commands.WithdrawInvitation(withdrawn.id[:12]))
    pipe.advance(11 * SECOND)
    shown = scenes.ask(pipe, alice, commands.ListInvitations(), tuple)
    assert sorted(view.state for view in shown) == ["expired", "open", "used", "withdrawn"]
    assert {view.link for view in shown} == {""}
    assert {view.joiner for view in shown if view.state == "used"} == {"Bob"}


def test_withdrawing_again_changes_nothing() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice)
    pipe.do(alice, commands.WithdrawInvitation(made.id))
    count = alice.store.objects.decision_count(scenes.circle_id(alice))
    again = scenes.ask(pipe, alice, commands.WithdrawInvitation(made.id), InvitationView)
    assert again.state == "withdrawn"
    assert alice.store.objects.decision_count(scenes.circle_id(alice)) == count
    assert scenes.ask(pipe, alice, commands.ShowInvitation(made.id), InvitationView).link == ""


def test_what_was_used_cannot_be_withdrawn() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice)
    scenes.join(pipe, bob, made.link, "Bob")
    with pytest.raises(UserError) as caught:
        pipe.do(alice, commands.WithdrawInvitation(made.id))
    assert caught.value.code == "invite-used"
    assert scenes.people(pipe, alice)["Bob"].state == "active"


@pytest.mark.parametrize("command", [commands.ApproveInvitation, commands.DenyInvitation])
def test_only_who_waits_can_be_approved_or_denied(
    command: type[commands.ApproveInvitation] | type[commands.DenyInvitation],
) -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, approve=True)
    with pytest.raises(UserError) as caught:
        pipe.do(alice, command(made.id))
    assert caught.value.code == "nobody-waits"
    with pytest.raises(UserError) as caught:
        pipe.do(alice, command("nosuchid"))
    assert caught.value.code == "unknown-invitation"


def test_an_expired_invitation_cannot_be_approved() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, seconds=60, approve=True)
    scenes.join(pipe, bob, made.link, "Bob")
    pipe.advance(61 * SECOND)
    with pytest.raises(UserError) as caught:
        pipe.do(alice, commands.ApproveInvitation(made.id))
    assert caught.value.code == "invite-expired"


def test_the_secret_stands_in_no_event_and_no_repr() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice)
    scenes.join(pipe, bob, made.link, "Bob")
    payload = alice.store.invitations.all()[0].payload
    for node in (alice, bob):
        assert all(made.link not in str(event.data) for event in node.store.events.since(0, 1000))
    assert repr(payload.reveal()) not in repr(alice.store.invitations.all()[0])


def test_who_waits_to_be_approved_is_shown_under_the_chosen_name() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, approve=True)
    scenes.join(pipe, bob, made.link, "Bob")
    shown = scenes.ask(pipe, alice, commands.ShowInvitation(made.id), InvitationView)
    assert (shown.state, shown.joiner) == ("waiting-for-approval", "Bob")
    pipe.do(alice, commands.ApproveInvitation(made.id))
    pipe.run()
    shown = scenes.ask(pipe, alice, commands.ShowInvitation(made.id), InvitationView)
    assert shown.joiner == "Bob"
