"""Chains and their forks."""

from dataclasses import replace

from coterie.core.trust import circle_bodies as body
from coterie.core.trust.chain import Chain
from coterie.core.trust.objects import Decision
from coterie.testing.circle_book import CircleBook


def forked() -> tuple[list[Decision], list[Decision], Decision]:
    book = CircleBook()
    member = book.founder.admit()
    line = [member.grant() for _ in range(4)]
    branch = member.fork(3, body.Revocation(member.id, ()), body.Recovery(b""))
    member.name_successor()
    return line, branch, book.decisions[-1]


def chain_of(decisions: list[Decision]) -> Chain:
    chain = Chain()
    for decision in decisions:
        assert chain.fits(decision)
        chain.add(decision)
    return chain


def test_a_decision_fits_after_its_predecessor_only() -> None:
    line, branch, final = forked()
    chain = chain_of(line[:1])
    assert [chain.fits(decision) for decision in (*line[1:], *branch)] == [True, False, False, False, False]
    assert chain.fits(final)


def test_a_decision_that_leaves_out_a_serial_does_not_fit() -> None:
    line, _, _ = forked()
    gap = replace(line[2], previous=line[0].id)
    assert not chain_of(line[:1]).fits(gap)
    assert chain_of(line[:2]).fits(line[2])


def test_siblings_are_the_same_whoever_came_first() -> None:
    line, branch, _ = forked()
    one, other = chain_of([*line, *branch]), chain_of([*line[:2], *branch, *line[2:]])
    assert one.children == other.children
    assert one.forked
    assert other.forked
    assert not chain_of(line).forked
    assert {tip.id for tip in one.tips()} == {line[-1].id, branch[-1].id}
    assert one.height == 4


def test_lines_up_and_down() -> None:
    line, branch, final = forked()
    chain = chain_of([*line, *branch, final])
    assert [d.id for d in chain.ancestors(branch[1])] == [d.id for d in (branch[1], branch[0], line[1], line[0])]
    below = chain.descendants(line[1].id)
    assert {d.id for d in below} == {d.id for d in (*line[2:], *branch)}
    assert [d.serial for d in below] == [3, 3, 4, 4]
    assert chain.finals == (final,)
    assert chain.siblings(final) == (final,)


def test_a_copy_is_independent() -> None:
    line, branch, _ = forked()
    chain = chain_of(line)
    copy = chain.copy()
    for decision in branch:
        copy.add(decision)
    assert not chain.forked
    assert len(copy.by_id) == len(chain.by_id) + 2
