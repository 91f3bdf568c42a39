import pytest

from coterie.core.engine.circle import issuing
from coterie.core.engine.conversation import open_conversation, position
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.kernel.ids import ConversationId, EpochId, to_base32
from coterie.core.kernel.world import Instant
from coterie.core.trust.facts import Position
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import stored_object
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def world(pipe: Pipe) -> tuple[Node, Node, Node, Conversation]:
    """A group of three whose positions were told."""
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(10_000)
    return alice, bob, carol, talking.conversation_of(bob, "group")


def told(node: Node, whose: Node, conversation: Conversation) -> tuple[int, Position | None]:
    """The revision and the body of somebody's position, as this node has it."""
    scope = conversation.conversation_id
    stored = node.store.objects.fact(scope, scenes.device_id(whose), ObjectType.POSITION, scope)
    body = None if stored is None else stored_object(stored.data).body
    assert body is None or isinstance(body, Position)
    return (0 if stored is None else stored.number), body


def lie(pipe: Pipe, node: Node, conversation: Conversation, body: Position) -> None:
    """The node says, with its real key, that it stands there; the others hear it with the next link."""
    scope = conversation.conversation_id
    issuing.tell(pipe.context(node), conversation.circle_id, scope, scope, body)
    talking.meet(pipe)


def place(node: Node, conversation: Conversation) -> Position:
    """Where the node really stands."""
    record = node.store.conversations.group(conversation.group_id)
    present = node.store.conversations.get(conversation.conversation_id)
    assert record is not None
    assert present is not None
    return Position(record.group_id, record.epoch, record.epoch_id, present.next_number - 1)


def test_a_little_after_it_entered_an_epoch_a_device_tells_everybody_where_it_stands() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    conversation = talking.conversation_of(bob, "group")
    pipe.advance(position.PAUSE - 1)
    assert told(bob, bob, conversation) == (0, None)
    pipe.advance(5_000)
    for node in (alice, bob, carol):
        assert told(node, bob, conversation) == (1, place(bob, conversation))


def test_epochs_that_follow_each_other_are_told_once() -> None:
    pipe = Pipe()
    alice, bob, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    conversation = talking.conversation_of(bob, "group")
    pipe.advance(1_500)
    for change in (commands.AddToGroup, commands.RemoveFromGroup):
        pipe.do(alice, change("Group", ("Dave",)))
        pipe.advance(1_500)
    assert talking.epoch(bob) == 3
    pipe.advance(10_000)
    assert told(alice, bob, conversation) == (1, place(bob, conversation))


def test_what_was_not_told_while_a_device_was_out_is_told_once_it_is_in_again() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    conversation = talking.conversation_of(bob, "group")
    bob.store.conversations.set_state(conversation.conversation_id, "left")
    del bob.timers[position.TIMER + to_base32(conversation.conversation_id)]
    position.tell(pipe.context(bob), talking.conversation_of(bob, "group"))  # as when the timer falls due just now
    pipe.advance(position.PAUSE + 1_000)  # the positions of the others come: now Bob is looked after, and in again
    assert told(alice, bob, conversation) == (0, None)
    pipe.advance(position.PAUSE + 1_000)
    assert told(alice, bob, conversation) == (1, place(bob, conversation))


def test_planning_twice_sets_one_timer_and_after_it_was_told_another_can_be_set() -> None:
    pipe = Pipe()
    _, bob, _, conversation = world(pipe)
    ctx = pipe.context(bob)
    due = Instant(pipe.now + position.PAUSE)
    timer = SetTimer(position.TIMER + to_base32(conversation.conversation_id), due)
    for _ in range(3):
        position.plan(ctx, conversation.conversation_id)
    assert ctx.effects == [timer]
    position.tell(ctx, conversation)
    position.plan(ctx, conversation.conversation_id)
    assert ctx.effects.count(timer) == 2


def test_what_was_said_already_is_not_said_again_however_often_an_old_parcel_comes() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    before = told(bob, bob, conversation)
    for body in talking.sent(alice, peer_frames.PARCEL) * 3:
        talking.hand(pipe, alice, bob, body, peer_frames.PARCEL)
        pipe.advance(10_000)
    assert told(bob, bob, conversation) == before
    talking.say(pipe, bob, "Group", "one number further")
    position.tell(pipe.context(bob), talking.conversation_of(bob, "group"))
    assert told(bob, bob, conversation) == (before[0] + 1, place(bob, conversation))


def test_nothing_is_told_of_a_conversation_that_we_left_or_that_has_no_group() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    before = told(bob, bob, conversation)
    talking.say(pipe, bob, "Group", "farewell")
    talking.part(pipe, (alice, bob))
    pipe.do(bob, commands.LeaveGroup("Group"))
    left = talking.conversation_of(bob, "group")
    assert (left.state, left.group_id) == ("left", conversation.group_id)
    position.tell(pipe.context(bob), left)
    assert told(bob, bob, conversation) == before
    ctx = pipe.context(bob)
    empty = open_conversation.new(ctx, scenes.circle_id(bob), ConversationId(b"\x31" * 32), "group")
    position.tell(ctx, open_conversation.keep(ctx, empty))
    assert bob.store.objects.facts(empty.conversation_id) == []


def test_T025_a_position_on_another_branch_is_shown_once_with_its_device_and_epoch() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = world(pipe)
    truth = place(bob, conversation)
    lie(pipe, bob, conversation, Position(truth.group_id, truth.epoch, EpochId(b"\x66" * 32), 7))
    pipe.advance(5_000)
    shown = {
        "conversation": to_base32(conversation.conversation_id),
        "device": to_base32(scenes.device_id(bob)),
        "epoch": truth.epoch,
    }
    for node in (alice, carol):
        for _ in range(2):
            position.compare(pipe.context(node), conversation.circle_id, conversation.conversation_id)
        assert scenes.events(node, "fork-detected") == [shown]
        assert talking.epoch(node) == truth.epoch


@pytest.mark.parametrize("where", ["an epoch to come", "the past of our branch", "another group"])
def test_a_position_that_our_log_does_not_contradict_is_no_fork(where: str) -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    truth = place(bob, conversation)
    ((_, founding), *_) = alice.store.conversations.epochs(truth.group_id)
    body = {
        "an epoch to come": Position(truth.group_id, truth.epoch + 1, EpochId(b"\x66" * 32), 7),
        "the past of our branch": Position(truth.group_id, 0, founding, 7),
        "another group": Position(b"\x01" * 16, truth.epoch, EpochId(b"\x66" * 32), 7),
    }[where]
    lie(pipe, bob, conversation, body)
    pipe.advance(5_000)
    assert told(alice, bob, conversation)[1] == body
    assert scenes.events(alice, "fork-detected") == []


def test_whether_the_present_epoch_was_told_is_known_also_after_a_restart() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    assert position.is_told(pipe.context(bob), conversation)
    talking.say(pipe, bob, "Group", "a number is not told by itself")
    assert position.is_told(pipe.context(bob), talking.conversation_of(bob, "group"))
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    assert not position.is_told(pipe.context(bob), talking.conversation_of(bob, "group"))
    pipe.stop(bob)
    pipe.start(bob)
    pipe.run()
    pipe.advance(10_000)
    assert told(alice, bob, conversation)[1] == place(bob, conversation)
