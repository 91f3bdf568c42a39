from dataclasses import replace

import pytest

from coterie.core.engine.conversation import sync
from coterie.core.engine.delivery import passing_on, vectors
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.ports.effects import SetTimer, Transmit
from coterie.core.engine.ports.envelopes import Envelope
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.engine.state.membership import two_person_id
from coterie.core.kernel.ids import CircleId, ConversationId, EnvelopeId
from coterie.core.kernel.world import NEVER, Instant
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import Kind
from coterie.core.wire.peer_frames import ConversationDigest, Had, Have
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

OTHER = bytes([9]) * 32
"""A digest that is nobody's."""


def link_to(pipe: Pipe, node: Node, other: Node) -> Link:
    link = pipe.context(node).links.get(talking.conn_to(node, other))
    assert link is not None
    return link


def fresh(link: Link) -> Link:
    """The same link as when it had just come to stand."""
    return Link(link.conn, link.circle_id, link.device_id, link.boot_id, link.dialled, link.since)


def said(ctx: Context, link: Link) -> list[tuple[int, bytes]]:
    """Type and body of what went to this link."""
    return [(e.type, e.body) for e in ctx.effects if isinstance(e, Transmit) and e.conn == link.conn]


def digest_of(ctx: Context, conversation: Conversation) -> tuple[int, bytes]:
    digest = vectors.have_of(ctx, conversation).digest()
    return peer_frames.CONVERSATION_DIGEST, ConversationDigest(conversation.conversation_id, digest).encode()


def vector_of(ctx: Context, conversation: Conversation) -> tuple[int, bytes]:
    return peer_frames.HAVE, vectors.have_of(ctx, conversation).encode()


def two(pipe: Pipe) -> tuple[Node, Node, Conversation]:
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    return alice, bob, talking.conversation_of(alice)


def test_a_new_link_is_told_digests_of_what_its_device_shares_and_of_nothing_else() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.say(pipe, alice, "Carol", "not Bob's")
    talking.group(pipe, alice, "Carol", title="Not Bob's either")
    shared = talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(3_000)
    ctx, link = pipe.context(alice), fresh(link_to(pipe, alice, bob))
    sync.start(ctx, link)
    assert said(ctx, link) == [digest_of(ctx, talking.by_id(alice, shared))]
    sync.start(ctx, link)
    assert len(said(ctx, link)) == 1


def test_an_equal_digest_is_answered_with_ours_once_and_with_what_is_still_pending() -> None:
    pipe = Pipe()
    alice, bob, conversation = two(pipe)
    talking.part(pipe, (alice, bob))
    talking.say(pipe, alice, "Bob", "pending")
    pipe.apart.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coterie.core.engine.step.conversation_sync.start", lambda *_: None)
        pipe.run()
    ctx, link = pipe.context(alice), link_to(pipe, alice, bob)
    conversation = talking.conversation_of(alice)
    frame = ConversationDigest(conversation.conversation_id, vectors.have_of(ctx, conversation).digest())
    sync.digest_frame(ctx, link, frame)
    [(kind, _), last] = said(ctx, link)
    assert (kind, last) == (peer_frames.ENVELOPE, digest_of(ctx, conversation))
    sync.digest_frame(ctx, link, frame)
    assert len(said(ctx, link)) == 2


def test_a_digest_that_differs_is_answered_with_the_vector_as_often_as_it_is_asked() -> None:
    pipe = Pipe()
    alice, bob, conversation = two(pipe)
    ctx, link = pipe.context(alice), fresh(link_to(pipe, alice, bob))
    for _ in range(2):
        sync.digest_frame(ctx, link, ConversationDigest(conversation.conversation_id, OTHER))
    assert said(ctx, link) == [vector_of(ctx, conversation)] * 2
    assert link.heard == {conversation.conversation_id: OTHER}


def test_a_vector_is_answered_with_ours_once_so_that_the_exchange_ends() -> None:
    pipe = Pipe()
    alice, bob, conversation = two(pipe)
    ctx, link = pipe.context(alice), fresh(link_to(pipe, alice, bob))
    theirs = vectors.have_of(pipe.context(bob), talking.conversation_of(bob))
    for _ in range(3):
        sync.have_frame(ctx, link, theirs)
    sync.say_digest(ctx, conversation, link)
    assert said(ctx, link) == [vector_of(ctx, conversation)]
    assert link.heard == {conversation.conversation_id: theirs.digest()}
    pipe.advance(10_000)
    before = pipe.frames
    talking.hand(pipe, bob, alice, theirs.encode(), peer_frames.HAVE)
    assert pipe.frames - before <= 2


