"""Single judgements of a circle's reading; the named sets stand in test_circle_state.py."""

import pytest

from coterie.core.codec.items import Item
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.kernel.limits import DEVICES_PER_PERSON
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.circle_reading import CircleReading
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.rank import rank_of
from coterie.core.trust.roles import Kind, Role
from coterie.testing.circle_book import CircleBook


def test_a_circle_without_its_first_object_is_our_bug() -> None:
    book = CircleBook()
    with pytest.raises(ValueError, match="first object"):
        CircleReading(ObjectSet.for_circle(book.scope, book.suite))


def test_a_policy_holds_from_its_cut_and_for_the_unnamed_from_the_start() -> None:
    book = CircleBook()
    named, unnamed = book.founder.admit(), book.founder.admit()
    named.grant()
    limits = (Item(body.LIMIT_INVITE, True, b"\x03"),)
    book.founder.issue(body.Policy(1, ZERO_ID, limits, (named.head,)))
    reading = CircleReading(book.known())
    reading.run()
    assert reading.policy_at(reading.tracks[named.id], 1) is None
    assert reading.policy_at(reading.tracks[named.id], 2) is not None
    assert reading.policy_at(reading.tracks[unnamed.id], 1) is not None
    track = reading.tracks[unnamed.id]
    assert not reading.may_grant(track, rank_of(Role.MEMBER), 1, Role.GUEST)
    assert reading.may_grant(track, rank_of(Role.ADMIN), 1, Role.MEMBER)
    assert not reading.may_grant(track, rank_of(Role.ADMIN), 1, Role.ADMIN)


def test_what_takes_away_is_told_by_the_decision_alone() -> None:
    book = CircleBook()
    reading = CircleReading(book.known())
    member = book.founder.admit()
    takes = [
        book.founder.remove(member),
        book.founder.revoke(member),
        book.founder.withdraw(book.founder.grant()),
        book.founder.set_role(member, Role.GUEST, 1, before=Role.MEMBER),
    ]
    gives = [book.founder.grant(), book.founder.set_role(member, Role.ADMIN, 2, before=Role.MEMBER)]
    assert all(reading.is_taking(decision) for decision in takes)
    assert not any(reading.is_taking(decision) for decision in gives)


def test_T033_a_raise_disguised_as_a_lowering_does_not_count_beside_a_fork() -> None:
    book = CircleBook()
    owner, friend = book.founder.admit(), book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 1)
    owner.grant()
    lie = owner.fork(1, body.RoleChange(friend.first, Role.ADMIN, 1, Role.OWNER, ()))[0]
    state = book.state()
    assert state.void[lie.id] == "fork"
    assert state.people[friend.person_id].role is Role.MEMBER


def test_a_person_has_a_bounded_number_of_devices() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    for _ in range(DEVICES_PER_PERSON + 1):
        phone.certify()
    state = book.state()
    assert len(state.people[phone.person_id].devices) == DEVICES_PER_PERSON
    assert [state.void[decision.id] for decision in phone.chain[-2:]] == ["too-many-devices"] * 2


def test_a_further_device_is_of_its_persons_kind() -> None:
    book = CircleBook()
    grant = book.founder.grant(kind=Kind.ARCHIVE)
    archive = book.stranger(Kind.ARCHIVE)
    book.founder.issue(book.founder.admission(grant, archive))
    assert archive.certify().id in book.state().devices
