from coterie.core.engine.ordering import epochs
from coterie.core.engine.ports import commands
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe


def test_everybody_keeps_the_same_log_and_a_newcomer_is_given_it() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(2_000)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.advance(2_000)
    group_id = talking.conversation_of(alice, "group").group_id
    logs = {epochs.log_of(pipe.context(node), group_id) for node in (alice, bob, carol, dave)}
    assert len(logs) == 1
    log = logs.pop()
    assert [number for number, _ in log] == [0, 1, 2]
    assert epochs.logged(pipe.context(dave), group_id, 1) == dict(log)[1]
    assert epochs.logged(pipe.context(dave), group_id, 3) is None


def test_a_new_epoch_begins_with_our_next_number() -> None:
    pipe = Pipe()
    alice, _, _, _ = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    for text in ("1", "2", "3"):
        talking.say(pipe, alice, "Group", text)
    assert talking.conversation_of(alice, "group").first == 1
    pipe.advance(2_000)
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    pipe.advance(2_000)
    conversation = talking.conversation_of(alice, "group")
    assert conversation.first == conversation.next_number == 4


def test_an_epoch_is_recorded_with_who_made_it() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    record = bob.store.conversations.group(talking.conversation_of(bob, "group").group_id)
    assert record is not None
    assert record.steward == record.founder == scenes.device_id(alice)
    assert record.epoch_id == epochs.logged(pipe.context(bob), record.group_id, record.epoch)