def test_what_a_vector_lacks_is_handed_over_by_who_carries_it_and_what_it_has_is_forgotten() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    pipe.advance(8_000)
    talking.part(pipe, (alice, bob), (carol, bob))
    talking.say(pipe, alice, "Group", "by way of Carol")
    pipe.stop(alice)
    kept = talking.conversation_of(carol, "group").conversation_id, scenes.device_id(bob), scenes.device_id(carol)
    assert len(carol.store.envelopes.carried(*kept)) == 1
    talking.meet(pipe)
    assert talking.texts(pipe, bob, "Group") == ["by way of Carol"]
    assert carol.store.envelopes.carried(*kept) == []


def test_a_number_that_a_vector_lacks_and_nothing_carries_any_more_is_closed() -> None:
    pipe = Pipe()
    alice, bob, conversation = two(pipe)
    talking.say(pipe, bob, "Alice", "have you read this?")
    talking.part(pipe, (alice, bob))
    talking.entries(pipe, alice, "Bob", read=True)
    pipe.advance(3_000)
    alice.store.envelopes.drop_target(conversation.conversation_id, scenes.device_id(bob))
    talking.meet(pipe)
    known = bob.store.envelopes.numbers(conversation.conversation_id, scenes.device_id(alice))
    assert known is not None
    assert (known.contiguous, known.ranges) == (3, ())


def test_a_vector_that_claims_everything_makes_nothing_of_ours_delivered() -> None:
    pipe = Pipe()
    alice, bob, _ = two(pipe)
    talking.part(pipe, (alice, bob))
    sent = talking.say(pipe, alice, "Bob", "not there yet")
    conversation, own = talking.conversation_of(alice), scenes.device_id(alice)
    claim = replace(vectors.have_of(pipe.context(alice), conversation), vector=(Had(own, 1_000),))
    link = Link(99, conversation.circle_id, scenes.device_id(bob), b"", False, pipe.now)
    sync.have_frame(pipe.context(alice), link, claim)
    assert talking.state_of(pipe, alice, sent).state == "queued"
    assert alice.store.envelopes.pending_numbers(conversation.conversation_id, link.device_id, own) == {2}
    talking.meet(pipe)
    assert talking.texts(pipe, bob, "Alice") == ["hello", "not there yet"]


def asked(pipe: Pipe, node: Node, asker: Node, conversation_id: ConversationId) -> list[tuple[int, bytes]]:
    """What a node answers to somebody's digest of this conversation; nothing may be remembered of it."""
    ctx, link = pipe.context(node), fresh(link_to(pipe, node, asker))
    sync.digest_frame(ctx, link, ConversationDigest(conversation_id, OTHER))
    assert (link.heard, link.told, link.told_whole) == ({}, {}, {})
    return said(ctx, link)


def nothing(conversation_id: ConversationId) -> list[tuple[int, bytes]]:
    return [(peer_frames.HAVE, vectors.nothing_of(conversation_id).encode())]


def test_of_a_conversation_that_may_be_new_to_us_we_say_that_we_have_nothing() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pair = two_person_id(scenes.circle_id(alice), scenes.person_id(alice), scenes.person_id(bob))
    for conversation_id in (pair, ConversationId(OTHER)):
        assert asked(pipe, alice, bob, conversation_id) == nothing(conversation_id)


@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize("begun", [True, False])
def test_whether_two_others_ever_talked_is_nobody_elses_business(begun: bool, gone: bool) -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    if begun:
        talking.say(pipe, alice, "Carol", "between us")
    if gone:
        pipe.do(alice, commands.RemovePerson("Carol"))
    pair = two_person_id(scenes.circle_id(alice), scenes.person_id(alice), scenes.person_id(carol))
    assert asked(pipe, alice, bob, pair) == (nothing(pair) if gone else [])


def test_T041_a_conversation_of_another_circle_is_answered_like_one_that_nobody_knows() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    other = scenes.found(pipe, bob, pseudonym="Robert", name="Other")
    scenes.join(pipe, alice, scenes.invite(pipe, bob, "Other").link, "Alicia")
    talking.say(pipe, alice, "Robert", "elsewhere")
    [elsewhere] = [c for circle in alice.store.circles.all() for c in alice.store.conversations.all(circle.circle_id)]
    ctx = pipe.context(alice)
    [link] = [each for each in ctx.links.of_circle(first_circle(alice, other.name)) if each.admitted]
    link = fresh(link)
    sync.digest_frame(ctx, link, ConversationDigest(elsewhere.conversation_id, OTHER))
    assert said(ctx, link) == nothing(elsewhere.conversation_id)


def first_circle(node: Node, other: str) -> CircleId:
    return next(circle.circle_id for circle in node.store.circles.all() if circle.name != other)


