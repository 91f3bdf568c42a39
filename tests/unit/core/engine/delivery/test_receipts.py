import itertools

import pytest

from coterie.core.engine.delivery import receipts
from coterie.core.engine.ports import commands
from coterie.core.kernel.ids import EnvelopeId, from_base32
from coterie.core.wire import peer_frames
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe


@pytest.mark.parametrize("order", list(itertools.permutations(("delivered", "read", "delivered"))))
def test_a_receipt_only_ever_rises(order: tuple[str, ...]) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.part(pipe, (alice, bob))
    sent = talking.say(pipe, alice, "Bob", "hello")
    assert sent.state == "queued"
    best = 0
    for state in order:
        receipts.came(pipe.context(alice), from_base32(sent.id), scenes.person_id(alice), scenes.person_id(bob), state)
        best = max(best, receipts.STEPS.index(state))
        assert talking.state_of(pipe, alice, sent).state == receipts.STEPS[best]


def test_a_message_is_as_far_as_the_last_of_its_recipients() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.part(pipe, (alice, carol), (bob, carol))
    sent = talking.say(pipe, alice, "Group", "hello")
    talking.entries(pipe, bob, "Group", read=True)
    pipe.advance(40_000)
    seen = talking.state_of(pipe, alice, sent)
    assert {receipt.person: receipt.state for receipt in seen.receipts} == {"Bob": "read", "Carol": "queued"}
    assert seen.state in ("queued", "dispatched")
    talking.meet(pipe)
    assert talking.state_of(pipe, alice, sent).state == "delivered"


def test_who_leaves_is_not_waited_for_and_a_message_for_nobody_else_has_failed() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.part(pipe, (alice, bob), (alice, carol), (bob, carol))
    sent = talking.say(pipe, alice, "Bob", "for Bob alone")
    pipe.do(alice, commands.RemovePerson("Bob"))
    ended = talking.state_of(pipe, alice, sent)
    assert (ended.state, ended.reason) == ("failed", "removed")
    receipts.came(pipe.context(alice), from_base32(sent.id), scenes.person_id(alice), scenes.person_id(bob), "read")
    assert talking.state_of(pipe, alice, sent).state == "failed"


def test_an_acknowledgement_of_what_was_never_sent_proves_nothing() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.part(pipe, (alice, bob))
    sent = talking.say(pipe, alice, "Bob", "only for Bob")
    conversation_id = talking.conversation_of(alice).conversation_id
    envelope = alice.store.envelopes.of_sender(conversation_id, scenes.device_id(alice))[-1]
    acks = peer_frames.Ack((envelope.envelope_id, EnvelopeId(b"x" * 32), EnvelopeId(bytes(32))))
    talking.hand(pipe, carol, alice, acks.encode(), peer_frames.ACK)
    assert talking.state_of(pipe, alice, sent).state == "queued"
    assert alice.store.envelopes.get(envelope.envelope_id) is not None
