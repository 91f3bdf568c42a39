"""What a device may decide, asked before anything is signed: it agrees with what then counts."""

import random
from collections.abc import Callable

import pytest

from coterie.core.codec.items import Item
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.kernel.limits import CUT_ENTRIES
from coterie.core.trust import circle_acts as acts
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.bodies import DecisionBody, Unknown
from coterie.core.trust.circle_state import CircleState
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.objects import parse_object
from coterie.core.trust.roles import Kind, Role
from coterie.testing.circle_book import EXPIRY, CircleBook, Pen
from coterie.testing.random_circles import RandomCircle


def refusal(work: Callable[[], object]) -> str:
    try:
        work()
    except (PeerError, UserError) as error:
        return error.code
    return ""


def attempts(state: CircleState, pen: Pen, other: Pen, chance: random.Random) -> list[Callable[[], DecisionBody]]:
    role = chance.choice((Role.GUEST, Role.MEMBER, Role.ADMIN, Role.OWNER))
    grants = [*state.grants, b"\x01" * 32]
    return [
        lambda: acts.grant(state, pen.id, b"\x01" * 32, EXPIRY, role),
        lambda: acts.removal(state, pen.id, other.person_id),
        lambda: acts.leaving(state, pen.id),
        lambda: acts.revocation(state, pen.id, other.id),
        lambda: acts.role_change(state, pen.id, other.person_id, role),
        lambda: acts.policy(state, pen.id, ()),
        lambda: acts.withdrawal(state, pen.id, chance.choice(grants)),
    ]


def test_what_is_permitted_counts_once_it_is_issued() -> None:
    issued = 0
    for seed in range(250):
        book = RandomCircle(seed, 25, honest=seed % 2 == 0).book
        state = book.state()
        chance = random.Random(seed)
        pens = [pen for pen in book.devices if state.is_active(pen.id) and pen.id not in state.unsettled]
        pen = chance.choice([*pens, book.founder])
        for work in attempts(state, pen, chance.choice(book.devices), chance):
            try:
                content = work()
            except UserError:
                continue
            decision = pen.issue(content)
            assert book.state().counts(decision.id), f"seed {seed}: {type(content).__name__}"
            book.decisions.pop()
            pen.chain.pop()
            issued += 1
    assert issued > 300


def test_T023_what_is_not_permitted_is_never_issued() -> None:
    book = CircleBook()
    member, guest = book.founder.admit(), book.founder.admit(Role.GUEST)
    admin = book.founder.admit(Role.ADMIN)
    laptop = member.certify()
    grant = admin.grant()
    state = book.state()
    refused: list[Callable[[], object]] = [
        lambda: acts.grant(state, guest.id, b"", EXPIRY),
        lambda: acts.grant(state, member.id, b"", EXPIRY, Role.ADMIN),
        lambda: acts.grant(state, book.founder.id, b"", EXPIRY, Role.OWNER),
        lambda: acts.removal(state, member.id, guest.person_id),
        lambda: acts.removal(state, admin.id, book.founder.person_id),
        lambda: acts.leaving(state, laptop.id),
        lambda: acts.revocation(state, laptop.id, member.id),
        lambda: acts.revocation(state, member.id, guest.id),
        lambda: acts.role_change(state, admin.id, member.person_id, Role.ADMIN),
        lambda: acts.role_change(state, member.id, member.person_id, Role.OWNER),
        lambda: acts.policy(state, admin.id, ()),
        lambda: acts.withdrawal(state, member.id, grant.id),
    ]
    assert [refusal(work) for work in refused] == ["not-permitted"] * len(refused)
    assert refusal(lambda: acts.removal(state, admin.id, b"\x01" * 32)) == "unknown-person"
    assert refusal(lambda: acts.revocation(state, admin.id, b"\x01" * 32)) == "unknown-device"
    assert refusal(lambda: acts.withdrawal(state, admin.id, b"\x01" * 32)) == "unknown-invitation"
    assert refusal(lambda: acts.role_change(state, book.founder.id, member.person_id, Role.NONE)) == "unknown-role"


