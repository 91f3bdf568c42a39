"""Events have rising ids that are never given twice."""

from coterie.adapters.vault.store import VaultStore
from coterie.adapters.vault.vault import Vault
from coterie.core.kernel.world import Instant


def test_events_come_in_order_after_an_id(store: VaultStore) -> None:
    assert store.events.last_id() == 0
    ids = [store.events.add(Instant(at), "message", {"text": f"ä{at}", "n": at, "ok": True}) for at in (10, 11, 12)]
    assert ids == [1, 2, 3]
    assert store.events.last_id() == 3
    found = store.events.since(1, 10)
    assert [(event.id, event.at, event.kind) for event in found] == [(2, 11, "message"), (3, 12, "message")]
    assert found[0].data == {"text": "ä11", "n": 11, "ok": True}
    assert [event.id for event in store.events.since(0, 2)] == [1, 2]


def test_T076_what_is_read_at_once_is_bounded_by_its_size_too(store: VaultStore) -> None:
    for length in (10, 5_000, 10, 10, 5_000):
        store.events.add(Instant(1), "x", {"text": "x" * length})
    assert [event.id for event in store.events.since(0, 10, 100)] == [1]
    assert [event.id for event in store.events.since(1, 10, 100)] == [2]
    assert [event.id for event in store.events.since(2, 10, 100)] == [3, 4]
    assert [event.id for event in store.events.since(0, 10)] == [1, 2, 3, 4, 5]


def test_a_pruned_id_is_not_given_again_and_nothing_of_it_is_kept() -> None:
    vault = Vault.memory()
    store, db = vault.store, vault.database
    for at in (10, 11, 12):
        store.events.add(Instant(at), "x", {"text": "said long ago"})
    for _ in range(2):
        store.events.prune(Instant(99))
        assert store.events.since(0, 10) == []
        assert store.events.last_id() == 3
    assert db.rows("SELECT data FROM events") == [("{}",)]
    assert store.events.add(Instant(100), "x", {}) == 4
    store.events.prune(Instant(99))
    assert [event.id for event in store.events.since(0, 10)] == [4]
    assert db.count("SELECT count(*) FROM events") == 1
    vault.close()


def test_pruning_keeps_what_is_young_enough(store: VaultStore) -> None:
    for at in (10, 11, 12):
        store.events.add(Instant(at), "x", {})
    store.events.prune(Instant(11))
    assert [event.id for event in store.events.since(0, 10)] == [2, 3]
