"""Messages stand in history order, once for each author and id; reports and receipts beside them."""

from dataclasses import replace

from coterie.adapters.vault.store import VaultStore
from coterie.core.engine.ports.messages import Message, Receipt
from coterie.core.kernel.ids import ConversationId, DeviceId, PersonId
from coterie.core.kernel.world import Instant

TALK = ConversationId(b"t" * 32)
ANNA, BEN = PersonId(b"a" * 32), PersonId(b"b" * 32)
DEVICE = DeviceId(b"d" * 32)
FIRST = Message(
    b"1" * 32, TALK, ANNA, DEVICE, "message", 100, b"content", "hello", "queued", 0, "client-1", Instant(10), Instant(0)
)
SECOND = replace(FIRST, message_id=b"2" * 32, order=200, number=2, client_id="", state="dispatched")
THEIRS = replace(SECOND, message_id=b"3" * 32, person_id=BEN, order=150, received_at=Instant(20), state="received")


def test_history_is_by_order_then_id_whatever_came_first(store: VaultStore) -> None:
    same_order = replace(THEIRS, message_id=b"0" * 32)
    for message in (SECOND, THEIRS, FIRST, same_order):
        assert store.messages.add(message)
    everything = [FIRST, same_order, THEIRS, SECOND]
    assert store.messages.history(TALK, None, 9) == everything
    assert store.messages.history(TALK, None, 2) == everything[:2]
    assert store.messages.history(TALK, (150, b"0" * 32), 1) == everything[2:3]
    assert store.messages.history(ConversationId(bytes(32)), None, 9) == []
    for count in range(1, 6):
        place = store.messages.place_from_end(TALK, count)
        assert store.messages.history(TALK, place, 9) == everything[-count:]
    assert store.messages.place_from_end(TALK, 4) is None
    assert store.messages.place_from_end(ConversationId(bytes(32)), 0) is None


def test_T037_one_message_of_one_author_is_kept_once(store: VaultStore) -> None:
    assert store.messages.add(FIRST)
    assert not store.messages.add(replace(FIRST, text="altered"))
    assert store.messages.get(FIRST.message_id, ANNA) == FIRST


def test_T039_the_same_id_of_another_author_is_another_message(store: VaultStore) -> None:
    copied = replace(THEIRS, message_id=FIRST.message_id)
    assert store.messages.add(FIRST)
    assert store.messages.add(copied)
    assert store.messages.get(FIRST.message_id, BEN) == copied
    assert store.messages.find(FIRST.message_id) == FIRST


def test_states_move_from_where_they_are(store: VaultStore) -> None:
    store.messages.add(FIRST)
    assert not store.messages.move(FIRST.message_id, ANNA, "dispatched", "delivered")
    assert store.messages.move(FIRST.message_id, ANNA, "queued", "dispatched")
    changed = replace(FIRST, state="failed", reason="expired", number=9, attempts=2)
    store.messages.update(changed)
    assert store.messages.get(FIRST.message_id, ANNA) == changed


def test_messages_are_found_by_client_id_and_number(store: VaultStore) -> None:
    for message in (THEIRS, FIRST, SECOND):  # THEIRS has the number of SECOND, and was received
        store.messages.add(message)
    assert store.messages.by_client_id("client-1") == FIRST
    assert store.messages.by_client_id("") is None
    assert store.messages.by_number(TALK, DEVICE, 2) == SECOND
    assert store.messages.by_number(TALK, DEVICE, 0) is None
    assert store.messages.find(bytes(32)) is None


def test_what_waits_to_be_sent(store: VaultStore) -> None:
    for message in (FIRST, SECOND, THEIRS):
        store.messages.add(message)
    assert store.messages.unsent(TALK) == [FIRST]
    assert store.messages.unsent_count() == 1
    assert store.messages.is_anything_unsent(TALK)
    assert not store.messages.is_anything_unsent(ConversationId(b"u" * 32))


def test_receipts_are_one_for_each_recipient(store: VaultStore) -> None:
    store.messages.put_receipt(Receipt(FIRST.message_id, BEN, "delivered", Instant(20)))
    read = Receipt(FIRST.message_id, BEN, "read", Instant(30))
    store.messages.put_receipt(read)
    assert store.messages.receipts(FIRST.message_id) == [read]


def test_how_far_it_is_with_one_recipient_and_with_all(store: VaultStore) -> None:
    carla = PersonId(b"c" * 32)
    assert store.messages.receipt_state(FIRST.message_id, BEN) is None
    assert store.messages.receipt_states(FIRST.message_id) == set()
    store.messages.put_receipt(Receipt(FIRST.message_id, BEN, "read", Instant(30)))
    store.messages.put_receipt(Receipt(FIRST.message_id, carla, "queued", Instant(20)))
    assert store.messages.receipt_state(FIRST.message_id, BEN) == "read"
    assert store.messages.receipt_states(FIRST.message_id) == {"read", "queued"}
    assert store.messages.receipt_states(b"\x00" * 32) == set()


def test_a_report_only_ever_rises_and_keeps_its_time(store: VaultStore) -> None:
    other = ConversationId(b"u" * 32)
    store.messages.put_report(TALK, b"1" * 32, 1, Instant(50))
    store.messages.put_report(TALK, b"1" * 32, 2, Instant(60))
    store.messages.put_report(TALK, b"1" * 32, 1, Instant(70))
    store.messages.put_report(other, b"9" * 32, 1, Instant(40))
    assert store.messages.reports(TALK) == [(b"1" * 32, 2, 50)]
    assert store.messages.reports_due() == [(other, 40), (TALK, 50)]
    store.messages.clear_reports(TALK)
    assert store.messages.reports_due() == [(other, 40)]
