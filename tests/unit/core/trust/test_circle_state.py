"""The state of a circle: every named set of the reference, and the rules one by one."""

import time

from coterie.core.codec.items import Item
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.bodies import Unknown
from coterie.core.trust.circle_acts import leaving, revocation, role_change, settlements
from coterie.core.trust.circle_acts import removal as removal_body
from coterie.core.trust.circle_state import CircleState, evaluate_circle
from coterie.core.trust.cut import CutEntry, cut_of
from coterie.core.trust.objects import Decision
from coterie.core.trust.rank import VOUCHED_DEPTH, last_of_owners
from coterie.core.trust.roles import Kind, Role
from coterie.testing.circle_book import CircleBook, Pen


def role(state: CircleState, pen: Pen) -> Role:
    return state.people[pen.person_id].role


def is_in(state: CircleState, pen: Pen) -> bool:
    person = state.people.get(pen.person_id)
    return person is not None and not person.removed


def only_admins_invite(version: int, *cut: CutEntry) -> body.Policy:
    return body.Policy(version, ZERO_ID, (Item(body.LIMIT_INVITE, True, b"\x03"),), cut_of(cut))


def test_a_new_circle_has_its_founder_as_owner() -> None:
    book = CircleBook()
    state = book.state()
    founder = state.people[book.founder.person_id]
    assert (founder.role, founder.devices, founder.depth) == (Role.OWNER, (book.founder.id,), 0)
    assert state.name == "circle"
    assert state.devices[book.founder.id].may_invite
    assert state.void == {}


# Sets that any implementation must try.


def test_set_a_promoted_members_own_guest_stays() -> None:
    """The founder admits k, k admits m, m admits q, then promotes m, and m acts."""
    book = CircleBook()
    k = book.founder.admit()
    m = k.admit()
    q = m.admit()
    promotion = book.founder.set_role(m, Role.ADMIN, 1, before=Role.MEMBER, cut=[m.head])
    r = book.founder.admit()
    act = m.remove(r, r.head)
    state = book.state()
    assert is_in(state, q)
    assert role(state, m) is Role.ADMIN
    assert state.counts(act.id)
    assert not is_in(state, r)
    without_k = [d for d in book.decisions if d.issuer != k.id]
    vouched = book.state(without_k)
    assert is_in(vouched, m)
    assert is_in(vouched, q)
    assert vouched.people[m.person_id].depth == VOUCHED_DEPTH
    assert vouched.counts(promotion.id)


def test_set_only_admins_invite_does_not_reach_back() -> None:
    book = CircleBook()
    member = book.founder.admit()
    guest = member.admit()
    admin = book.founder.admit(Role.ADMIN)
    grant = member.grant()
    book.founder.issue(only_admins_invite(1, member.head, admin.head))
    late = member.issue(member.admission(grant, book.stranger()))
    allowed = admin.admit()
    state = book.state()
    assert is_in(state, guest)
    assert is_in(state, allowed)
    assert state.void[late.id] == "not-permitted"
    assert not state.devices[member.id].may_invite
    assert state.grants[grant.id].status == "closed"


def test_set_revoking_the_first_phone_with_the_laptop_named() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    laptop = phone.certify()
    tablet = laptop.certify()
    friend = laptop.admit()
    phone.revoke(phone, phone.head, laptop.head, tablet.cut_at(0))
    more = laptop.admit()
    state = book.state()
    assert state.people[phone.person_id].devices == (laptop.id, tablet.id)
    assert is_in(state, friend)
    assert is_in(state, more)


def test_set_revoking_the_first_phone_with_the_laptop_unnamed() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    laptop = phone.certify()
    friend = laptop.admit()
    assert phone.recovery is not None
    phone.recovery.revoke(phone, phone.head)
    state = book.state()
    assert state.people[phone.person_id].devices == ()
    assert not is_in(state, friend)
    assert state.void[laptop.chain[0].id] == "beyond-cut"


def test_set_the_founder_removes_somebody_whom_a_member_admitted() -> None:
    book = CircleBook()
    member = book.founder.admit()
    newcomer = member.admit()
    branch = newcomer.admit()
    book.founder.remove(newcomer, newcomer.head)
    state = book.state()
    assert not is_in(state, newcomer)
    assert is_in(state, branch)
    book.founder.remove(branch)
    assert not is_in(book.state(), branch)


