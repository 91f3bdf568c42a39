"""Who lacks commits that nobody brings any more asks to be added anew; who gets them in time asks for nothing."""

from coterie.core.engine.conversation import left_behind
from coterie.core.engine.ports import commands
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def left_behind_in(pipe: Pipe) -> tuple[Node, Node, Node, Node]:
    """Alice, Bob, Carol and Dave in a group; Dave is put out of it, and that commit does not reach Bob for a while."""
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol", "Dave")
    pipe.advance(30_000)
    talking.no_parcels_to(pipe, bob)
    pipe.do(alice, commands.RemoveFromGroup(talking.GROUP, ("Dave",)))
    pipe.advance(left_behind.PATIENCE // 2)
    return alice, bob, carol, dave


def test_who_stays_behind_asks_to_be_added_anew_and_talks_again() -> None:
    pipe = Pipe()
    _, bob, carol, _ = left_behind_in(pipe)
    assert scenes.events(bob, "rejoin") == []
    pipe.advance(2 * left_behind.PATIENCE)
    assert [event["reason"] for event in scenes.events(bob, "rejoin")] == [left_behind.REASON]
    pipe.tamper = None
    pipe.cut()
    pipe.run()
    pipe.advance(30_000)
    for node in (bob, carol):
        sent = talking.say(pipe, node, talking.GROUP, f"from {node.name}")
        pipe.advance(30_000)
        assert talking.state_of(pipe, node, sent).state == "delivered"


def test_who_gets_its_commits_late_asks_for_nothing() -> None:
    pipe = Pipe()
    _, bob, _, _ = left_behind_in(pipe)
    pipe.tamper = None
    pipe.cut()
    pipe.run()
    pipe.advance(3 * left_behind.PATIENCE)
    assert scenes.events(bob, "rejoin") == []
    sent = talking.say(pipe, bob, talking.GROUP, "here")
    pipe.advance(30_000)
    assert talking.state_of(pipe, bob, sent).state == "delivered"


def test_while_nobody_who_is_further_on_is_linked_it_waits() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = left_behind_in(pipe)
    for other in (alice, carol, dave):
        pipe.stop(other)
    pipe.settle()
    pipe.advance(3 * left_behind.PATIENCE)
    assert scenes.events(bob, "rejoin") == []
