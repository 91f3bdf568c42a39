import pytest

from coterie.core.engine.circle import cards, doors, handshaking, linking, membership, offering, timers
from coterie.core.engine.ports.effects import CloseConnection, SetTimer
from coterie.core.kernel.ids import to_base32
from coterie.testing import scenes
from coterie.testing.pipe import Pipe


def test_every_timer_of_the_circle_side_begins_alike() -> None:
    names = (
        cards.TIMER,
        doors.TIMER,
        handshaking.TIMER,
        linking.AGE_TIMER,
        membership.LEAVE_TIMER,
        offering.GOSSIP.timer,
    )
    assert all(name.startswith(timers.PREFIX) and name.endswith("/") for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", ["card", "door", "leave", "gossip"])
def test_a_timer_of_a_circle_that_is_gone_does_nothing(kind: str) -> None:
    pipe = Pipe()
    ctx = pipe.context(pipe.node("alice"))
    timers.timer(ctx, f"circle/{kind}/{to_base32(bytes(64 if kind == 'gossip' else 32))}")
    assert ctx.effects == []


@pytest.mark.parametrize("kind", ["handshake", "link"])
def test_a_timer_of_a_connection_that_is_gone_does_nothing(kind: str) -> None:
    pipe = Pipe()
    ctx = pipe.context(pipe.node("alice"))
    timers.timer(ctx, f"circle/{kind}/77")
    assert ctx.effects == []


def test_an_old_link_is_closed_so_that_a_new_handshake_follows() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    conn = ctx.links.of_circle(scenes.circle_id(alice))[0].conn
    timers.timer(ctx, f"{linking.AGE_TIMER}{conn}")
    assert ctx.effects == [CloseConnection(conn, "link-worn-out")]


def test_a_card_that_is_not_due_is_left_and_its_timer_set_again() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx, name = pipe.context(alice), cards.TIMER + to_base32(scenes.circle_id(alice))
    timers.timer(ctx, name)
    assert ctx.effects == [SetTimer(name, type(pipe.now)(pipe.now + cards.RENEWAL))]
