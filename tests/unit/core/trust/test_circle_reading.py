"""Single judgements of a circle's reading; the named sets stand in test_circle_state.py."""

from dataclasses import replace

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
        book.founder.set_role(member, Role.MEMBER, 1, before=Role.MEMBER),
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


def test_what_takes_away_counts_beside_a_fork() -> None:
    book = CircleBook()
    owner, friend = book.founder.admit(), book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 1)
    owner.grant()
    lowering = owner.fork(1, body.RoleChange(friend.first, Role.GUEST, 1, Role.MEMBER, ()))[0]
    state = book.state()
    assert state.counts(lowering.id)
    assert state.people[friend.person_id].role is Role.GUEST


def test_a_device_is_certified_once() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    laptop = phone.certify()
    grant = laptop.grant()
    assert laptop.certificate is not None
    again = phone.issue(body.FurtherCertificate(laptop.certificate))
    state = book.state()
    assert state.void[again.id] == "already-known"
    assert state.people[phone.person_id].devices == (phone.id, laptop.id)
    assert state.counts(grant.id)


def test_no_device_is_of_another_kind_than_its_person() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    archive = book.further_device(replace(phone, first=book.stranger(Kind.ARCHIVE).first)).certificate
    assert archive is not None
    wrong = phone.issue(body.FurtherCertificate(archive))
    assert book.state().void[wrong.id] == "wrong-kind"


def test_nobody_revokes_a_recovery_key() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    assert phone.recovery is not None
    wrong = [pen.issue(body.Revocation(phone.recovery.id, ())) for pen in (book.founder, phone, phone.recovery)]
    state = book.state()
    assert [state.void[decision.id] for decision in wrong] == ["not-permitted"] * 3
    phone.recovery.revoke(phone, phone.head)
    assert book.state().people[phone.person_id].devices == ()


def test_of_two_policies_with_one_version_the_first_counts() -> None:
    book = CircleBook()
    first = book.founder.issue(body.Policy(1, ZERO_ID, (Item(body.LIMIT_INVITE, True, b"\x03"),), ()))
    second = book.founder.issue(body.Policy(1, ZERO_ID, (), ()))
    state = book.state()
    assert state.void == {second.id: "version-taken"}
    assert state.policy_id == first.id


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
