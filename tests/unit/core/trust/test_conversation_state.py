"""The state of a group conversation: its rights, leaving and coming back, and what happens when the circle changes."""

import random

from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.bodies import DecisionBody, Unknown
from coterie.core.trust.conversation_acts import cut_to_offer, leave, member_change, role_change
from coterie.core.trust.conversation_state import MAX_CUTTERS, ConversationState
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook, Pen
from coterie.testing.group_book import GroupBook


def circle_of(*roles: Role) -> tuple[CircleBook, list[Pen]]:
    book = CircleBook()
    return book, [book.founder.admit(role) for role in roles]


def role(state: ConversationState, pen: Pen) -> Role:
    person = state.people.get(pen.person_id)
    return Role.NONE if person is None else person.role


M = Role.MEMBER


def test_the_creator_is_admin_and_everybody_a_leaf() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    laptop = b.certify()
    group = GroupBook(book, a, b)
    state = group.state()
    assert (role(state, a), role(state, b), role(state, c)) == (Role.ADMIN, M, Role.NONE)
    assert set(state.active_devices()) == {a.id, b.id, laptop.id}
    assert state.active_devices()[0] == a.id
    assert (state.title, state.expire_after, state.creator) == ("title", 0, a.person_id)


def test_T023_only_admins_change_a_group() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b)
    acts = [
        group.add(b, c),
        group.put_out(b, a),
        group.role(b, b, Role.ADMIN),
        group.issue(b, body.Settings(1, "mine", 60)),
        group.issue(b, body.ConversationCut(group.cut(a))),
    ]
    stranger = group.add(c, book.founder)
    state = group.state()
    assert {state.void[act.id] for act in acts} == {"not-permitted"}
    assert state.void[stranger.id] == "issuer-unknown"
    assert state.title == "title"


def test_admins_add_put_out_name_admins_and_change_settings() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b)
    group.role(a, b, Role.ADMIN)
    group.add(b, c)
    group.issue(b, body.Settings(1, "new", 60))
    state = group.state()
    assert (role(state, b), role(state, c)) == (Role.ADMIN, M)
    assert (state.title, state.expire_after, state.settings_version) == ("new", 60, 1)
    up = group.put_out(b, a)
    group.put_out(a, b, version=2, cut=group.cut(b))
    state = group.state()
    assert state.void[up.id] == "not-permitted"
    assert role(state, b) is Role.NONE
    assert role(state, c) is M, "what it did up to the cut stays"


def test_who_was_put_out_can_be_added_again() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    group.put_out(a, b, 1, group.cut(b))
    late = group.issue(b, body.Leave(2, ()))
    assert group.state().void[late.id] == "not-a-member"
    group.add(a, b, 2, group.cut(b))
    assert role(group.state(), b) is M
    group.issue(b, body.Leave(3, group.cut(b)))
    assert role(group.state(), b) is Role.NONE


def test_who_has_left_by_themselves_can_be_added_again() -> None:
    """The admin's word is read before the member's leaving, so it finds the member inside."""
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    group.issue(b, leave(group.state(), b.id))
    assert role(group.state(), b) is Role.NONE
    group.issue(a, member_change(group.state(), a.id, b.person_id, added=True))
    assert role(group.state(), b) is M
    group.issue(b, leave(group.state(), b.id))
    assert role(group.state(), b) is Role.NONE


def test_who_was_put_out_by_a_junior_admin_can_be_added_by_a_senior_one() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    group.role(a, b, Role.ADMIN)
    group.issue(b, member_change(group.state(), b.id, c.person_id, added=False))
    assert role(group.state(), c) is Role.NONE
    group.issue(a, member_change(group.state(), a.id, c.person_id, added=True))
    assert role(group.state(), c) is M


def test_who_was_added_again_by_a_junior_admin_can_be_named_admin_by_a_senior_one() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    group.role(a, b, Role.ADMIN)
    group.issue(a, member_change(group.state(), a.id, c.person_id, added=False))
    group.issue(b, member_change(group.state(), b.id, c.person_id, added=True))
    group.issue(a, role_change(group.state(), a.id, c.person_id, Role.ADMIN))
    assert role(group.state(), c) is Role.ADMIN


def test_a_role_beside_a_fork_brings_nobody_in() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    group.role(a, b, Role.ADMIN)
    group.put_out(a, c, 1, group.cut(c))
    group.issue(b, body.Settings(1, "title", 0))
    group.fork(b, 1, body.ConversationRole(c.person_id, 2, Role.MEMBER, ()))
    assert role(group.state(), c) is Role.NONE


