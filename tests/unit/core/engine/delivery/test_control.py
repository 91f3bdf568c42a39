import pytest

from coterie.core.codec.items import Item
from coterie.core.engine.delivery import control
from coterie.core.engine.delivery import numbers as arithmetic
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ConversationId, DeviceId
from coterie.core.wire.authenticated_data import AuthenticatedData, Kind
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.talking import Lie


def header(number: int, *items: Item) -> AuthenticatedData:
    return AuthenticatedData(
        Kind.CONTROL, ConversationId(bytes(32)), DeviceId(b"d" * 32), number, 1, bytes(8), 0, items
    )


def test_void_numbers_count_as_had_with_the_one_that_says_so() -> None:
    said = header(9, control.void_item([3, 5]))
    assert control.void_numbers(said) == [3, 5]
    known = arithmetic.starting_at(said.conversation_id, said.sender_device, 1)
    known = control.had_and_void(known, said)
    assert [n for n in range(1, 12) if arithmetic.has(known, n)] == [3, 5, 9]


def test_nobody_voids_numbers_that_are_still_to_come() -> None:
    assert control.void_numbers(header(9, control.void_item([0, 8, 9, 10, 1 << 40]))) == [8]


def test_an_item_holds_at_most_256_numbers_and_a_longer_one_is_refused() -> None:
    assert len(control.void_numbers(header(1_000, control.void_item(list(range(1, 900)))))) == control.MOST_VOID
    longer = control.void_item([1])
    data = (4 * 2_056 // 4).to_bytes(2, "big")
    too_long = Item(longer.type, True, bytes([0x40 | data[0], data[1]]) + bytes(2_056))
    with pytest.raises(PeerError) as caught:
        control.void_numbers(header(1_000, too_long))
    assert caught.value.code == "too-large"


def test_control_content_of_a_later_version_is_counted_and_its_items_still_hold() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, bob, "Alice", "hello")
    conversation = talking.conversation_of(bob)
    lie = Lie(kind=Kind.CONTROL, number=5, first=1, items=(control.void_item([2, 3, 4]),))
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, b"tomorrow", lie))
    known = alice.store.envelopes.numbers(conversation.conversation_id, scenes.device_id(bob))
    assert known is not None
    assert known.contiguous == 5
    assert [event["what"] for event in scenes.events(alice, "needs-newer-version")] == ["control"]


def test_a_malformed_item_is_refused_whole() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, bob, "Alice", "hello")
    conversation = talking.conversation_of(bob)
    lie = Lie(kind=Kind.CONTROL, number=2, first=1, items=(Item(control.ITEM_VOID, True, b"\x03abc"),))
    talking.hand(pipe, bob, alice, talking.forge(pipe, bob, conversation, b"", lie))
    assert talking.refusals(alice) == ["malformed"]
    known = alice.store.envelopes.numbers(conversation.conversation_id, scenes.device_id(bob))
    assert known is not None
    assert known.contiguous == 1