def test_set_the_acts_of_a_demoted_admin_stay_when_an_equal_removes_it_with_cut_zero() -> None:
    book = CircleBook()
    m = book.founder.admit(Role.ADMIN)
    other = book.founder.admit(Role.ADMIN)
    victims = [book.founder.admit() for _ in range(5)]
    acts = [m.remove(victim) for victim in victims]
    book.founder.set_role(m, Role.MEMBER, 1, before=Role.ADMIN, cut=[m.head])
    guest = m.admit()
    other.remove(m, m.cut_at(0))
    state = book.state()
    assert not is_in(state, m)
    assert all(state.counts(act.id) for act in acts)
    assert not is_in(state, guest)
    assert state.void[m.chain[5].id] == "beyond-cut"


def test_set_cycles_of_removals_end() -> None:
    for size in (3, 4):
        for rank in (Role.MEMBER, Role.ADMIN):
            book = CircleBook()
            ring = [book.founder.admit(rank) for _ in range(size)]
            acts = [one.remove(ring[(i + 1) % size]) for i, one in enumerate(ring)]
            state = book.state()
            assert all(state.void[act.id] == "not-permitted" for act in acts)
            for version, one in enumerate(ring, 1):
                book.founder.set_role(one, Role.OWNER, version, cut=[one.cut_at(0)])
            state = book.state()
            assert [is_in(state, one) for one in ring] == [True, *[i % 2 == 0 for i in range(1, size)]]
            assert state == evaluate_circle(book.known(list(reversed(book.decisions))))


def test_set_a_member_forks_its_serial_one_years_later() -> None:
    book = CircleBook()
    member = book.founder.admit()
    child = member.admit()
    grandchild = child.admit()
    member.fork(1, body.Revocation(member.id, ()))
    state = book.state()
    assert not is_in(state, child)
    assert not is_in(state, grandchild)
    assert state.unsettled == (member.id,)
    assert not state.devices[member.id].active
    bodies = settlements(book.known(), state, book.founder.id)
    assert len(bodies) == 1
    book.founder.issue(bodies[0])
    state = book.state()
    assert is_in(state, child)
    assert is_in(state, grandchild)
    assert state.unsettled == ()
    assert settlements(book.known(), state, book.founder.id) == ()


def test_set_an_owner_forks_an_older_serial() -> None:
    """What gives ends before the fork, what takes away counts on both sides."""
    book = CircleBook()
    owner = book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 1, cut=[owner.head])
    victim, other = book.founder.admit(), book.founder.admit()
    early, late = owner.admit(), owner.admit()
    taken = owner.remove(victim)
    (rival, rival_grant) = owner.fork(3, body.Removal(other.person_id, ()), owner.chain[2].body)
    state = book.state()
    assert is_in(state, early)
    assert not is_in(state, late)
    assert not is_in(state, victim)
    assert not is_in(state, other)
    assert state.counts(taken.id)
    assert state.counts(rival.id)
    assert state.void[rival_grant.id] == "fork"
    book.founder.issue(settlements(book.known(), state, book.founder.id)[0])
    state = book.state()
    assert is_in(state, late)
    assert is_in(state, other), "the branch that goes on does not hold this removal"
    assert role(state, owner) is Role.OWNER


def test_set_T030_a_removed_person_back_dates_forks_and_certifies() -> None:
    book = CircleBook()
    admin = book.founder.admit(Role.ADMIN)
    kept = admin.admit()
    book.founder.remove(admin, admin.head)
    before = book.state()
    late = admin.admit()
    admin.fork(1, body.Removal(kept.person_id, ()))
    device = admin.certify()
    act = device.remove(kept)
    assert admin.recovery is not None
    admin.recovery.revoke(admin)
    root = admin.recovery.certify()
    root_act = root.remove(kept)
    state = book.state()
    assert state.people == before.people
    assert not is_in(state, late)
    assert is_in(state, kept)
    assert state.void[act.id] == "issuer-unknown"
    assert state.void[root_act.id] == "issuer-unknown"


