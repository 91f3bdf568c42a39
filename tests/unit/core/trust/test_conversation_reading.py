"""Single judgements of a conversation's reading; its states stand in test_conversation_state.py."""

import pytest

from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.conversation_reading import ConversationReading
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook
from coterie.testing.group_book import GroupBook


def test_a_conversation_without_its_start_is_our_bug() -> None:
    book = CircleBook()
    empty = ObjectSet.for_conversation(b"\x01" * 32, book.known())
    with pytest.raises(ValueError, match="first object"):
        ConversationReading(empty, book.state(), {})


def test_what_takes_away_is_told_by_the_decision_alone() -> None:
    book = CircleBook()
    member = book.founder.admit()
    group = GroupBook(book, book.founder, member)
    reading = ConversationReading(group.known(), book.state(), {})
    takes = [
        group.put_out(book.founder, member),
        group.role(book.founder, member, Role.MEMBER),
        group.issue(member, body.Leave(1, ())),
        group.issue(member, body.ConversationCut(())),
    ]
    gives = [
        group.add(book.founder, member),
        group.role(book.founder, member, Role.ADMIN),
        group.issue(book.founder, body.Settings(1, "t", 0)),
    ]
    assert all(reading.is_taking(decision) for decision in takes)
    assert not any(reading.is_taking(decision) for decision in gives)


def test_only_the_first_device_leaves_for_its_person() -> None:
    book = CircleBook()
    member = book.founder.admit()
    laptop = member.certify()
    group = GroupBook(book, book.founder, member)
    wrong = group.issue(laptop, body.Leave(1, ()))
    assert group.state().void[wrong.id] == "not-permitted"
    right = group.issue(member, body.Leave(1, ()))
    assert group.state().counts(right.id)


def test_a_further_device_does_not_put_its_own_person_out_by_an_old_rank() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    laptop = phone.certify()
    group = GroupBook(book, book.founder, phone)
    group.role(book.founder, phone, Role.ADMIN, 1)
    act = group.put_out(laptop, phone, 9)
    group.role(book.founder, phone, Role.MEMBER, 2, group.cut(phone, laptop))
    assert group.state().void[act.id] == "not-permitted"


def test_versions_are_taken_once() -> None:
    book = CircleBook()
    a, b = book.founder.admit(), book.founder.admit()
    group = GroupBook(book, a, b)
    group.role(a, b, Role.ADMIN, 1)
    again = group.role(a, b, Role.MEMBER, 1)
    one = group.issue(a, body.Settings(1, "one", 0))
    two = group.issue(a, body.Settings(1, "two", 0))
    state = group.state()
    assert state.void[again.id] == state.void[two.id] == "version-taken"
    assert state.counts(one.id)
    assert state.title == "one"


def test_T023_a_member_puts_nobody_out_who_is_outside_already() -> None:
    """Such a word would set where the other's chain ends."""
    book = CircleBook()
    member, other = book.founder.admit(), book.founder.admit()
    group = GroupBook(book, book.founder, member, other)
    group.put_out(book.founder, other, 1, group.cut(other))
    wrong = group.put_out(member, other, 2, group.cut(other))
    state = group.state()
    assert state.void == {wrong.id: "not-permitted"}
    assert state.people[other.person_id].version == 1


def test_somebody_is_added_with_a_version_of_its_own() -> None:
    book = CircleBook()
    member = book.founder.admit()
    group = GroupBook(book, book.founder, member)
    group.put_out(book.founder, member, 1, group.cut(member))
    wrong = group.add(book.founder, member, 1)
    assert group.state().void == {wrong.id: "version-taken"}
    assert group.state().people[member.person_id].role is Role.NONE