def test_what_each_role_may() -> None:
    book = CircleBook()
    admin, member, guest = book.founder.admit(Role.ADMIN), book.founder.admit(), book.founder.admit(Role.GUEST)
    laptop = member.certify()
    grant = member.grant()
    state = book.state()
    permitted: list[tuple[Pen, Callable[[], DecisionBody]]] = [
        (member, lambda: acts.grant(state, member.id, b"\x01" * 32, EXPIRY)),
        (book.founder, lambda: acts.grant(state, book.founder.id, b"\x01" * 32, EXPIRY, Role.ADMIN)),
        (admin, lambda: acts.role_change(state, admin.id, member.person_id, Role.GUEST)),
        (admin, lambda: acts.role_change(state, admin.id, guest.person_id, Role.MEMBER)),
        (admin, lambda: acts.withdrawal(state, admin.id, grant.id)),
        (admin, lambda: acts.revocation(state, admin.id, laptop.id)),
        (book.founder, lambda: acts.revocation(state, book.founder.id, member.id)),
    ]
    for pen, work in permitted:
        decision = pen.issue(work())
        assert book.state().counts(decision.id)
        book.decisions.pop()
        pen.chain.pop()


def test_nobody_removes_oneself_as_somebody_below() -> None:
    """An admin who is to be a member from a later decision on stands above what they will be."""
    book = CircleBook()
    admin = book.founder.admit(Role.ADMIN)
    book.founder.set_role(admin, Role.MEMBER, 1, cut=[CutEntry(admin.id, 5, b"\x01" * 32)])
    assert refusal(lambda: acts.removal(book.state(), admin.id, admin.person_id)) == "not-permitted"


def test_who_may_not_is_told_who_may() -> None:
    book = CircleBook()
    admin, other = book.founder.admit(Role.ADMIN), book.founder.admit(Role.ADMIN)
    with pytest.raises(UserError) as caught:
        acts.removal(book.state(), admin.id, book.founder.person_id)
    assert caught.value.hint == "an owner senior to them may; the founder can only leave"
    with pytest.raises(UserError) as caught:
        acts.role_change(book.state(), admin.id, other.person_id, Role.OWNER)
    assert caught.value.hint == "an owner senior to them may"
    with pytest.raises(UserError) as caught:
        acts.policy(book.state(), admin.id, ())
    assert caught.value.hint == "an owner of the circle may"


def test_what_a_device_may_is_what_its_next_decision_would_be_read_with() -> None:
    """A cut may say that a role holds from a later serial on than where the device stands."""
    book = CircleBook()
    admin, member = book.founder.admit(), book.founder.admit()
    book.founder.set_role(admin, Role.ADMIN, 1, cut=[CutEntry(admin.id, 5, b"\x01" * 32)])
    assert book.state().people[admin.person_id].role is Role.ADMIN
    for _ in range(5):
        assert refusal(lambda: acts.removal(book.state(), admin.id, member.person_id)) == "not-permitted"
        admin.grant()
    assert book.state().counts(admin.issue(acts.removal(book.state(), admin.id, member.person_id)).id)


def test_who_is_out_may_nothing() -> None:
    book = CircleBook()
    member = book.founder.admit()
    book.founder.remove(member, member.head)
    state = book.state()
    assert refusal(lambda: acts.grant(state, member.id, b"", EXPIRY)) == "not-a-member"
    assert refusal(lambda: acts.leaving(state, member.id)) == "not-a-member"
    assert refusal(lambda: acts.leaving(state, b"\x01" * 32)) == "not-a-member"
    assert refusal(lambda: acts.removal(state, book.founder.id, member.person_id)) == "unknown-person"


def admissible(book: CircleBook, pen: Pen, grant_id: bytes, now: int = EXPIRY - 1, kind: Kind = Kind.PERSON) -> str:
    state = book.state()
    return refusal(lambda: acts.check_admission(state, pen.id, grant_id, kind, now))


def test_T033_T047_T048_a_grant_admits_one_person_in_time_until_it_is_withdrawn() -> None:
    book = CircleBook()
    member = book.founder.admit()
    grant = member.grant()
    assert admissible(book, member, grant.id) == ""
    assert admissible(book, member, grant.id, now=EXPIRY) == "invite-expired"
    assert admissible(book, member, grant.id, kind=Kind.BRIDGE) == "wrong-kind"
    assert admissible(book, book.founder, grant.id) == "inviter-not-authorised"
    assert admissible(book, member, b"\x01" * 32) == "inviter-not-authorised"
    spent = member.grant()
    member.issue(member.admission(spent, book.stranger()))
    assert admissible(book, member, spent.id) == "invite-used"
    member.issue(acts.withdrawal(book.state(), member.id, grant.id))
    assert admissible(book, member, grant.id) == "invite-withdrawn"


