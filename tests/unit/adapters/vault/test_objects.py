"""Decisions are kept for ever, facts are replaced by higher revisions only."""

from dataclasses import replace

from coterie.adapters.vault.store import VaultStore
from coterie.core.engine.ports.objects import StoredObject
from coterie.core.kernel.ids import CircleId, ObjectId
from coterie.core.kernel.limits import HIGHEST_NUMBER
from coterie.core.kernel.world import Instant

GARDEN = CircleId(b"g" * 32)
FIRST = StoredObject(GARDEN, GARDEN, ObjectId(b"1" * 32), 5, b"a" * 32, b"", 1, b"bytes", Instant(10))
FACT = replace(FIRST, type=20, subject=b"s" * 32, number=3)


def test_decisions_come_chain_by_chain(store: VaultStore) -> None:
    second = replace(FIRST, object_id=ObjectId(b"2" * 32), number=2)
    rival = replace(second, object_id=ObjectId(b"3" * 32), received_at=Instant(11))
    other = replace(FIRST, object_id=ObjectId(b"4" * 32), issuer=b"0" * 32, number=HIGHEST_NUMBER)
    for stored in (rival, second, other, FIRST):
        assert store.objects.add_decision(stored)
    assert not store.objects.add_decision(FIRST)
    assert store.objects.decisions(GARDEN) == [other, FIRST, second, rival]
    assert store.objects.decision_count(GARDEN) == 4
    assert store.objects.decision_count(bytes(32)) == 0


def test_a_fact_gives_way_to_a_higher_revision_only(store: VaultStore) -> None:
    assert store.objects.put_fact(FACT)
    assert not store.objects.put_fact(replace(FACT, number=2, data=b"older"))
    assert not store.objects.put_fact(replace(FACT, data=b"same revision"))
    newer = replace(FACT, number=4, object_id=ObjectId(b"9" * 32), data=b"newer", received_at=Instant(12))
    assert store.objects.put_fact(newer)
    assert store.objects.fact(GARDEN, FACT.issuer, 20, FACT.subject) == newer
    assert store.objects.facts(GARDEN) == [newer]
    assert store.objects.fact(GARDEN, FACT.issuer, 21, FACT.subject) is None


def test_facts_of_other_subjects_and_types_stand_beside_each_other(store: VaultStore) -> None:
    for fact in (FACT, replace(FACT, subject=b"t" * 32), replace(FACT, type=21)):
        assert store.objects.put_fact(fact)
    assert len(store.objects.facts(GARDEN)) == 3


def test_waiting_objects_go_when_judged(store: VaultStore) -> None:
    store.objects.add_waiting(GARDEN, GARDEN, ObjectId(b"2" * 32), b"later", Instant(11))
    store.objects.add_waiting(GARDEN, GARDEN, ObjectId(b"1" * 32), b"early", Instant(10))
    store.objects.add_waiting(GARDEN, GARDEN, ObjectId(b"1" * 32), b"early", Instant(12))
    assert store.objects.waiting(GARDEN) == [b"early", b"later"]
    store.objects.drop_waiting(ObjectId(b"1" * 32))
    assert store.objects.waiting(GARDEN) == [b"later"]


def test_evidence_is_kept_once(store: VaultStore) -> None:
    assert store.objects.add_evidence(GARDEN, GARDEN, "decision", b"one", b"two", Instant(10))
    assert not store.objects.add_evidence(GARDEN, GARDEN, "decision", b"one", b"two", Instant(11))
    assert store.objects.evidence(GARDEN) == [("decision", b"one", b"two")]