def test_set_the_last_owner_leaves() -> None:
    book = CircleBook()
    admin, member = book.founder.admit(Role.ADMIN), book.founder.admit()
    early = admin.issue(only_admins_invite(1))
    book.founder.issue(leaving(book.state(), book.founder.id))
    state = book.state()
    assert not is_in(state, book.founder)
    assert role(state, admin) is Role.OWNER
    assert state.void[early.id] == "not-permitted", "what was void before the last owner left stays void"
    late = admin.issue(only_admins_invite(2))
    admin.set_role(member, Role.OWNER, 1, cut=[member.head])
    state = book.state()
    assert state.counts(late.id)
    assert role(state, member) is Role.OWNER
    assert state.seniority(admin.id) < state.seniority(member.id)


def test_set_the_last_owner_leaves_and_the_heirs_further_devices_do_not_reach_back() -> None:
    book = CircleBook()
    admin = book.founder.admit(Role.ADMIN)
    laptop = admin.certify()
    early = laptop.issue(only_admins_invite(1))
    book.founder.issue(leaving(book.state(), book.founder.id))
    state = book.state()
    assert role(state, admin) is Role.OWNER
    assert state.void[early.id] == "not-permitted"
    assert state.counts(laptop.issue(only_admins_invite(2)).id)


def test_an_heir_can_step_down_once_there_is_another_owner() -> None:
    book = CircleBook()
    heir, other = book.founder.admit(Role.ADMIN), book.founder.admit()
    book.founder.issue(leaving(book.state(), book.founder.id))
    heir.issue(role_change(book.state(), heir.id, other.person_id, Role.OWNER))
    heir.issue(role_change(book.state(), heir.id, heir.person_id, Role.MEMBER))
    late = heir.issue(only_admins_invite(1))
    state = book.state()
    assert (role(state, heir), role(state, other)) == (Role.MEMBER, Role.OWNER)
    assert state.void[late.id] == "not-permitted"


def test_an_heir_who_steps_down_alone_is_heir_again() -> None:
    book = CircleBook()
    heir = book.founder.admit(Role.ADMIN)
    book.founder.issue(leaving(book.state(), book.founder.id))
    for _ in range(3):
        heir.issue(role_change(book.state(), heir.id, heir.person_id, Role.MEMBER))
        assert role(book.state(), heir) is Role.OWNER


def test_an_owner_who_leaves_earlier_does_not_tie_the_heirs_hands() -> None:
    """Of several owners' words about the heirs' chains the first read counts."""
    book = CircleBook()
    admin, owner = book.founder.admit(Role.ADMIN), book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 1, cut=[owner.head])
    owner.remove(owner, owner.head, CutEntry(admin.id, 1 << 62, b"\x01" * 32))
    book.founder.issue(leaving(book.state(), book.founder.id))
    act = admin.issue(only_admins_invite(1))
    assert book.state().counts(act.id)


def test_only_where_an_owner_goes_the_cut_speaks_of_heirs() -> None:
    book = CircleBook()
    admin, member = book.founder.admit(Role.ADMIN), book.founder.admit()
    book.founder.remove(member, CutEntry(admin.id, 1 << 62, b"\x01" * 32))
    book.founder.issue(leaving(book.state(), book.founder.id))
    act = admin.issue(only_admins_invite(1))
    assert book.state().counts(act.id)


def test_set_the_last_owner_revokes_its_only_device() -> None:
    book = CircleBook()
    member, later = book.founder.admit(), book.founder.admit()
    book.founder.issue(revocation(book.state(), book.founder.id, book.founder.id))
    state = book.state()
    heir = state.active_people()[1]
    assert heir.id in {member.person_id, later.person_id}
    assert heir.role is Role.OWNER
    assert state.people[book.founder.person_id].devices == ()
    assert book.founder.recovery is not None
    root = book.founder.recovery.certify()
    state = book.state()
    assert state.people[book.founder.person_id].devices == (root.id,)
    assert state.people[heir.id].role is Role.MEMBER, "the founder is back by the recovery key"


