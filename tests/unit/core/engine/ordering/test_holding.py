import pytest

from coterie.core.engine.delivery import expiry
from coterie.core.engine.ordering import holding
from coterie.core.engine.ports.conversations import Held
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId, EnvelopeId
from coterie.core.kernel.limits import HELD_ENVELOPES, HELD_FROM_PEER
from coterie.core.kernel.world import DAY, Instant
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe

BOB, CAROL = DeviceId(b"b" * 32), DeviceId(b"c" * 32)


def held(number: int, device: DeviceId = BOB, conversation: int = 0) -> Held:
    name = number.to_bytes(4, "big") + conversation.to_bytes(4, "big") + device[:1] + bytes(23)
    return Held(
        EnvelopeId(name),
        ConversationId(conversation.to_bytes(32, "big")),
        bytes(16),
        1,
        device,
        holding.FUTURE,
        b"frame",
        Instant(number),
    )


def test_T025_a_conversation_holds_at_most_64_and_the_same_one_once() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    for number in range(HELD_ENVELOPES):
        holding.hold(ctx, held(number))
        holding.hold(ctx, held(number))
    with pytest.raises(PeerError) as caught:
        holding.hold(ctx, held(HELD_ENVELOPES))
    assert caught.value.code == "too-many-held"
    waiting = holding.held_for(ctx, held(0).conversation_id)
    assert len(waiting) == HELD_ENVELOPES
    holding.release(ctx, waiting[0].envelope_id)
    holding.hold(ctx, held(HELD_ENVELOPES))


def test_A20_nobody_fills_a_conversation_alone() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    for number in range(HELD_ENVELOPES):
        holding.hold(ctx, held(number))
    for number in range(HELD_ENVELOPES // 2):
        holding.hold(ctx, held(number, CAROL))
    waiting = holding.held_for(ctx, held(0).conversation_id)
    assert len(waiting) == HELD_ENVELOPES
    assert sum(1 for each in waiting if each.from_device == CAROL) == HELD_ENVELOPES // 2
    assert held(0) in waiting
    with pytest.raises(PeerError):
        holding.hold(ctx, held(99, CAROL))


def test_A20_one_peer_makes_us_hold_no_more_whatever_conversations_it_invents() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    ctx = pipe.context(alice)
    for number in range(HELD_FROM_PEER):
        holding.hold(ctx, held(number, conversation=number))
    with pytest.raises(PeerError) as caught:
        holding.hold(ctx, held(0, conversation=9_999))
    assert caught.value.code == "too-many-held"
    holding.hold(ctx, held(0, CAROL, conversation=9_999))


def test_A20_a_flood_of_envelopes_for_invented_conversations_ends_at_the_bound() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, bob, "Alice", "hello")
    two = talking.conversation_of(bob)
    for number in range(30):
        lie = talking.Lie(conversation_id=ConversationId(number.to_bytes(32, "big")), number=1, first=1)
        talking.hand(pipe, bob, alice, talking.forge(pipe, bob, two, b"x", lie), peer_frames.ENVELOPE)
    assert alice.store.conversations.held_from(scenes.device_id(bob)) == 30
    assert len(alice.store.conversations.all(scenes.circle_id(alice))) == 1
    pipe.now = Instant(pipe.now + 22 * DAY)
    expiry.sweep(pipe.context(alice))
    assert alice.store.conversations.held_from(scenes.device_id(bob)) == 0


def test_a_refusal_is_shown_without_content() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    holding.refuse(pipe.context(alice), held(0).conversation_id, BOB, "some-code")
    event = scenes.events(alice, "envelope-refused")[-1]
    assert set(event) == {"conversation", "device", "code"}
    assert event["code"] == "some-code"
