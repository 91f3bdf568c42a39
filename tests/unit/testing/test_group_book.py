"""Groups to test with."""

from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook
from coterie.testing.group_book import GroupBook


def test_a_group_of_a_book_is_evaluated_in_its_circle() -> None:
    book = CircleBook()
    member = book.founder.admit()
    group = GroupBook(book, book.founder, member)
    group.role(book.founder, member, Role.ADMIN)
    state = group.state()
    assert state.people[member.person_id].role is Role.ADMIN
    assert group.head(book.founder).serial == 2
    assert group.head(member).serial == 0
    assert len(group.cut(book.founder, member)) == 2
    fork = group.fork(member, 1, group.decisions[1].body)
    assert fork.serial == 1
