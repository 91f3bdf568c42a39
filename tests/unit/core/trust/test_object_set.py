"""Sets of verified objects."""

import pytest

from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.objects import Place
from coterie.testing.circle_book import CircleBook
from coterie.testing.group_book import GroupBook


def test_a_copy_grows_alone() -> None:
    book = CircleBook()
    member = book.founder.admit()
    known = book.known()
    draft = known.copy()
    draft.add_decision(member.grant())
    assert len(draft.decisions) == len(known.decisions) + 1
    assert member.id not in known.chains
    draft.add_decision(book.founder.grant())
    assert known.chains[book.founder.id].height + 1 == draft.chains[book.founder.id].height


def test_certificates_make_devices_known_counted_or_not() -> None:
    book = CircleBook()
    member = book.founder.admit()
    laptop = member.certify()
    member.remove(book.founder)
    stranger = member.admit()
    known = book.known()
    assert {member.id, laptop.id, stranger.id, book.founder.id} == set(known.devices)
    assert known.devices[laptop.id].person_id == member.person_id
    assert known.verification_key(laptop.id, ZERO_ID) == laptop.signer.public_key
    assert known.verification_key(b"\x01" * 32, ZERO_ID) is None


def test_the_recovery_key_depends_on_the_chain() -> None:
    book = CircleBook()
    recovery = book.founder.recovery
    assert recovery is not None
    renewal = recovery.issue(body.Recovery(b"\x07" * 32))
    known = book.known()
    assert known.is_recovery_chain(recovery.id)
    assert known.verification_key(recovery.id, ZERO_ID) == recovery.signer.public_key
    assert known.verification_key(recovery.id, renewal.id) == b"\x07" * 32


def test_places_follow_the_chain_and_end_with_it() -> None:
    book = CircleBook()
    member = book.founder.admit()
    known = book.known()
    assert known.place(member.id) == Place(book.scope, member.id, 1)
    first = member.grant()
    known.add_decision(first)
    assert known.place(member.id) == Place(book.scope, member.id, 2, first.id)
    known.add_decision(member.fork(1, body.Recovery(b""))[0])
    with pytest.raises(UserError) as refused:
        known.place(member.id)
    assert refused.value.code == "forked"
    assert len(known.proofs) == 1
    other = book.founder.admit()
    other.name_successor()
    with pytest.raises(UserError) as refused:
        book.known().place(other.id)
    assert refused.value.code == "chain-ended"


def test_a_conversation_takes_its_devices_from_the_circle() -> None:
    book = CircleBook()
    group = GroupBook(book, book.founder)
    known = group.known()
    member = book.founder.admit()
    assert member.id not in known.devices
    assert member.id in known.with_circle(book.known()).devices
    assert known.load([]).beginning is known.beginning


def test_an_empty_set_has_no_beginning() -> None:
    book = CircleBook()
    assert ObjectSet.for_circle(book.scope, book.suite).beginning is None
    assert book.known().beginning is book.decisions[0]
