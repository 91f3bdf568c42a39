"""Digests, summaries and what another device lacks."""

import random

from coterie.core.trust import circle_bodies as body
from coterie.core.trust.intake import receive
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.summary import (
    Summary,
    decisions_digest,
    facts_digest,
    has_all,
    has_decisions,
    missing,
    summary,
)
from coterie.testing.circle_book import CircleBook
from coterie.testing.object_samples import samples
from coterie.testing.random_circles import RandomCircle


def held(book: CircleBook, decisions: int) -> ObjectSet:
    return receive(ObjectSet.for_circle(book.scope, book.suite), [d.raw for d in book.decisions[:decisions]]).known


def test_two_devices_end_with_the_same_set() -> None:
    for seed in range(5):
        book = RandomCircle(seed, 12, signed=True, honest=True).book
        chance = random.Random(seed)
        one, other = held(book, chance.randint(1, len(book.decisions))), held(book, len(book.decisions))
        for_one = missing(other, summary(one))
        assert len(for_one) == len(other.decisions) - len(one.decisions), "an honest lag costs nothing too much"
        assert missing(one, summary(other)) == ()
        one = receive(one, for_one).known
        assert decisions_digest(one) == decisions_digest(other)


def test_devices_that_hold_two_sides_of_a_fork_exchange_them() -> None:
    book = CircleBook("sides", signed=True)
    member = book.founder.admit()
    honest = [member.grant(), member.grant()]
    rivals = member.fork(1, body.Removal(member.person_id, ()))
    base = [d.raw for d in book.decisions if d.issuer == book.founder.id]
    start = ObjectSet.for_circle(book.scope, book.suite)
    one = receive(start, [*base, *(d.raw for d in honest)]).known
    other = receive(start, [*base, *(d.raw for d in rivals)]).known
    for _ in range(2):
        for_one, for_other = missing(other, summary(one)), missing(one, summary(other))
        one, other = receive(one, for_one).known, receive(other, for_other).known
    assert decisions_digest(one) == decisions_digest(other)
    assert len(one.proofs) == 1
    assert len(summary(one).chains) == 3


def test_an_empty_summary_asks_for_everything_in_an_order_that_fits() -> None:
    book = CircleBook("all", signed=True)
    book.founder.admit().admit()
    known = held(book, 99)
    received = receive(ObjectSet.for_circle(book.scope, book.suite), missing(known, Summary((), ())))
    assert received.known.decisions.keys() == known.decisions.keys()
    assert received.waiting == ()


def test_facts_go_to_who_has_an_older_revision() -> None:
    sample = samples()
    known = held(sample.book, 2)
    fact = sample.facts["profile"]
    newer = receive(known, [fact.raw]).known
    assert missing(newer, summary(known)) == (fact.raw,)
    assert missing(newer, summary(newer)) == ()
    assert facts_digest(known) != facts_digest(newer)
    assert decisions_digest(known) == decisions_digest(newer)


def test_a_successors_certificate_alone_does_not_look_like_the_whole_chain() -> None:
    book = CircleBook("alone", signed=True)
    member = book.founder.admit()
    member.grant()
    member.name_successor()
    raws = [d.raw for d in book.decisions]
    start = ObjectSet.for_circle(book.scope, book.suite)
    only_final, without_final = receive(start, [*raws[:-2], raws[-1]]).known, receive(start, raws[:-1]).known
    to_one, to_other = missing(without_final, summary(only_final)), missing(only_final, summary(without_final))
    assert (to_one, to_other) == ((raws[-2],), (raws[-1],))


def test_everything_of_another_device_is_here_or_not() -> None:
    sample = samples()
    some, more = held(sample.book, 1), held(sample.book, 2)
    with_fact = receive(more, [sample.facts["profile"].raw]).known
    assert has_all(some, Summary((), ()))
    for less, all_of_it in ((some, more), (more, with_fact)):
        assert has_all(all_of_it, summary(less))
        assert has_all(all_of_it, summary(all_of_it))
        assert not has_all(less, summary(all_of_it))
    assert has_decisions(more, summary(with_fact))
    assert has_decisions(with_fact, summary(some))
    assert not has_decisions(some, summary(more))
