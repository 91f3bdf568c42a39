from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.parting import parting
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook
from coterie.testing.group_book import GroupBook


def test_who_was_put_out_may_have_what_says_so_and_what_stood_before_it_in_that_chain() -> None:
    circle = CircleBook("parting")
    creator = circle.founder
    one, other, late = creator.admit(), creator.admit(), creator.admit()
    group = GroupBook(circle, creator, one, other)
    role = group.role(creator, other, Role.MEMBER)
    out = group.put_out(creator, one)
    group.add(creator, late)
    start = group.decisions[0]
    assert parting(group.known(), group.state(), one.person_id) == {start.id, role.id, out.id}
    for person in (creator, other, late):
        assert parting(group.known(), group.state(), person.person_id) == frozenset()
    assert parting(group.known(), group.state(), b"\x07" * 32) == frozenset()


def test_with_it_comes_what_made_its_issuer_an_admin() -> None:
    circle = CircleBook("parting by another")
    creator = circle.founder
    admin, one = creator.admit(), creator.admit()
    group = GroupBook(circle, creator, admin, one)
    role = group.role(creator, admin, Role.ADMIN)
    out = group.put_out(admin, one)
    group.issue(creator, body.Settings(1, "a new title", 0))
    assert parting(group.known(), group.state(), one.person_id) == {group.decisions[0].id, role.id, out.id}


def test_who_left_or_came_back_needs_nothing() -> None:
    circle = CircleBook("no parting")
    creator = circle.founder
    gone, back = creator.admit(), creator.admit()
    group = GroupBook(circle, creator, gone, back)
    group.issue(gone, body.Leave(1, ()))
    group.put_out(creator, back)
    group.add(creator, back, version=2)
    for person in (gone, back):
        assert parting(group.known(), group.state(), person.person_id) == frozenset()