def test_set_two_devices_of_the_inviter_admit_with_one_grant() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    laptop = phone.certify()
    grant = phone.grant()
    first, second = book.stranger(), book.stranger()
    wrong = laptop.issue(laptop.admission(grant, second))
    right = phone.issue(phone.admission(grant, first))
    again = phone.issue(phone.admission(grant, book.stranger()))
    state = book.state()
    assert is_in(state, first)
    assert not is_in(state, second)
    assert state.void[wrong.id] == "grant-unknown"
    assert state.void[again.id] == "invite-used"
    assert state.grants[grant.id].admission == right


def test_set_a_withdrawal_before_and_after_the_admission_arrives() -> None:
    book = CircleBook()
    inviter, admin = book.founder.admit(), book.founder.admit(Role.ADMIN)
    grant = inviter.grant()
    at_the_grant = inviter.head
    newcomer = book.stranger()
    admission = inviter.issue(inviter.admission(grant, newcomer))
    withdrawal = admin.withdraw(grant, at_the_grant)
    assert not is_in(book.state(), newcomer), "the cut stands before the admission"
    assert book.state().void[admission.id] == "invite-withdrawn"
    without = [d for d in book.decisions if d.id != admission.id]
    assert book.state(without).grants[grant.id].status == "withdrawn"
    waits = [d for d in book.decisions if d.issuer != inviter.id]
    assert book.state(waits).waiting == (withdrawal.id,)
    after = [d for d in book.decisions if d.id != withdrawal.id]
    assert is_in(book.state(after), newcomer)
    own = CircleBook()
    grant = own.founder.grant()
    guest = own.stranger()
    own.founder.issue(own.founder.admission(grant, guest))
    own.founder.withdraw(grant)
    assert is_in(own.state(), guest), "never reaches back over what has been read"


def test_set_objects_are_held_up_to_nine_when_the_cut_says_seven() -> None:
    book = CircleBook()
    member = book.founder.admit()
    victims = [member.admit() for _ in range(4)]
    member.grant()
    assert len(member.chain) == 9
    book.founder.remove(member, member.cut_at(7))
    state = book.state()
    assert [is_in(state, victim) for victim in victims] == [True, True, True, False]
    assert state.void[member.chain[7].id] == "beyond-cut"
    assert state.void[member.chain[8].id] == "beyond-cut"
    assert state.heads[member.id] == member.cut_at(7)


# The rules, one by one.


def test_T023_without_the_right_a_decision_is_void() -> None:
    book = CircleBook()
    guest, member = book.founder.admit(Role.GUEST), book.founder.admit()
    admin, other = book.founder.admit(Role.ADMIN), book.founder.admit(Role.ADMIN)
    acts: list[Decision] = [
        guest.grant(Role.GUEST),
        member.grant(Role.ADMIN),
        member.remove(guest),
        member.issue(only_admins_invite(1)),
        admin.remove(other),
        admin.remove(book.founder),
        admin.set_role(member, Role.ADMIN, 1),
        member.set_role(member, Role.ADMIN, 1),
        member.set_role(member, Role.MEMBER, 1),
        member.revoke(guest),
        member.withdraw(admin.grant()),
    ]
    state = book.state()
    assert {state.void[act.id] for act in acts} == {"not-permitted"}
    assert state.people == book.state([d for d in book.decisions if d not in acts[1:]]).people


def test_admins_move_people_between_member_and_guest() -> None:
    book = CircleBook()
    admin, member = book.founder.admit(Role.ADMIN), book.founder.admit()
    admin.set_role(member, Role.GUEST, 1, cut=[member.head])
    assert role(book.state(), member) is Role.GUEST
    assert member.grant().id in book.state().void
    admin.set_role(member, Role.MEMBER, 2, before=Role.GUEST, cut=[member.head])
    assert role(book.state(), member) is Role.MEMBER
    assert book.state().counts(member.grant().id)


def test_of_roles_the_highest_version_counts_and_of_equal_ones_the_seniors() -> None:
    book = CircleBook()
    owner, member = book.founder.admit(), book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 1, cut=[owner.head])
    junior = owner.set_role(member, Role.ADMIN, 2, cut=[member.head])
    senior = book.founder.set_role(member, Role.GUEST, 2, cut=[member.head])
    state = book.state()
    assert role(state, member) is Role.GUEST
    assert state.counts(senior.id)
    assert state.void[junior.id] == "version-taken"
    owner.set_role(member, Role.MEMBER, 3, before=Role.GUEST, cut=[member.head])
    assert role(book.state(), member) is Role.MEMBER


