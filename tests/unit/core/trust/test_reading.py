"""What the order of reading rests on; the states that follow are tested with circles and conversations."""

from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.circle_reading import CircleReading
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.reading import COUNTS, WAITS, finals_in, is_ended, serials
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook

A, B, HASH = b"\x01" * 32, b"\x02" * 32, b"\x09" * 32


def test_a_successors_entry_says_nothing_of_the_chain_before_it() -> None:
    cut = (CutEntry(A, 3, HASH), CutEntry(A, LAST_SERIAL, HASH), CutEntry(B, LAST_SERIAL, A))
    assert serials(cut) == {A: 3, B: 0}
    assert finals_in(cut) == {HASH, A}


def read(book: CircleBook) -> CircleReading:
    reading = CircleReading(book.known())
    reading.run()
    return reading


def test_every_decision_gets_a_verdict() -> None:
    book = CircleBook()
    member = book.founder.admit()
    waits = book.founder.remove(book.stranger())
    void = member.remove(book.founder)
    verdicts = read(book).verdicts
    assert len(verdicts) == len(book.decisions)
    assert verdicts[waits.id] == WAITS
    assert verdicts[void.id] == "not-permitted"
    assert verdicts[book.decisions[0].id] == COUNTS


def test_a_fork_of_the_recovery_chain_is_settled_by_a_senior_or_not_at_all() -> None:
    book = CircleBook()
    member = book.founder.admit()
    recovery = member.recovery
    assert recovery is not None
    root = recovery.certify()
    recovery.fork(1, body.Revocation(ZERO_ID, ()))
    assert root.id not in read(book).tracks
    book.founder.set_role(member, Role.MEMBER, 1, cut=[recovery.head, member.head])
    assert root.id in read(book).tracks


def test_the_recovery_key_names_the_branch_of_its_own_devices() -> None:
    book = CircleBook()
    member = book.founder.admit()
    friend = member.admit()
    member.fork(1, body.Revocation(ZERO_ID, ()))
    assert friend.person_id not in read(book).people
    assert member.recovery is not None
    member.recovery.revoke(member, member.head)
    reading = read(book)
    assert friend.person_id in reading.people
    assert is_ended(reading.tracks[member.id])


def test_a_device_does_not_settle_its_own_fork() -> None:
    book = CircleBook()
    member = book.founder.admit()
    friend = member.admit()
    member.fork(1, body.Revocation(ZERO_ID, ()))
    member.issue(body.Withdrawal(member.chain[0].id, (member.head,)))
    assert friend.person_id not in read(book).people


def test_of_several_seniors_cuts_the_first_read_counts() -> None:
    book = CircleBook()
    admin, member = book.founder.admit(Role.ADMIN), book.founder.admit()
    honest = member.admit()
    rival_grant = member.fork(1, member.chain[0].body, body.Revocation(ZERO_ID, ()))
    wrong = CutEntry(member.id, 2, rival_grant[1].id)
    admin.set_role(member, Role.MEMBER, 1, cut=[wrong])
    assert honest.person_id not in read(book).people
    book.founder.set_role(member, Role.MEMBER, 1, cut=[member.head])
    assert honest.person_id in read(book).people


def test_who_was_thrown_out_by_one_side_of_its_own_fork_comes_back_by_a_seniors_cut() -> None:
    book = CircleBook()
    member = book.founder.admit()
    friend = member.admit()
    member.fork(1, body.Removal(member.person_id, ()))
    reading = read(book)
    assert reading.people[member.person_id].removed
    assert reading.is_stuck(reading.tracks[member.id])
    book.founder.set_role(member, Role.MEMBER, 1, cut=[member.head])
    reading = read(book)
    assert not reading.people[member.person_id].removed
    assert friend.person_id in reading.people


def test_who_is_not_above_names_nothing() -> None:
    book = CircleBook()
    member, equal = book.founder.admit(), book.founder.admit()
    friend = member.admit()
    member.fork(1, body.Revocation(ZERO_ID, ()))
    grant = equal.grant()
    withdrawal = equal.withdraw(grant, member.head, equal.head)
    reading = read(book)
    assert reading.verdicts[withdrawal.id] == COUNTS
    assert friend.person_id not in reading.people


def test_a_recovery_key_settles_no_other_persons_fork() -> None:
    book = CircleBook()
    former, member = book.founder.admit(), book.founder.admit()
    book.founder.set_role(former, Role.OWNER, 1, cut=[former.head])
    book.founder.set_role(former, Role.MEMBER, 2, before=Role.OWNER, cut=[former.head])
    good = member.admit()
    member.fork(1, body.Revocation(member.id, ()))
    assert former.recovery is not None
    former.recovery.revoke(former, former.head, member.head)
    state = book.state()
    assert state.unsettled == (member.id,)
    assert good.person_id not in state.people
