import dataclasses

import pytest

from coterie.core.engine.conversation import follow
from coterie.core.engine.delivery.outgoing import envelope_id_of
from coterie.core.engine.ordering import holding, staging
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import Acknowledge
from coterie.core.kernel.ids import ConversationId
from coterie.core.mls.commits import CommitPlan
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node
from coterie.testing.wrong_paths import wrong_paths


def world(pipe: Pipe) -> tuple[Node, Node, Node, Conversation]:
    """Alice, Bob and Carol in a group; the conversation as Alice, its steward, has it."""
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    return alice, bob, carol, talking.conversation_of(alice, "group")


def go_on(pipe: Pipe, node: Node, conversation: Conversation) -> bytes:
    """A commit that its maker takes and nobody was given; its parcel."""
    ctx, record = pipe.context(node), node.store.conversations.group(conversation.group_id)
    assert record is not None
    staged = staging.make_commit(ctx, conversation, record.group_id, CommitPlan(force_path=True))
    made = staging.parcel_of(ctx, conversation, record, staged, envelope_id_of(staged.message))
    staging.apply(ctx, conversation, record, staged, scenes.device_id(node))
    return made.data


def held(node: Node, conversation: Conversation) -> list[str]:
    return [each.reason for each in node.store.conversations.held(conversation.conversation_id)]


def test_decisions_that_name_us_open_the_conversation_before_any_welcome() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    pipe.tamper = lambda frame: None if frame.type == peer_frames.PARCEL else frame.body
    shown = talking.group(pipe, alice, "Bob", "Carol")
    opened = talking.by_id(bob, shown)
    assert (opened.kind, opened.state, opened.group_id) == ("group", "active", b"")
    sent = talking.say(pipe, bob, "Group", "too early")
    assert talking.state_of(pipe, bob, sent).state == "queued"
    pipe.tamper = None
    talking.meet(pipe)
    assert talking.state_of(pipe, bob, sent).state == "delivered"


def test_who_is_taken_out_has_left_and_who_comes_back_is_active_again() -> None:
    pipe = Pipe()
    alice, _, carol, conversation = world(pipe)
    states = []
    for change in (commands.RemoveFromGroup, commands.AddToGroup, commands.RemoveFromGroup):
        pipe.do(alice, change("Group", ("Carol",)))
        pipe.advance(3_000)
        known = carol.store.conversations.get(conversation.conversation_id)
        states.append("" if known is None else known.state)
    assert states == ["left", "active", "left"]


def test_who_is_put_out_of_the_circle_gets_nothing_more_in_any_conversation() -> None:
    pipe = Pipe()
    alice, bob, carol, group = world(pipe)
    talking.say(pipe, alice, "Carol", "hello")
    two = talking.conversation_of(alice)
    talking.part(pipe, (alice, carol), (bob, carol))
    sent = [talking.say(pipe, alice, to, "for Carol too") for to in ("Group", "Carol")]
    ids = (group.conversation_id, two.conversation_id)
    assert all(scenes.device_id(carol) in alice.store.envelopes.targeted(each) for each in ids)
    pipe.do(alice, commands.RemovePerson("Carol"))
    assert not any(scenes.device_id(carol) in alice.store.envelopes.targeted(each) for each in ids)
    in_group, alone = [talking.state_of(pipe, alice, each) for each in sent]
    assert {receipt.person: receipt.state for receipt in in_group.receipts} == {"Bob": "delivered", "Carol": "failed"}
    assert (in_group.state, alone.state) == ("delivered", "failed")


