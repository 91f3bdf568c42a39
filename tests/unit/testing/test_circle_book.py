"""The book writes what intake takes."""

from coterie.core.trust.circle_state import evaluate_circle
from coterie.core.trust.intake import receive
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook, set_of


def test_a_signed_book_passes_intake_and_gives_the_same_state() -> None:
    book = CircleBook("whole", signed=True)
    member = book.founder.admit()
    laptop = member.certify()
    book.founder.set_role(member, Role.ADMIN, 1, cut=[member.head])
    laptop.admit()
    received = receive(ObjectSet.for_circle(book.scope, book.suite), [d.raw for d in book.decisions])
    assert received.refused == ()
    assert evaluate_circle(received.known) == book.state()


def test_stand_ins_are_refused_by_intake() -> None:
    book = CircleBook("stand-ins")
    received = receive(ObjectSet.for_circle(book.scope, book.suite), [d.raw for d in book.decisions])
    assert [refusal.error.code for refusal in received.refused] in (["bad-signature"], ["weak-key"], ["malformed"])


def test_a_set_leaves_out_what_has_no_predecessor() -> None:
    book = CircleBook()
    first, second = book.founder.grant(), book.founder.grant()
    known = set_of(book.scope, book.suite, [second, book.decisions[0]])
    assert set(known.decisions) == {book.decisions[0].id}
    assert set(set_of(book.scope, book.suite, [second, first, book.decisions[0]]).decisions) == {
        d.id for d in book.decisions
    }


def test_a_book_replays() -> None:
    one, other = CircleBook("same"), CircleBook("same")
    assert one.founder.admit().id == other.founder.admit().id
    assert CircleBook("other").scope != one.scope