def test_T056_an_inviter_removed_or_without_the_right_admits_nobody() -> None:
    for change in ("removed", "guest", "policy", "newer"):
        book = CircleBook()
        member = book.founder.admit()
        grant, used = member.grant(), member.grant()
        member.issue(member.admission(used, book.stranger()))
        founder = book.founder
        contents: dict[str, DecisionBody] = {
            "removed": acts.removal(book.state(), founder.id, member.person_id),
            "guest": acts.role_change(book.state(), founder.id, member.person_id, Role.GUEST),
            "policy": acts.policy(book.state(), founder.id, [Item(body.LIMIT_INVITE, True, b"\x03")]),
            "newer": Unknown(0x8150, b""),
        }
        founder.issue(contents[change])
        assert admissible(book, member, grant.id) == "inviter-not-authorised", change
        assert admissible(book, member, used.id) == ("inviter-not-authorised" if change == "removed" else "invite-used")
        admission = member.issue(member.admission(grant, book.stranger()))
        assert book.state().counts(admission.id) == (change == "newer")


def test_T014_a_newer_decision_stops_what_gives_and_not_what_takes() -> None:
    book = CircleBook()
    member, other = book.founder.admit(), book.founder.admit()
    other.issue(Unknown(0x8150, b""))
    state = book.state()
    assert refusal(lambda: acts.grant(state, member.id, b"", EXPIRY)) == "needs-newer-version"
    assert refusal(lambda: acts.policy(state, book.founder.id, ())) == "needs-newer-version"
    role_change = acts.role_change(state, book.founder.id, member.person_id, Role.GUEST)
    assert role_change.role is Role.GUEST
    assert acts.role_change(state, book.founder.id, member.person_id, Role.MEMBER).role is Role.MEMBER
    book.founder.issue(acts.removal(state, book.founder.id, other.person_id))
    assert not book.state([d for d in book.decisions if not isinstance(d.body, Unknown)]).newer


def test_a_forked_device_gives_nothing() -> None:
    book = CircleBook()
    member = book.founder.admit()
    grant = member.grant()
    member.grant()
    member.fork(2, body.Revocation(b"\x01" * 32, ()))
    state = book.state()
    assert refusal(lambda: acts.grant(state, member.id, b"", EXPIRY)) == "forked"
    assert state.grants[grant.id].status == "open"
    assert admissible(book, member, grant.id) == "inviter-not-authorised"


def test_settlements_come_from_seniors_only() -> None:
    book = CircleBook()
    admin, member, other = book.founder.admit(Role.ADMIN), book.founder.admit(), book.founder.admit()
    member.grant()
    member.fork(1, body.Revocation(b"\x01" * 32, ()))
    known, state = book.known(), book.state()
    assert acts.settlements(known, state, other.id) == ()
    assert acts.settlements(known, state, member.id) == ()
    assert acts.settlements(known, state, b"\x01" * 32) == ()
    assert len(acts.settlements(known, state, admin.id)) == 1
    assert len(acts.settlements(known, state, book.founder.id)) == 1
    admin.issue(acts.settlements(known, state, admin.id)[0])
    book.founder.issue(acts.settlements(known, state, book.founder.id)[0])
    settled = book.state()
    assert settled.unsettled == ()
    assert settled.people[member.person_id].role is Role.MEMBER


def test_who_has_forked_or_is_out_settles_nothing() -> None:
    book = CircleBook()
    admin, gone, member = book.founder.admit(Role.ADMIN), book.founder.admit(Role.ADMIN), book.founder.admit()
    for pen in (admin, member):
        pen.grant()
        pen.fork(1, body.Revocation(b"\x01" * 32, ()))
    book.founder.remove(gone, gone.head)
    assert acts.settlements(book.known(), book.state(), admin.id) == ()
    assert acts.settlements(book.known(), book.state(), gone.id) == ()
    assert len(acts.settlements(book.known(), book.state(), book.founder.id)) == 2