def test_an_admin_who_left_comes_back_as_a_member_and_nobody_adds_a_senior_down() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    group.role(a, b, Role.ADMIN)
    down = group.add(b, a, 5)
    assert group.state().void[down.id] == "already-known"
    group.issue(b, leave(group.state(), b.id))
    group.issue(a, member_change(group.state(), a.id, b.person_id, added=True))
    state = group.state()
    assert (role(state, a), role(state, b)) == (Role.ADMIN, M)


def test_T030_who_is_put_out_cannot_back_date() -> None:
    book, (a, b, c, d) = circle_of(M, M, M, M)
    group = GroupBook(book, a, b)
    group.role(a, b, Role.ADMIN)
    group.add(b, c)
    group.put_out(a, b, 2, group.cut(b))
    before = group.state()
    group.add(b, d)
    group.fork(b, 1, body.Member(c.person_id, 2, False, ()))
    laptop = b.certify()
    group.add(laptop, d)
    state = group.state()
    assert {p.id: p.role for p in state.people.values()} == {p.id: p.role for p in before.people.values()}


def test_the_last_admin_leaves_and_the_most_senior_person_is_admin() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    early = group.issue(b, body.Settings(1, "early", 0)), group.issue(c, body.Settings(1, "early", 0))
    group.issue(a, leave(group.state(), a.id))
    state = group.state()
    heir = b if role(state, b) is Role.ADMIN else c
    other = c if heir is b else b
    assert (role(state, a), role(state, heir), role(state, other)) == (Role.NONE, Role.ADMIN, M)
    assert all(state.void[act.id] == "not-permitted" for act in early)
    group.issue(heir, body.Settings(2, "late", 0))
    assert group.state().title == "late"


def test_a_fork_ends_what_gives_until_an_admin_names_the_branch() -> None:
    book, (a, b, c, d) = circle_of(M, M, M, M)
    group = GroupBook(book, a, b, c)
    group.role(a, b, Role.ADMIN)
    group.add(b, d)
    group.fork(b, 1, body.Member(c.person_id, 1, False, ()))
    state = group.state()
    assert role(state, d) is Role.NONE
    assert role(state, c) is Role.NONE, "what takes away counts on both sides"
    offered = cut_to_offer(group.known(), state, a.id)
    assert offered is not None
    group.issue(a, offered)
    state = group.state()
    assert (role(state, d), role(state, c)) == (M, M)
    assert cut_to_offer(group.known(), state, a.id) is None


def test_who_leaves_the_circle_is_no_participant_and_its_chain_is_cut() -> None:
    book, (a, b, c, d) = circle_of(M, M, M, M)
    group = GroupBook(book, a, b, c)
    group.role(a, b, Role.ADMIN)
    book.founder.remove(a, a.head)
    state = group.state()
    assert not state.people[a.person_id].active
    assert cut_to_offer(group.known(), state, c.id) is None
    offered = cut_to_offer(group.known(), state, b.id)
    assert offered is not None
    assert [entry.issuer for entry in offered.cut] == [a.id]
    group.issue(b, offered)
    kept = group.state()
    group.put_out(a, b, 2)
    group.add(a, d)
    group.role(a, c, Role.ADMIN)
    state = group.state()
    assert {p.id: p.role for p in state.people.values()} == {p.id: p.role for p in kept.people.values()}
    assert role(state, b) is Role.ADMIN
    assert cut_to_offer(group.known(), state, b.id) is None


def test_if_no_admin_is_left_in_the_circle_the_most_senior_member_cuts() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    book.founder.remove(a, a.head)
    state = group.state()
    heir = b if role(state, b) is Role.ADMIN else c
    offered = cut_to_offer(group.known(), state, heir.id)
    assert offered is not None
    group.issue(heir, offered)
    group.put_out(a, heir)
    state = group.state()
    assert role(state, heir) is Role.ADMIN
    assert a.id in state.outside


def test_a_members_cut_of_who_left_the_circle_does_not_count() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    group.role(a, b, Role.ADMIN)
    book.founder.remove(a, a.head)
    cut = body.ConversationCut(tuple(entry for entry in group.cut(a)))
    act = group.issue(c, cut)
    assert group.state().void[act.id] == "not-permitted"
    assert group.state().outside == {}