def test_what_was_held_is_read_in_order_as_far_as_it_goes_and_acknowledged() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    parcels, envelopes = [], []
    for _ in range(4):
        parcels.append(go_on(pipe, alice, conversation))
        now = talking.conversation_of(alice, "group")
        alice.store.conversations.take_number(now.conversation_id)
        envelopes.append(talking.forge(pipe, alice, now, b""))
    for body in (envelopes[3], envelopes[1], envelopes[0]):
        talking.hand(pipe, alice, bob, body)
    for body in (parcels[3], parcels[1]):
        talking.hand(pipe, alice, bob, body, peer_frames.PARCEL)
    assert held(bob, conversation) == [holding.FUTURE] * 5
    epoch, before = talking.epoch(bob), len(bob.effects)
    talking.hand(pipe, alice, bob, parcels[0], peer_frames.PARCEL)
    assert talking.epoch(bob) == epoch + 2
    acknowledged = [effect for effect in bob.effects[before:] if isinstance(effect, Acknowledge)]
    assert len(acknowledged) == len(set(acknowledged)) == 4
    assert held(bob, conversation) == [holding.FUTURE] * 2
    talking.hand(pipe, alice, bob, parcels[2], peer_frames.PARCEL)
    assert (talking.epoch(bob), held(bob, conversation)) == (epoch + 4, [])


def test_what_was_held_and_turns_out_wrong_is_shown_once_and_not_acknowledged() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    commit = go_on(pipe, alice, conversation)
    lie = talking.Lie(epoch_id=b"\x77" * 8)
    talking.hand(pipe, alice, bob, talking.forge(pipe, alice, conversation, b"", lie))
    before = len(bob.effects)
    talking.hand(pipe, alice, bob, commit, peer_frames.PARCEL)
    assert talking.refusals(bob) == ["fork-detected"]
    assert sum(isinstance(effect, Acknowledge) for effect in bob.effects[before:]) == 1
    assert held(bob, conversation) == []
    follow.read_held(pipe.context(bob), conversation.conversation_id)
    assert talking.refusals(bob) == ["fork-detected"]


def test_T028_a_commit_that_waited_and_has_a_wrong_path_makes_us_ask_to_be_added_anew() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = world(pipe)
    first = go_on(pipe, alice, conversation)
    with wrong_paths():
        second = go_on(pipe, alice, conversation)
    pipe.tamper = lambda frame: None if frame.source is bob else frame.body
    for body in (second, first):
        talking.hand(pipe, alice, bob, body, peer_frames.PARCEL)
    assert talking.epoch(bob) == talking.epoch(alice) - 1
    assert talking.refusals(bob) == ["path-mismatch"]
    assert [event["reason"] for event in scenes.events(bob, "rejoin")] == ["path-mismatch"]


def test_our_staged_commit_is_entered_once() -> None:
    pipe = Pipe()
    alice, _, _, conversation = world(pipe)
    pipe.tamper = lambda frame: None if frame.source is alice else frame.body
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    epoch, sent = talking.epoch(alice), talking.say(pipe, alice, "Group", "waits")
    ctx = pipe.context(alice)
    for _ in range(3):
        follow.acknowledged_commit(ctx, conversation.conversation_id, conversation.group_id)
        assert talking.epoch(alice) == epoch + 1
    follow.acknowledged_commit(ctx, conversation.conversation_id, b"no such group")
    assert talking.state_of(pipe, alice, sent).reason == ""


@pytest.mark.parametrize("of", ["ours", "nobody's"])
def test_looking_after_what_is_quiet_does_nothing(of: str) -> None:
    pipe = Pipe()
    alice, _, _, conversation = world(pipe)
    if of == "nobody's":
        conversation = dataclasses.replace(conversation, conversation_id=ConversationId(b"\x66" * 32))
    ctx, before = pipe.context(alice), alice.store.conversations.all(conversation.circle_id)
    for _ in range(2):
        follow.objects_changed(ctx, conversation.circle_id, conversation.conversation_id)
        follow.objects_changed(ctx, conversation.circle_id, conversation.circle_id)
        follow.look_after(ctx, conversation.conversation_id)
    assert (ctx.effects, ctx.changed, ctx.noted) == ([], set(), False)
    assert alice.store.conversations.all(conversation.circle_id) == before