def test_owners_stand_in_one_line_by_promotion() -> None:
    book = CircleBook()
    first, second = book.founder.admit(), book.founder.admit()
    book.founder.set_role(first, Role.OWNER, 1)
    book.founder.set_role(second, Role.OWNER, 1)
    third = first.admit()
    first.set_role(third, Role.OWNER, 1)
    state = book.state()
    line = [book.founder, first, second, third]
    assert [state.seniority(pen.id) for pen in line] == [0, 1, 2, 3]
    up, down = second.remove(first), second.remove(third)
    state = book.state()
    assert state.void[up.id] == "not-permitted"
    assert state.counts(down.id)


def test_naming_an_owner_again_does_not_move_it_in_the_line() -> None:
    book = CircleBook()
    first, second = book.founder.admit(), book.founder.admit()
    book.founder.set_role(first, Role.OWNER, 1)
    book.founder.set_role(second, Role.OWNER, 1)
    book.founder.set_role(first, Role.OWNER, 2, before=Role.OWNER, cut=[first.head])
    state = book.state()
    assert state.seniority(first.id) < state.seniority(second.id)


def test_promoting_an_owners_protege_above_it_keeps_what_it_did_as_admin() -> None:
    """Its first role no longer counts, given by who is now below it; the later role vouches for it."""
    book = CircleBook()
    k, m = book.founder.admit(), book.founder.admit()
    book.founder.set_role(k, Role.OWNER, 1)
    y = k.admit()
    k.set_role(y, Role.OWNER, 1)
    first = y.set_role(m, Role.ADMIN, 1, cut=[m.head])
    victim = book.founder.admit()
    act = m.remove(victim)
    book.founder.set_role(m, Role.OWNER, 2, before=Role.ADMIN, cut=[m.head])
    state = book.state()
    assert state.void[first.id] == "not-permitted"
    assert state.counts(act.id)


def test_T030_a_demoted_owners_old_word_over_its_promoter_stays_void() -> None:
    """The demotion says that they were owner before; where in the line, only whoever made them one says."""
    book = CircleBook()
    line = [book.founder]
    for _ in range(3):
        line.append(line[-1].admit())
        line[-2].set_role(line[-1], Role.OWNER, 1, cut=[line[-1].head])
    promoter, junior = line[2], line[3]
    act = junior.remove(promoter)
    assert book.state().void[act.id] == "not-permitted"
    book.founder.set_role(junior, Role.MEMBER, 2, before=Role.OWNER, cut=[junior.head])
    state = book.state()
    assert state.void[act.id] == "not-permitted"
    assert is_in(state, promoter)


def test_an_owner_whose_promotion_is_not_here_stands_last_until_it_is() -> None:
    book = CircleBook()
    first, second = book.founder.admit(), book.founder.admit()
    book.founder.set_role(first, Role.OWNER, 1, cut=[first.head])
    promotion = first.set_role(second, Role.OWNER, 1, cut=[second.head])
    third = first.admit()
    first.set_role(third, Role.OWNER, 1, cut=[third.head])
    book.founder.set_role(second, Role.OWNER, 2, before=Role.OWNER, cut=[second.head])
    without = book.state([d for d in book.decisions if d.issuer != first.id or d.serial < promotion.serial])
    assert without.people[second.person_id].rank == last_of_owners(without.people[second.person_id].rank[2])
    state = book.state()
    line = [book.founder, first, second, third]
    assert [state.seniority(pen.id) for pen in line] == [0, 1, 2, 3]


def test_who_is_promoted_by_an_owner_without_a_place_stands_below_that_owner() -> None:
    book = CircleBook()
    owner = book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 2, before=Role.OWNER, cut=[owner.head])
    other = owner.admit()
    owner.set_role(other, Role.OWNER, 1, cut=[other.head])
    up = other.remove(owner)
    state = book.state()
    assert state.seniority(owner.id) < state.seniority(other.id)
    assert state.void[up.id] == "not-permitted"


