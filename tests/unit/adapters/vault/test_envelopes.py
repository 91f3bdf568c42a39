"""Ciphertext is kept once, for exactly as long as somebody needs it."""

from dataclasses import replace

import pytest

from coterie.adapters.vault.store import VaultStore
from coterie.core.engine.ports.envelopes import Envelope, Numbers
from coterie.core.kernel.ids import ConversationId, DeviceId, EnvelopeId
from coterie.core.kernel.world import Instant

TALK = ConversationId(b"t" * 32)
ELSEWHERE = ConversationId(b"u" * 32)
ANNA, BEN, CARLA = (DeviceId(letter * 32) for letter in (b"a", b"b", b"c"))
FIRST = Envelope(
    EnvelopeId(b"1" * 32), TALK, ANNA, 1, 1, b"g" * 16, 0, b"ciphertext", b"m" * 32, Instant(50), Instant(10)
)
SECOND = replace(FIRST, envelope_id=EnvelopeId(b"2" * 32), number=2, keep_until=Instant(0))
AWAY = replace(FIRST, envelope_id=EnvelopeId(b"3" * 32), conversation_id=ELSEWHERE)


def test_what_a_device_needs_comes_oldest_first(store: VaultStore) -> None:
    store.envelopes.add(SECOND, (BEN,))
    store.envelopes.add(FIRST, (BEN, CARLA))
    store.envelopes.add(AWAY, (BEN,))
    assert store.envelopes.pending_in(TALK, BEN, 9) == [SECOND, FIRST]
    assert store.envelopes.pending_in(TALK, CARLA, 9) == [FIRST]
    assert store.envelopes.waiting_for(BEN) == 3
    assert store.envelopes.targets(FIRST.envelope_id) == [BEN, CARLA]


def test_the_last_acknowledgement_drops_the_ciphertext(store: VaultStore) -> None:
    store.envelopes.add(FIRST, (BEN, CARLA))
    told = store.envelopes.acknowledge(FIRST.envelope_id, BEN)
    assert told is not None
    assert (told.conversation_id, told.sender_device, told.message_id) == (TALK, ANNA, FIRST.message_id)
    assert store.envelopes.acknowledge(FIRST.envelope_id, BEN) is None
    assert store.envelopes.get(FIRST.envelope_id) == FIRST
    assert store.envelopes.acknowledge(FIRST.envelope_id, CARLA) is not None
    assert store.envelopes.get(FIRST.envelope_id) is None
    assert store.envelopes.acknowledge(FIRST.envelope_id, CARLA) is None


def test_a_stranger_acknowledges_nothing(store: VaultStore) -> None:
    store.envelopes.add(FIRST, (BEN,))
    assert store.envelopes.acknowledge(FIRST.envelope_id, CARLA) is None
    assert store.envelopes.targets(FIRST.envelope_id) == [BEN]


def test_one_envelope_is_kept_once(store: VaultStore) -> None:
    store.envelopes.add(FIRST, (BEN,))
    with pytest.raises(RuntimeError, match="ConstraintError"):
        store.envelopes.add(FIRST, (CARLA,))


def test_a_device_that_is_out_needs_nothing_of_that_conversation(store: VaultStore) -> None:
    store.envelopes.add(FIRST, (BEN,))
    store.envelopes.add(SECOND, (BEN, CARLA))
    store.envelopes.add(AWAY, (BEN,))
    store.envelopes.drop_target(TALK, BEN)
    assert store.envelopes.get(FIRST.envelope_id) is None
    assert store.envelopes.targets(SECOND.envelope_id) == [CARLA]
    assert store.envelopes.pending_in(ELSEWHERE, BEN, 9) == [AWAY]


def test_dropping_takes_the_targets_too(store: VaultStore) -> None:
    store.envelopes.add(FIRST, (BEN, CARLA))
    store.envelopes.drop(FIRST.envelope_id)
    store.envelopes.drop(FIRST.envelope_id)
    assert store.envelopes.waiting_for(BEN) == 0


def test_only_what_has_an_end_expires(store: VaultStore) -> None:
    store.envelopes.add(FIRST, (BEN,))
    store.envelopes.add(SECOND, (BEN,))
    assert store.envelopes.expired(Instant(49)) == []
    assert store.envelopes.expired(Instant(50)) == [FIRST]


def test_envelopes_of_one_sender(store: VaultStore) -> None:
    store.envelopes.add(FIRST, (BEN,))
    store.envelopes.add(replace(SECOND, sender_device=CARLA), (BEN,))
    assert store.envelopes.of_sender(TALK, ANNA) == [FIRST]


def test_numbers_come_back_with_their_gaps(store: VaultStore) -> None:
    plain = Numbers(TALK, ANNA, 1, 7, (), ())
    gaps = Numbers(TALK, BEN, 2, 3, ((5, 6), (9, 12)), (10, 11))
    for numbers in (gaps, Numbers(TALK, ANNA, 1, 1, (), ()), plain):
        store.envelopes.put_numbers(numbers)
    assert store.envelopes.numbers(TALK, BEN) == gaps
    assert store.envelopes.all_numbers(TALK) == [plain, gaps]
    assert store.envelopes.numbers(ELSEWHERE, BEN) is None