def test_who_is_out_and_in_again_before_a_commit_still_gets_what_was_meant_for_its_leaf() -> None:
    pipe = Pipe()
    alice, bob, carol, dave = talking.quartet(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    pipe.tamper = lambda frame: None if frame.target is carol and frame.type != peer_frames.OBJECTS else frame.body
    pipe.do(alice, commands.AddToGroup("Group", ("Dave",)))
    sent = talking.say(pipe, bob, "Group", "for Carol too")
    for change in (commands.RemoveFromGroup, commands.AddToGroup):
        pipe.do(alice, change("Group", ("Carol",)))
    assert scenes.device_id(carol) in talking.leaves(pipe, alice)
    pipe.tamper = None
    talking.meet(pipe)
    pipe.advance(10_000)
    assert talking.epoch(carol) == talking.epoch(alice)
    assert talking.texts(pipe, carol, "Group") == ["for Carol too"]
    assert talking.state_of(pipe, bob, sent).state == "delivered"
    talking.say(pipe, dave, "Group", "all together")
    assert talking.texts(pipe, carol, "Group")[-1] == "all together"


def test_nothing_is_handed_to_who_is_out_while_its_leaf_is_still_there_and_then_it_is_dropped() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = world(pipe)
    talking.part(pipe, (alice, bob), (alice, carol), (bob, carol))
    sent = talking.say(pipe, alice, "Group", "while Carol was in")
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Carol",)))
    assert scenes.device_id(carol) in talking.leaves(pipe, alice)
    assert scenes.device_id(carol) in alice.store.envelopes.targeted(conversation.conversation_id)
    pipe.apart.discard(frozenset(("alice", "carol")))
    pipe.run()
    pipe.advance(10_000)
    assert talking.texts(pipe, carol, "Group") == []
    talking.meet(pipe)
    pipe.advance(10_000)
    assert scenes.device_id(carol) not in alice.store.envelopes.targeted(conversation.conversation_id)
    states = {receipt.person: receipt.state for receipt in talking.state_of(pipe, alice, sent).receipts}
    assert (states, talking.texts(pipe, carol, "Group")) == ({"Bob": "delivered", "Carol": "failed"}, [])


def test_what_waits_of_who_is_put_out_has_failed() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    pipe.tamper = lambda frame: None if frame.type == peer_frames.PARCEL else frame.body
    talking.group(pipe, alice, "Bob", "Carol")
    sent = talking.say(pipe, bob, "Group", "too early")
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob",)))
    ended = talking.state_of(pipe, bob, sent)
    assert (ended.state, ended.reason) == ("failed", follow.NOT_A_MEMBER)


def test_what_was_refused_of_who_was_out_comes_again_over_the_same_link_once_it_is_in() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = world(pipe)
    talking.part(pipe, (alice, bob), (alice, carol))
    scope, decided = conversation.conversation_id, []
    for change in (commands.RemoveFromGroup, commands.AddToGroup):
        pipe.do(alice, change("Group", ("Carol",)))
        decided.append(alice.store.objects.decisions(scope)[-1].data)
    talking.hand(pipe, carol, bob, peer_frames.Objects(scope, (decided[0],)).encode(), peer_frames.OBJECTS)
    sent = talking.say(pipe, carol, "Group", "am I out?")
    assert talking.refusals(bob) == ["not-a-member"]
    conn = talking.conn_to(bob, carol)
    pipe.advance(4_000)
    talking.hand(pipe, carol, bob, peer_frames.Objects(scope, (decided[1],)).encode(), peer_frames.OBJECTS)
    pipe.advance(30_000)
    assert talking.conn_to(bob, carol) == conn
    assert talking.texts(pipe, bob, "Group") == ["am I out?"]
    receipts = {receipt.person: receipt.state for receipt in talking.state_of(pipe, carol, sent).receipts}
    assert receipts["Bob"] == "delivered"
