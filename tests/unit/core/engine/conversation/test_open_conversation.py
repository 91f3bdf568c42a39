import dataclasses

import pytest

from coterie.core.engine.conversation import open_conversation
from coterie.core.engine.conversation.content import new_clock
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.membership import seniority, two_person_id
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, EpochId, PersonId
from coterie.core.kernel.world import Instant
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

UNKNOWN = ConversationId(b"\x44" * 32)


def two(one: Node, other: Node) -> ConversationId:
    return two_person_id(scenes.circle_id(one), scenes.person_id(one), scenes.person_id(other))


def prospect(ctx: Context, node: Node, conversation_id: ConversationId, *people: PersonId) -> Conversation:
    return open_conversation.prospect(ctx, scenes.circle_id(node), conversation_id, frozenset(people))


def test_the_conversation_with_somebody_is_the_same_one_for_both_and_opened_once() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    made = open_conversation.open_two(ctx, circle_id, scenes.person_id(bob))
    assert (made.conversation_id, made.kind, made.partner) == (two(bob, alice), "two", scenes.person_id(bob))
    alice.store.conversations.take_number(made.conversation_id)
    again = open_conversation.open_two(ctx, circle_id, scenes.person_id(bob))
    assert again.next_number == 2
    assert alice.store.conversations.all(circle_id) == [again]


def test_a_new_conversation_has_said_nothing_and_sends_on_no_group() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx, circle_id = pipe.context(alice), scenes.circle_id(alice)
    made = open_conversation.new(ctx, circle_id, UNKNOWN, "group")
    assert made == Conversation(UNKNOWN, circle_id, "group", b"", b"", "active", new_clock(), 1, 1, pipe.now)
    assert alice.store.conversations.get(UNKNOWN) is None


def test_what_is_kept_already_is_not_overwritten() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    fresh = open_conversation.new(ctx, scenes.circle_id(alice), UNKNOWN, "group")
    assert open_conversation.keep(ctx, fresh) == fresh
    alice.store.conversations.set_state(UNKNOWN, "left")
    open_conversation.keep(ctx, fresh)
    assert alice.store.conversations.get(UNKNOWN) == dataclasses.replace(fresh, state="left")


def test_a_group_of_us_and_one_other_under_the_id_of_both_is_the_conversation_of_two() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    ctx = pipe.context(alice)
    own, other, third = (scenes.person_id(node) for node in (alice, bob, carol))
    seen = prospect(ctx, alice, two(alice, bob), own, other)
    assert (seen.kind, seen.partner, seen.conversation_id) == ("two", other, two(alice, bob))
    for conversation_id, people in (
        (UNKNOWN, (own, other)),
        (two(alice, bob), (own, third)),
        (two(alice, bob), (own, other, third)),
        (UNKNOWN, (own,)),
    ):
        seen = prospect(ctx, alice, conversation_id, *people)
        assert (seen.kind, seen.partner) == ("group", b"")
    assert alice.store.conversations.all(scenes.circle_id(alice)) == []


def test_T033_a_group_without_us_is_refused() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    for people in ((scenes.person_id(bob), scenes.person_id(carol)), ()):
        with pytest.raises(PeerError) as caught:
            prospect(pipe.context(alice), alice, two(bob, carol), *people)
        assert caught.value.code == "not-permitted"


def test_T041_a_conversation_that_is_known_stays_what_it_is_and_in_its_circle() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    known = talking.conversation_of(alice)
    ctx = pipe.context(alice)
    assert prospect(ctx, alice, known.conversation_id, scenes.person_id(bob)) == known
    with pytest.raises(PeerError) as caught:
        open_conversation.prospect(ctx, CircleId(b"\x01" * 32), known.conversation_id, frozenset())
    assert caught.value.code == "wrong-conversation"


def record(conversation_id: ConversationId, group_id: bytes, founder: DeviceId) -> GroupRecord:
    return GroupRecord(group_id, conversation_id, founder, founder, 0, EpochId(bytes(32)), Instant(0))


def test_of_several_groups_the_one_of_the_most_senior_founder_is_sent_on_whatever_came_first() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    ctx = pipe.context(alice)
    talking.group(pipe, alice, "Bob", "Carol")
    conversation = talking.conversation_of(alice, "group")
    first = conversation.group_id
    juniors = sorted((bob, carol), key=lambda node: seniority(ctx, conversation, scenes.device_id(node)))
    store, id_ = alice.store.conversations, conversation.conversation_id
    groups = [(DeviceId(b"\x09" * 32), b"\x00"), *((scenes.device_id(node), b"\x01") for node in juniors[::-1])]
    store.delete_group(first)
    for place, (founder, lead) in enumerate(groups):
        group_id = lead * 15 + bytes([place])
        store.put_group(record(id_, group_id, founder))
        open_conversation.prefer_group(ctx, conversation)
        assert talking.conversation_of(alice, "group").group_id == group_id
    store.put_group(record(id_, b"\xff" * 16, scenes.device_id(alice)))
    store.put_group(record(id_, b"\xfe" * 16, scenes.device_id(alice)))
    open_conversation.prefer_group(ctx, conversation)
    assert talking.conversation_of(alice, "group").group_id == b"\xfe" * 16


def test_a_group_whose_founder_is_out_gives_way_to_anybody_elses_who_is_in() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    old = talking.conversation_of(bob, "group")
    pipe.do(alice, commands.LeaveCircle("Club"))
    bob.store.conversations.put_group(record(old.conversation_id, b"\xff" * 16, scenes.device_id(carol)))
    open_conversation.prefer_group(pipe.context(bob), old)
    assert talking.conversation_of(bob, "group").group_id == b"\xff" * 16


def test_choosing_the_group_again_does_not_begin_our_numbers_anew() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx, empty = (
        pipe.context(alice),
        open_conversation.new(pipe.context(alice), scenes.circle_id(alice), UNKNOWN, "group"),
    )
    open_conversation.prefer_group(ctx, open_conversation.keep(ctx, empty))
    assert alice.store.conversations.get(UNKNOWN) == empty
    talking.say(pipe, alice, "Bob", "hello")
    before = talking.conversation_of(alice)
    assert (before.first, before.next_number) == (1, 2)
    open_conversation.prefer_group(ctx, before)
    assert talking.conversation_of(alice) == before
