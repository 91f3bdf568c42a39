import pytest

from coterie.core.engine.circle import doors
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import CloseEndpoint, OpenEndpoint
from coterie.core.engine.ports.inputs import Timer
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import to_base32
from coterie.core.kernel.world import DAY, HOUR, SECOND, Instant
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_the_door_stands_only_while_an_invitation_is_open() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    circle_id = scenes.circle_id(alice)
    assert (circle_id, True) not in alice.endpoints
    scenes.invite(pipe, alice, seconds=60)
    assert (circle_id, True) in alice.endpoints
    pipe.advance(61 * SECOND)
    assert (circle_id, True) not in alice.endpoints
    assert CloseEndpoint(circle_id, True) in alice.effects
    assert doors.door_key(pipe.context(alice), circle_id) is None


def test_the_next_door_has_another_key() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    circle_id = scenes.circle_id(alice)
    scenes.invite(pipe, alice, seconds=60)
    first = alice.endpoints[circle_id, True]
    pipe.advance(61 * SECOND)
    scenes.invite(pipe, alice, seconds=60)
    assert alice.endpoints[circle_id, True] != first


def test_a_door_that_was_bound_too_late_is_closed_and_stands_in_no_later_ones_way() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    circle_id = scenes.circle_id(alice)
    pipe.give(alice, commands.CreateInvitation(scenes.CIRCLE, 1, False))
    pipe.now = Instant(pipe.now + 2 * SECOND)
    pipe.give(alice, Timer(doors.TIMER + to_base32(circle_id)))
    assert alice.effects[-1] == CloseEndpoint(circle_id, True)
    pipe.settle()
    scenes.invite(pipe, alice)
    key = doors.door_key(pipe.context(alice), circle_id)
    assert key is not None
    assert alice.endpoints[circle_id, True] == key.public


def test_all_open_invitations_share_one_door() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    scenes.invite(pipe, alice)
    scenes.invite(pipe, alice)
    assert sum(1 for effect in alice.effects if isinstance(effect, OpenEndpoint) and effect.door) == 1


def test_a_withdrawn_invitation_keeps_the_door_until_its_expiry() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, seconds=60)
    pipe.do(alice, commands.WithdrawInvitation(made.id))
    assert (scenes.circle_id(alice), True) in alice.endpoints


def test_a_door_of_thirty_days_takes_no_new_invitation() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    scenes.invite(pipe, alice, seconds=20 * DAY // SECOND)
    pipe.advance(19 * DAY)
    scenes.invite(pipe, alice, seconds=20 * DAY // SECOND)
    pipe.advance(12 * DAY)
    with pytest.raises(UserError) as caught:
        pipe.do(alice, commands.CreateInvitation(scenes.CIRCLE))
    assert caught.value.code == "door-closing"
    pipe.advance(9 * DAY)
    assert scenes.invite(pipe, alice).link


def test_a_door_opens_again_with_its_key_and_port_after_a_restart() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    circle_id = scenes.circle_id(alice)
    key = doors.door_key(pipe.context(alice), circle_id)
    assert key is not None
    pipe.stop(alice)
    pipe.advance(HOUR // 2)
    pipe.start(alice)
    pipe.run()
    reopened = [effect for effect in alice.effects if isinstance(effect, OpenEndpoint) and effect.door][-1]
    assert (reopened.secret, reopened.port) == (key.private, key.port)
    assert key.port > 0
    assert scenes.join(pipe, bob, link, "Bob").state == "joined"


def test_a_door_does_not_open_again_when_its_invitations_expired_meanwhile() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    scenes.invite(pipe, alice, seconds=60)
    pipe.stop(alice)
    pipe.advance(61 * SECOND)
    pipe.start(alice)
    assert (scenes.circle_id(alice), True) not in alice.endpoints
    assert doors.door_key(pipe.context(alice), scenes.circle_id(alice)) is None