def test_T030_who_is_not_in_a_group_gets_nothing_of_it_and_what_it_says_changes_nothing() -> None:
    pipe = Pipe()
    alice, bob, _ = scenes.trio(pipe)
    talking.group(pipe, alice, "Carol")
    talking.say(pipe, alice, "Group", "not for Bob")
    conversation = talking.conversation_of(alice, "group")
    assert asked(pipe, alice, bob, conversation.conversation_id) == []
    ctx, link = pipe.context(alice), fresh(link_to(pipe, alice, bob))
    sync.have_frame(
        ctx,
        link,
        Have(conversation.conversation_id, conversation.group_id, 0, vectors.have_of(ctx, conversation).epoch_id, ()),
    )
    assert ctx.effects == []
    assert link.heard == {}


def quiet(pipe: Pipe) -> tuple[Node, Node, Node, Conversation]:
    """Alice, Bob and Carol after they have told each other everything; what is told on Alice's links begins anew."""
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.say(pipe, bob, "Group", "hello")
    pipe.advance(10_000)
    for other in (bob, carol):
        link = link_to(pipe, alice, other)
        link.told.clear()
        link.told_whole.clear()
        link.heard.clear()
    return alice, bob, carol, talking.conversation_of(alice, "group")


def test_digests_go_round_only_to_those_for_whom_we_carry_something() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = quiet(pipe)
    ctx = pipe.context(alice)
    sync.say_digests(ctx, conversation)
    assert ctx.effects == []
    carry(alice, conversation, bob, carol)
    for _ in range(2):
        sync.say_digests(ctx, conversation)  # each time: what was withheld for a while is told by nothing else
    assert said(ctx, link_to(pipe, alice, carol)) == [digest_of(ctx, conversation)] * 2
    assert said(ctx, link_to(pipe, alice, bob)) == []


def carry(node: Node, conversation: Conversation, sender: Node, target: Node) -> None:
    """The node keeps something that one of them said for the other."""
    envelope = Envelope(
        envelope_id=EnvelopeId(OTHER),
        conversation_id=conversation.conversation_id,
        sender_device=scenes.device_id(sender),
        number=1,
        kind=Kind.CONTENT,
        group_id=conversation.group_id,
        epoch=1,
        data=b"kept",
        message_id=b"",
        keep_until=NEVER,
        created_at=NEVER,
    )
    node.store.envelopes.add(envelope, (scenes.device_id(target),))


def test_who_is_known_to_have_the_same_is_not_asked_and_what_it_has_is_not_kept() -> None:
    pipe = Pipe()
    alice, bob, carol, conversation = quiet(pipe)
    carry(alice, conversation, bob, carol)
    ctx, link = pipe.context(alice), link_to(pipe, alice, carol)
    link.heard[conversation.conversation_id] = vectors.have_of(ctx, conversation).digest()
    sync.say_digests(ctx, conversation)
    assert ctx.effects == []
    assert ctx.store.envelopes.get(EnvelopeId(OTHER)) is None


def test_of_whom_we_cannot_read_something_is_asked_while_it_is_in_the_conversation_and_no_longer() -> None:
    pipe = Pipe()
    alice, bob, _, conversation = quiet(pipe)
    unreadable(alice, conversation, bob)
    ctx = pipe.context(alice)
    sync.say_digests(ctx, conversation)
    assert said(ctx, link_to(pipe, alice, bob)) == [digest_of(ctx, conversation)]
    pipe.do(alice, commands.RemoveFromGroup("Group", ("Bob",)))
    pipe.advance(3_000)
    ctx = pipe.context(alice)
    sync.say_digests(ctx, talking.conversation_of(alice, "group"))
    assert said(ctx, link_to(pipe, alice, bob)) == []


def unreadable(node: Node, conversation: Conversation, sender: Node) -> None:
    known = node.store.envelopes.numbers(conversation.conversation_id, scenes.device_id(sender))
    assert known is not None
    node.store.envelopes.put_numbers(replace(known, unreadable=(known.contiguous + 1,)))


def test_once_digests_went_round_the_next_round_can_be_planned() -> None:
    pipe = Pipe()
    alice, _, _, conversation = quiet(pipe)
    ctx = pipe.context(alice)
    for _ in range(2):
        passing_on.DIGESTS.plan(ctx, conversation.conversation_id)
    assert [type(effect) for effect in ctx.effects] == [SetTimer]
    ctx.now = Instant(ctx.now + passing_on.DIGESTS.pause)
    sync.say_digests(ctx, conversation)
    passing_on.DIGESTS.plan(ctx, conversation.conversation_id)
    assert [type(effect) for effect in ctx.effects] == [SetTimer, SetTimer]
