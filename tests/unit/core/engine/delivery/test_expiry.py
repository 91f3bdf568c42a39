from coterie.core.engine.delivery import expiry
from coterie.core.engine.ports.commands import AddToGroup
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.kernel.world import DAY, Instant
from coterie.core.mls.past import past_epochs
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe


def test_what_nobody_fetched_in_time_expires_and_its_author_is_told() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    read = talking.say(pipe, alice, "Bob", "in time")
    talking.part(pipe, (alice, bob))
    late = talking.say(pipe, alice, "Bob", "too late")
    pipe.now = Instant(pipe.now + 20 * DAY)
    expiry.sweep(pipe.context(alice))
    assert talking.state_of(pipe, alice, late).state == "queued"
    pipe.now = Instant(pipe.now + 2 * DAY)
    expiry.sweep(pipe.context(alice))
    assert talking.state_of(pipe, alice, late).state == "expired"
    assert talking.state_of(pipe, alice, read).state == "delivered"
    assert scenes.events(alice, "message-state")[-1]["state"] == "expired"
    assert alice.store.envelopes.waiting_for(scenes.device_id(bob)) == 0


def test_keys_of_an_epoch_end_with_the_carrying_window() -> None:
    pipe = Pipe()
    alice, bob, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    pipe.do(alice, AddToGroup("Group", ("Dave",)))
    pipe.advance(2_000)
    rows = bob.store.conversations.rows(talking.conversation_of(bob, "group").group_id)
    assert past_epochs(rows) == (1,)
    for days, left in ((20, (1,)), (2, ())):
        pipe.now = Instant(pipe.now + days * DAY)
        expiry.sweep(pipe.context(bob))
        assert past_epochs(rows) == left
    assert not [key for key in rows.keys("e/") if key.startswith("e/0000000000000001")]


def test_old_events_go_and_the_next_sweep_is_planned() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    assert alice.store.events.since(0, 10)
    pipe.now = Instant(pipe.now + 31 * DAY)
    ctx = pipe.context(alice)
    expiry.sweep(ctx)
    assert alice.store.events.since(0, 10) == []
    assert [e.name for e in ctx.effects if isinstance(e, SetTimer)] == [expiry.TIMER]