def test_a_second_admission_by_an_equal_takes_nothing_away() -> None:
    """Whoever stands first in the order could otherwise make any member a guest, and throw out whom they admitted."""
    book = CircleBook()
    one, other = sorted((book.founder.admit(), book.founder.admit()), key=lambda pen: pen.id)
    member = other.admit()
    friend = member.admit()
    grant = one.grant(Role.GUEST)
    lowering = one.issue(one.admission(grant, member))
    state = book.state()
    assert state.counts(lowering.id)
    assert role(state, member) is Role.MEMBER
    assert is_in(state, friend)
    assert state.grants[other.chain[0].id].status == "spent"


def test_a_second_admission_by_a_junior_gives_nothing() -> None:
    book = CircleBook()
    member, guest = book.founder.admit(), book.founder.admit(Role.GUEST)
    grant = member.grant()
    again = member.issue(member.admission(grant, guest))
    state = book.state()
    assert state.void[again.id] == "already-known"
    assert role(state, guest) is Role.GUEST


def test_a_decision_over_somebody_unknown_waits_and_then_counts_first() -> None:
    book = CircleBook()
    admin, inviter = book.founder.admit(Role.ADMIN), book.founder.admit()
    newcomer = inviter.admit()
    newcomer_act = newcomer.grant()
    removal = admin.remove(newcomer)
    early = book.state([d for d in book.decisions if d.issuer != inviter.id])
    assert removal.id in early.waiting
    state = book.state()
    assert not is_in(state, newcomer)
    assert state.void[newcomer_act.id] == "beyond-cut"


def test_a_removed_person_never_returns() -> None:
    book = CircleBook()
    member = book.founder.admit()
    book.founder.remove(member, member.head)
    again = book.founder.grant()
    admission = book.founder.issue(book.founder.admission(again, member))
    promotion = book.founder.set_role(member, Role.ADMIN, 1)
    state = book.state()
    assert not is_in(state, member)
    assert state.void[admission.id] == "already-known"
    assert state.counts(promotion.id), "whether somebody has left by their own decision changes no senior's"
    assert state.active_people()[0].id == book.founder.person_id
    assert len(state.active_people()) == 1


def test_devices_revoke_themselves_and_those_below_never_above() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    laptop, tablet = phone.certify(), phone.certify()
    up, aside = laptop.revoke(phone), laptop.revoke(tablet)
    state = book.state()
    assert state.void[up.id] == "not-permitted"
    assert state.void[aside.id] == "not-permitted"
    phone.revoke(laptop)
    tablet.revoke(tablet, tablet.head)
    assert book.state().people[phone.person_id].devices == (phone.id,)


def test_only_the_first_device_makes_its_person_leave() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    laptop = phone.certify()
    early = laptop.remove(laptop, laptop.head)
    assert book.state().void[early.id] == "not-permitted"
    phone.revoke(phone, phone.head, laptop.head)
    laptop.remove(laptop, laptop.head, phone.head)
    assert not is_in(book.state(), phone)


def test_a_demotion_brings_no_old_word_of_a_further_device_over_its_own_person_to_life() -> None:
    """What a laptop could not do while its person was admin it cannot do as an old admin over a member either."""
    book = CircleBook()
    phone = book.founder.admit(Role.ADMIN)
    grant = phone.grant()
    laptop = phone.certify()
    removal, withdrawal = laptop.remove(laptop), laptop.withdraw(grant, phone.head)
    book.founder.set_role(phone, Role.MEMBER, 1, before=Role.ADMIN, cut=[phone.head, laptop.head])
    state = book.state()
    assert {state.void[removal.id], state.void[withdrawal.id]} == {"not-permitted"}
    assert is_in(state, phone)
    assert state.grants[grant.id].status == "open"


def test_the_recovery_key_revokes_certifies_and_renews_itself() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    recovery = phone.recovery
    assert recovery is not None
    recovery.revoke(phone, phone.head)
    root = recovery.certify()
    newcomer = root.admit()
    state = book.state()
    assert state.people[phone.person_id].devices == (root.id,)
    assert state.devices[root.id].parent is None
    assert is_in(state, newcomer)


