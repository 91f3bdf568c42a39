"""The branch that arrived first."""

from coterie.core.trust import circle_bodies as body
from coterie.core.trust.fork_choice import already_said, followed
from coterie.testing.circle_book import CircleBook


def test_the_branch_that_arrived_first_is_followed_to_its_end() -> None:
    book = CircleBook()
    member = book.founder.admit()
    honest = [member.grant() for _ in range(3)]
    rivals = member.fork(2, body.Revocation(member.id, ()))
    known = book.known()
    assert followed(known, member.cut_at(1)).hash == honest[-1].id
    late = [d for d in book.decisions if d not in honest[1:]]
    assert followed(book.known([*late, *honest[1:]]), member.cut_at(1)).hash == rivals[0].id


def test_of_two_successors_the_first_is_followed() -> None:
    book = CircleBook()
    member = book.founder.admit()
    member.grant()
    member.name_successor()
    first = book.decisions[-1]
    member.name_successor()
    assert followed(book.known(), member.head).hash == first.id


def test_what_was_said_is_remembered() -> None:
    book = CircleBook()
    member = book.founder.admit()
    member.grant()
    assert already_said(book.known(), book.founder.id) == set()
    book.founder.remove(member, member.head)
    assert already_said(book.known(), book.founder.id) == {member.head.hash}
    assert already_said(book.known(), b"\x01" * 32) == set()
