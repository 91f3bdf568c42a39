import dataclasses

from coterie.core.engine.delivery import vectors
from coterie.core.kernel.ids import ConversationId, DeviceId
from coterie.core.wire import peer_frames
from coterie.core.wire.peer_frames import Had
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe


def test_two_devices_that_have_the_same_say_the_same() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    talking.say(pipe, bob, "Alice", "hello")
    found = [vectors.have_of(pipe.context(node), talking.conversation_of(node)) for node in (alice, bob)]
    assert found[0].encode() == found[1].encode()
    assert {(had.sender_device, had.contiguous) for had in found[0].vector} == {
        (scenes.device_id(alice), 1),
        (scenes.device_id(bob), 1),
    }


def test_of_an_unknown_conversation_there_is_nothing() -> None:
    nothing = vectors.nothing_of(ConversationId(b"x" * 32))
    assert nothing.vector == ()
    assert nothing.epoch == 0


def test_a_vector_becomes_numbers_again() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    have = vectors.have_of(pipe.context(bob), talking.conversation_of(bob))
    device = DeviceId(b"d" * 32)
    have = dataclasses.replace(have, vector=(Had(device, 4, ((7, 9),)),), unreadable=((device, 5),))
    numbers = vectors.as_numbers(have)[device]
    assert (numbers.start, numbers.contiguous, numbers.ranges, numbers.unreadable) == (1, 4, ((7, 9),), (5,))


def test_a_vector_frees_what_is_carried_for_others_and_never_proves_delivery_of_our_own() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    talking.group(pipe, alice, "Bob", "Carol")
    talking.part(pipe, (alice, carol), (bob, carol))
    sent = talking.say(pipe, alice, "Group", "for Carol too")
    conversation = talking.conversation_of(alice, "group")
    claims_all = dataclasses.replace(
        vectors.have_of(pipe.context(alice), conversation), vector=(Had(scenes.device_id(alice), 1 << 40),)
    )
    for node in (alice, bob):
        vectors.forget_what_it_has(pipe.context(node), conversation, scenes.device_id(carol), claims_all)
    assert alice.store.envelopes.waiting_for(scenes.device_id(carol)) == 1
    assert bob.store.envelopes.waiting_for(scenes.device_id(carol)) == 0
    receipts = {receipt.person: receipt.state for receipt in talking.state_of(pipe, alice, sent).receipts}
    assert receipts == {"Bob": "delivered", "Carol": "queued"}
    assert peer_frames.HAVE