def test_T030_a_recovery_key_is_for_its_own_person_whatever_they_once_were() -> None:
    """Its chain keeps the best rank that the person ever had, and no cut of a role reaches it."""
    book = CircleBook()
    former, member = book.founder.admit(), book.founder.admit()
    guest = member.admit()
    book.founder.set_role(former, Role.OWNER, 1, cut=[former.head])
    book.founder.set_role(former, Role.GUEST, 2, before=Role.OWNER, cut=[former.head])
    assert former.recovery is not None
    act = former.recovery.revoke(member)
    state = book.state()
    assert state.void[act.id] == "not-permitted"
    assert state.people[member.person_id].devices == (member.id,)
    assert is_in(state, guest)


def test_a_restored_device_names_its_successor_and_ends() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    friend = phone.admit()
    successor = phone.name_successor()
    state = book.state()
    assert state.people[phone.person_id].devices == (successor.id,)
    assert is_in(state, friend)
    assert is_in(CircleBook.state(book), phone)
    phone.name_successor()
    assert book.state().people[phone.person_id].devices == (phone.id,), "two successors: neither, until a cut"


def test_a_successors_certificate_gives_its_chain_its_place() -> None:
    """The last word of an owner's chain is read with an owner's rank, so its successor comes before an admin."""
    book = CircleBook()
    admin, victim, owner = book.founder.admit(Role.ADMIN), book.founder.admit(), book.founder.admit()
    owner.grant()
    book.founder.set_role(owner, Role.OWNER, 1, cut=[owner.head])
    successor = owner.name_successor()
    removal = admin.remove(victim)
    successor.set_role(admin, Role.MEMBER, 1, before=Role.ADMIN, cut=[admin.cut_at(0)])
    state = book.state()
    assert state.void[removal.id] == "not-permitted"
    assert is_in(state, victim)


def test_a_cut_with_an_unknown_hash_counts_by_serial_until_the_hash_arrives() -> None:
    book = CircleBook()
    member = book.founder.admit()
    one = member.admit()
    branch = member.fork(3, body.Revocation(book.founder.id, ()), body.Revocation(book.founder.id, ()))
    book.founder.remove(member, CutEntry(member.id, 4, branch[1].id))
    two = member.admit()
    without = [d for d in book.decisions if d not in branch]
    assert is_in(book.state(without), two)
    state = book.state()
    assert is_in(state, one)
    assert not is_in(state, two), "the hash is here: its branch is the one that counts"


def test_a_grants_right_is_judged_again_at_the_admission() -> None:
    book = CircleBook()
    owner = book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 1)
    grant = owner.grant(Role.ADMIN)
    book.founder.set_role(owner, Role.MEMBER, 2, before=Role.OWNER, cut=[owner.head])
    admission = owner.issue(owner.admission(grant, book.stranger()))
    state = book.state()
    assert state.void[admission.id] == "not-permitted"
    assert state.grants[grant.id].status == "closed"


def test_a_grant_for_one_kind_admits_no_other() -> None:
    book = CircleBook()
    grant = book.founder.grant(kind=Kind.APPLICATION)
    wrong = book.founder.issue(book.founder.admission(grant, book.stranger()))
    right = book.stranger(Kind.APPLICATION)
    book.founder.issue(book.founder.admission(grant, right))
    state = book.state()
    assert state.void[wrong.id] == "wrong-kind"
    assert state.people[right.person_id].kind is Kind.APPLICATION


def test_of_two_removals_the_lower_cut_counts() -> None:
    book = CircleBook()
    owner, member = book.founder.admit(), book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 1)
    one, two = member.admit(), member.admit()
    book.founder.remove(member, member.cut_at(4))
    owner.remove(member, member.cut_at(2))
    state = book.state()
    assert is_in(state, one)
    assert not is_in(state, two)


def test_a_juniors_higher_cut_does_not_lift_a_seniors_lower_one() -> None:
    book = CircleBook()
    owner, member = book.founder.admit(), book.founder.admit()
    book.founder.set_role(owner, Role.OWNER, 1)
    one, two = member.admit(), member.admit()
    book.founder.remove(member, member.cut_at(2))
    owner.remove(member, member.cut_at(4))
    state = book.state()
    assert is_in(state, one)
    assert not is_in(state, two)