def test_of_two_admins_cuts_the_more_senior_ones_counts() -> None:
    book, (a, b, c, d, e) = circle_of(M, M, M, M, M)
    group = GroupBook(book, a, b, c, d)
    group.role(a, b, Role.ADMIN)
    group.role(a, c, Role.ADMIN)
    first = group.cut(a)
    group.add(a, e)
    book.founder.remove(a, a.head)
    group.issue(c, body.ConversationCut(group.cut(a)))
    assert role(group.state(), e) is M
    group.issue(b, body.ConversationCut(first))
    state = group.state()
    assert role(state, e) is Role.NONE
    assert state.outside[a.id] == first[0]


def test_who_has_many_devices_does_not_keep_an_admins_cut_from_being_tried() -> None:
    book, (_, a, b, d) = circle_of(Role.ADMIN, M, M, M)
    senior = book.devices[1]
    group = GroupBook(book, a, b, senior)
    group.role(a, b, Role.ADMIN)
    base = group.cut(a)
    book.founder.remove(a, a.head)
    for pen in (senior, *(senior.certify() for _ in range(MAX_CUTTERS))):
        group.issue(pen, body.ConversationCut(base))
    group.issue(b, body.ConversationCut(base))
    group.put_out(a, b, 2)
    state = group.state()
    assert state.outside[a.id] == base[0]
    assert role(state, b) is Role.ADMIN
    assert group.add(b, d).id not in group.state().void


def test_a_cut_that_did_not_count_does_not_spoil_later_ones() -> None:
    book, (a, b, c) = circle_of(M, M, M)
    group = GroupBook(book, a, b, c)
    early = group.issue(b, body.ConversationCut((CutEntry(a.id, 1, group.head(a).hash),)))
    group.role(a, c, Role.ADMIN)
    group.role(c, b, Role.ADMIN, cut=group.cut(b))
    book.founder.remove(a, a.head)
    cut = group.cut(a)
    late = group.issue(b, body.ConversationCut(cut))
    group.add(a, book.founder)
    state = group.state()
    assert state.void[early.id] == "not-permitted"
    assert state.counts(late.id)
    assert state.outside[a.id] == cut[0]
    assert role(state, book.founder) is Role.NONE


def test_a_revoked_device_is_no_leaf_any_more() -> None:
    book, (a, b) = circle_of(M, M)
    laptop = b.certify()
    group = GroupBook(book, a, b)
    b.revoke(laptop, laptop.head)
    assert group.state().active_devices() == (a.id, b.id)


def test_T014_an_unknown_type_is_kept_and_stops_giving() -> None:
    book, (a, b) = circle_of(M, M)
    group = GroupBook(book, a, b)
    act = group.issue(b, Unknown(0x8150, b"later"))
    state = group.state()
    assert state.newer
    assert state.void[act.id] == "unknown-type"


def random_group(seed: int) -> GroupBook:
    chance = random.Random(seed)
    book, pens = circle_of(*[M] * 6)
    pens += [chance.choice(pens).certify() for _ in range(2)]
    group = GroupBook(book, pens[0], *pens[1:4])
    for _ in range(chance.randint(5, 40)):
        pen, other = chance.choice(pens), chance.choice(pens[:6])
        version, cut = chance.randint(1, 4), group.cut(*chance.sample(pens, chance.randint(0, 8)))
        contents: list[DecisionBody] = [
            body.Member(other.person_id, version, chance.random() < 0.6, cut),
            body.ConversationRole(other.person_id, version, chance.choice((M, Role.ADMIN)), cut),
            body.Settings(version, "title", version),
            body.Leave(version, cut),
            body.ConversationCut(cut),
        ]
        content = chance.choice(contents)
        if chance.random() < 0.1 and pen.id in group.chains and (pen is not pens[0] or len(group.chains[pen.id]) > 1):
            group.fork(pen, 2 if pen is pens[0] else 1, content)
        else:
            group.issue(pen, content)
        if chance.random() < 0.04 and other is not pens[0]:
            book.founder.remove(other, other.head)
    return group


def test_the_same_set_in_any_order_gives_the_same_state() -> None:
    for seed in range(60):
        group = random_group(seed)
        mixed = list(group.decisions)
        random.Random(seed).shuffle(mixed)
        assert group.state(mixed) == group.state(), f"seed {seed}"
