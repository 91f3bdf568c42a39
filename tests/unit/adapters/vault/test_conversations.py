"""Conversations, groups, their rows and their logs; numbers are taken once."""

from dataclasses import replace

from coterie.adapters.vault.store import VaultStore
from coterie.core.engine.ports.conversations import Conversation, GroupRecord, Held, Staged
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, EnvelopeId, EpochId
from coterie.core.kernel.world import Instant

TALK = ConversationId(b"t" * 32)
GARDEN = CircleId(b"g" * 32)
DEVICE = DeviceId(b"d" * 32)
GROUP = b"m" * 16
OTHER = b"n" * 16
EPOCH = EpochId(b"e" * 32)
CONVERSATION = Conversation(TALK, GARDEN, "two", b"p" * 32, b"", "active", b"", 1, 1, Instant(10))
RECORD = GroupRecord(GROUP, TALK, DEVICE, DEVICE, 3, EPOCH, Instant(10))
HELD = Held(EnvelopeId(b"1" * 32), TALK, GROUP, 5, DEVICE, "future", b"bytes", Instant(10))


def test_a_conversation_comes_back(store: VaultStore) -> None:
    store.conversations.add(CONVERSATION)
    assert store.conversations.get(TALK) == CONVERSATION
    assert store.conversations.all(GARDEN) == [CONVERSATION]
    assert store.conversations.all(CircleId(bytes(32))) == []
    assert store.conversations.get(ConversationId(bytes(32))) is None


def test_numbers_rise_and_never_repeat(store: VaultStore) -> None:
    store.conversations.add(CONVERSATION)
    assert [store.conversations.take_number(TALK) for _ in range(4)] == [1, 2, 3, 4]
    assert store.conversations.take_number(TALK, b"our clock") == 5
    assert store.conversations.get(TALK) == replace(CONVERSATION, next_number=6, clock=b"our clock")


def test_a_new_group_begins_at_the_next_number(store: VaultStore) -> None:
    store.conversations.add(CONVERSATION)
    store.conversations.take_number(TALK)
    store.conversations.send_on(TALK, GROUP)
    store.conversations.set_clock(TALK, b"clock")
    store.conversations.set_state(TALK, "left")
    expected = replace(CONVERSATION, group_id=GROUP, next_number=2, first=2, clock=b"clock", state="left")
    assert store.conversations.get(TALK) == expected


def test_groups_of_one_conversation(store: VaultStore) -> None:
    second = replace(RECORD, group_id=OTHER, created_at=Instant(11))
    for record in (second, RECORD):
        store.conversations.put_group(record)
    assert store.conversations.groups(TALK) == [RECORD, second]
    later = replace(RECORD, epoch=4)
    store.conversations.put_group(later)
    assert store.conversations.group(GROUP) == later
    assert store.conversations.group(bytes(16)) is None


def test_rows_are_written_and_deleted_by_deltas(store: VaultStore) -> None:
    rows = store.conversations.rows(GROUP)
    rows.write((("ratchet/1", b"one"), ("ratchet/2", b"two"), ("tree", b"big")))
    store.conversations.rows(OTHER).write((("ratchet/1", b"another group's"),))
    assert rows.get("ratchet/1") == b"one"
    assert rows.keys("ratchet/") == ["ratchet/1", "ratchet/2"]
    assert rows.keys("") == ["ratchet/1", "ratchet/2", "tree"]
    rows.write((("ratchet/1", None), ("ratchet/2", b"changed"), ("absent", None)))
    assert rows.get("ratchet/1") is None
    assert rows.get("ratchet/2") == b"changed"
    assert store.conversations.rows(OTHER).get("ratchet/1") == b"another group's"


def test_the_log_is_kept_in_order(store: VaultStore) -> None:
    store.conversations.add_epoch(GROUP, 1, EpochId(b"b" * 32), Instant(11))
    store.conversations.add_epoch(GROUP, 0, EpochId(b"a" * 32), Instant(10))
    store.conversations.add_epoch(GROUP, 1, EpochId(b"x" * 32), Instant(12))
    assert store.conversations.epochs(GROUP) == [(0, b"a" * 32), (1, b"b" * 32)]


def test_one_commit_waits_for_each_group(store: VaultStore) -> None:
    staged = Staged(GROUP, EnvelopeId(b"1" * 32), EPOCH, b"commit", Instant(10))
    store.conversations.put_staged(staged)
    newer = replace(staged, commit=b"again")
    store.conversations.put_staged(newer)
    assert store.conversations.staged(GROUP) == newer
    store.conversations.delete_staged(GROUP)
    assert store.conversations.staged(GROUP) is None


def test_held_envelopes_come_by_epoch_then_as_they_came(store: VaultStore) -> None:
    second = replace(HELD, envelope_id=EnvelopeId(b"2" * 32))
    early = replace(HELD, envelope_id=EnvelopeId(b"3" * 32), epoch=4, received_at=Instant(12))
    for held in (HELD, second, early, HELD):
        store.conversations.hold(held)
    assert store.conversations.held(TALK) == [early, HELD, second]
    store.conversations.delete_held(HELD.envelope_id)
    assert store.conversations.held(TALK) == [early, second]


def test_a_deleted_group_leaves_nothing_and_touches_no_other(store: VaultStore) -> None:
    for group in (GROUP, OTHER):
        store.conversations.put_group(replace(RECORD, group_id=group))
        store.conversations.rows(group).write((("tree", b"x"),))
        store.conversations.add_epoch(group, 0, EPOCH, Instant(10))
        store.conversations.put_staged(Staged(group, EnvelopeId(b"1" * 32), EPOCH, b"commit", Instant(10)))
    store.conversations.delete_group(GROUP)
    assert store.conversations.group(GROUP) is None
    assert store.conversations.rows(GROUP).keys("") == []
    assert store.conversations.epochs(GROUP) == []
    assert store.conversations.staged(GROUP) is None
    assert store.conversations.group(OTHER) is not None
    assert store.conversations.rows(OTHER).keys("") == ["tree"]