def test_a_withdrawal_does_not_reach_back_to_when_the_inviter_was_no_junior() -> None:
    book = CircleBook()
    inviter, equal = book.founder.admit().admit(), book.founder.admit(Role.ADMIN)
    book.founder.set_role(inviter, Role.ADMIN, 1)
    grant, newcomer = inviter.grant(), book.stranger()
    inviter.issue(inviter.admission(grant, newcomer))
    book.founder.set_role(inviter, Role.MEMBER, 2, before=Role.ADMIN, cut=[inviter.head])
    withdrawal = equal.withdraw(grant, inviter.cut_at(1))
    state = book.state()
    assert state.counts(withdrawal.id)
    assert is_in(state, newcomer)


def test_what_waits_is_judged_in_the_order_in_which_it_was_read() -> None:
    book = CircleBook()
    admin, inviter = book.founder.admit(Role.ADMIN), book.founder.admit()
    newcomer = inviter.admit()
    first = admin.set_role(newcomer, Role.GUEST, 1)
    second = admin.set_role(newcomer, Role.MEMBER, 1)
    state = book.state()
    assert state.counts(first.id)
    assert state.void[second.id] == "version-taken"
    assert role(state, newcomer) is Role.GUEST


def test_T030_a_cut_names_a_chain_and_its_successor_so_that_neither_hides_the_other() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    friend = phone.admit()
    successor = phone.name_successor()
    other = successor.admit()
    state = book.state()
    removal = removal_body(state, book.founder.id, phone.person_id)
    assert len([entry for entry in removal.cut if entry.issuer == phone.id]) == 2
    book.founder.issue(removal)
    kept = book.state()
    assert is_in(kept, friend)
    assert is_in(kept, other)
    late = phone.admit()
    phone.fork(1, body.Revocation(phone.id, ()))
    phone.name_successor()
    after = book.state()
    assert {p.id: p.removed for p in after.people.values()} == {p.id: p.removed for p in kept.people.values()}
    assert not is_in(after, late)


def test_T030_a_cut_that_names_no_successor_ends_the_successor_too() -> None:
    book = CircleBook()
    phone = book.founder.admit()
    book.founder.remove(phone, phone.head)
    successor = phone.name_successor()
    friend = successor.admit()
    assert not is_in(book.state(), friend)


def test_T014_a_decision_of_an_unknown_type_is_kept_and_stops_giving() -> None:
    book = CircleBook()
    member = book.founder.admit()
    harmless = member.issue(Unknown(0x0150, b"later"))
    assert not book.state().newer
    critical = member.issue(Unknown(0x8150, b"later"))
    grant = member.grant()
    state = book.state()
    assert state.newer
    assert state.void[harmless.id] == state.void[critical.id] == "unknown-type"
    assert state.counts(grant.id), "the chain goes on after it"


def test_a_circle_of_a_thousand_decisions_is_evaluated_quickly() -> None:
    book = CircleBook()
    inviters = [book.founder]
    while len(book.decisions) < 1000:
        inviters.append(inviters[len(inviters) // 2].admit())
    known = book.known()
    taken = []
    for _ in range(3):
        begun = time.process_time()
        evaluate_circle(known)
        taken.append(time.process_time() - begun)
    assert min(taken) < 0.1


def test_two_who_decide_for_the_sake_of_cost_gain_little() -> None:
    """An admin changes over and over the role of a member with many devices; another forks one serial many times."""
    book = CircleBook()
    admin, forker, member = book.founder.admit(Role.ADMIN), book.founder.admit(Role.ADMIN), book.founder.admit()
    for _ in range(120):
        member.certify()
    for version in range(1, 700):
        admin.set_role(member, (Role.GUEST, Role.MEMBER)[version % 2], version)
    for index in range(700):
        forker.fork(1, body.Removal(index.to_bytes(32), ()))
    known = book.known()
    begun = time.process_time()
    evaluate_circle(known)
    assert time.process_time() - begun < 2