def test_who_leaves_names_the_others_only_if_no_owner_is_left() -> None:
    book = CircleBook()
    other, member = book.founder.admit(), book.founder.admit()
    book.founder.set_role(other, Role.OWNER, 1, cut=[other.head])
    state = book.state()
    assert {entry.issuer for entry in acts.leaving(state, member.id).cut} == {member.id}
    assert {entry.issuer for entry in acts.leaving(state, book.founder.id).cut} == {book.founder.id}
    other.issue(acts.leaving(state, other.id))
    everybody = {book.founder.id, other.id, member.id}
    assert {entry.issuer for entry in acts.leaving(book.state(), book.founder.id).cut} >= everybody - {other.id}


def test_a_revocation_names_the_devices_below_and_a_leaving_owner_those_of_all() -> None:
    book = CircleBook()
    member = book.founder.admit()
    laptop = member.certify()
    tablet = laptop.certify()
    state = book.state()
    named = {entry.issuer for entry in acts.revocation(state, member.id, member.id).cut}
    assert named == {member.id, laptop.id, tablet.id}
    leaving = {entry.issuer for entry in acts.leaving(state, book.founder.id).cut}
    assert leaving == {book.founder.id, member.id, laptop.id, tablet.id}


@pytest.mark.parametrize("role", [Role.GUEST, Role.MEMBER, Role.ADMIN, Role.OWNER])
def test_a_role_change_carries_what_was_before(role: Role) -> None:
    book = CircleBook()
    member = book.founder.admit()
    content = acts.role_change(book.state(), book.founder.id, member.person_id, role)
    assert (content.before, content.role, content.version) == (Role.MEMBER, role, 1)
    book.founder.issue(content)
    assert book.state().people[member.person_id].role is role


def test_settling_a_fork_moves_nobody_up_the_line() -> None:
    """The founder names an owner owner again whom others made one: forking one's own chain is no way up."""
    book = CircleBook()
    line = [book.founder]
    for giver in (book.founder, 1, 1, 2):
        promoter = line[giver] if isinstance(giver, int) else giver
        line.append(promoter.admit())
        promoter.set_role(line[-1], Role.OWNER, 1, cut=[line[-1].head])
    forker = line[-1]
    forker.grant()
    removal = forker.remove(line[2])
    forker.fork(1, body.Revocation(b"\x01" * 32, ()))
    state = book.state()
    assert [state.seniority(pen.id) for pen in line] == [0, 1, 2, 3, 4]
    book.founder.issue(acts.settlements(book.known(), state, book.founder.id)[0])
    settled = book.state()
    assert settled.unsettled == ()
    assert [settled.seniority(pen.id) for pen in line] == [0, 1, 2, 3, 4]
    assert settled.void[removal.id] == "not-permitted"


def test_a_version_that_a_junior_has_used_up_is_no_wall_to_a_senior() -> None:
    book = CircleBook()
    admin, member = book.founder.admit(Role.ADMIN), book.founder.admit()
    admin.set_role(member, Role.GUEST, body.HIGHEST_VERSION, cut=[member.head])
    book.founder.issue(acts.role_change(book.state(), book.founder.id, member.person_id, Role.ADMIN))
    assert book.state().people[member.person_id].role is Role.ADMIN


def test_a_leaving_owner_of_a_large_circle_names_as_much_as_a_cut_can() -> None:
    book = CircleBook()
    members = [book.founder.admit() for _ in range(CUT_ENTRIES)]
    last = max(members, key=lambda pen: pen.id)
    last.grant()
    leaving = acts.leaving(book.state(), book.founder.id)
    assert len(leaving.cut) == CUT_ENTRIES
    assert last.head in leaving.cut, "chains that have something are named first"
    parse_object(book.founder.issue(leaving).raw)


def test_the_last_owner_who_steps_down_says_from_where_on_the_next_one_is() -> None:
    book = CircleBook()
    admin = book.founder.admit(Role.ADMIN)
    early = admin.issue(body.Policy(1, ZERO_ID, (), ()))
    down = acts.role_change(book.state(), book.founder.id, book.founder.person_id, Role.MEMBER)
    book.founder.issue(down)
    state = book.state()
    assert state.people[admin.person_id].role is Role.OWNER
    assert state.void[early.id] == "not-permitted"
