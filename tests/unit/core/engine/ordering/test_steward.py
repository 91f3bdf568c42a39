from coterie.core.engine.ordering.steward import steward_of
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state import groups
from coterie.core.engine.state.membership import allowed
from coterie.core.kernel.ids import DeviceId
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def steward(pipe: Pipe, node: Node, conversation: Conversation) -> DeviceId | None:
    ctx = pipe.context(node)
    record = node.store.conversations.group(conversation.group_id)
    assert record is not None
    roster = groups.load(ctx, record.group_id)[1]
    return steward_of(ctx, conversation, record, roster, allowed(ctx, conversation))


def test_who_made_the_epoch_commits_next_and_all_agree() -> None:
    pipe = Pipe()
    nodes = scenes.trio(pipe)
    talking.group(pipe, nodes[0], "Bob", "Carol")
    found = {steward(pipe, node, talking.conversation_of(node, "group")) for node in nodes}
    assert found == {scenes.device_id(nodes[0])}


def test_when_the_steward_is_out_the_most_senior_device_left_commits() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, bob, "Alice", "Carol")
    assert steward(pipe, carol, talking.conversation_of(carol, "group")) == scenes.device_id(bob)
    talking.part(pipe, (alice, carol))
    pipe.do(alice, commands.RemovePerson("Bob"))
    talking.meet(pipe)
    pipe.advance(5_000)
    assert (
        talking.leaves(pipe, alice)
        == talking.leaves(pipe, carol)
        == {
            scenes.device_id(alice),
            scenes.device_id(carol),
        }
    )
    found = {steward(pipe, node, talking.conversation_of(node, "group")) for node in (alice, carol)}
    assert len(found) == 1
    talking.say(pipe, carol, "Group", "we go on")
    assert talking.texts(pipe, alice, "Group") == ["we go on"]
