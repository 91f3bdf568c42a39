"""What a device may decide about a group, asked before anything is signed."""

from collections.abc import Callable

from coterie.core.kernel.errors import UserError
from coterie.core.trust import conversation_acts as acts
from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.bodies import DecisionBody, Unknown
from coterie.core.trust.circle_bodies import HIGHEST_VERSION
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook, Pen
from coterie.testing.group_book import GroupBook


def refusal(work: Callable[[], object]) -> str:
    try:
        work()
    except UserError as error:
        return error.code
    return ""


def group_of_three() -> tuple[CircleBook, GroupBook, list[Pen]]:
    book = CircleBook()
    pens = [book.founder.admit() for _ in range(4)]
    return book, GroupBook(book, *pens[:3]), pens


def test_what_is_permitted_counts_once_it_is_issued() -> None:
    _, group, (a, b, c, d) = group_of_three()
    steps: list[tuple[Pen, Callable[[], DecisionBody]]] = [
        (a, lambda: acts.member_change(group.state(), a.id, d.person_id, added=True)),
        (a, lambda: acts.role_change(group.state(), a.id, b.person_id, Role.ADMIN)),
        (b, lambda: acts.member_change(group.state(), b.id, c.person_id, added=False)),
        (b, lambda: acts.member_change(group.state(), b.id, c.person_id, added=True)),
        (b, lambda: acts.settings(group.state(), b.id, "new", 60)),
        (b, lambda: acts.role_change(group.state(), b.id, b.person_id, Role.MEMBER)),
        (c, lambda: acts.leave(group.state(), c.id)),
        (a, lambda: acts.leave(group.state(), a.id)),
    ]
    for pen, work in steps:
        decision = group.issue(pen, work())
        assert group.state().counts(decision.id)
    state = group.state()
    assert state.title == "new"
    assert [state.people[pen.person_id].active for pen in (a, b, c, d)] == [False, True, False, True]
    assert sum(person.role is Role.ADMIN for person in state.active_people()) == 1


def test_T023_what_is_not_permitted_is_never_issued() -> None:
    book, group, (a, b, c, d) = group_of_three()
    laptop = b.certify()
    group.issue(a, acts.role_change(group.state(), a.id, b.person_id, Role.ADMIN))
    state = group.state()
    expected: list[tuple[str, Callable[[], object]]] = [
        ("not-permitted", lambda: acts.member_change(state, c.id, d.person_id, added=True)),
        ("not-permitted", lambda: acts.member_change(state, b.id, a.person_id, added=False)),
        ("not-permitted", lambda: acts.role_change(state, c.id, c.person_id, Role.ADMIN)),
        ("not-permitted", lambda: acts.settings(state, c.id, "x", 0)),
        ("not-permitted", lambda: acts.leave(state, laptop.id)),
        ("not-a-member", lambda: acts.leave(state, d.id)),
        ("not-a-member", lambda: acts.settings(state, b"\x01" * 32, "x", 0)),
        ("unknown-person", lambda: acts.member_change(state, a.id, b"\x01" * 32, added=True)),
        ("unknown-person", lambda: acts.member_change(state, a.id, d.person_id, added=False)),
        ("unknown-person", lambda: acts.role_change(state, a.id, d.person_id, Role.ADMIN)),
        ("unknown-role", lambda: acts.role_change(state, a.id, b.person_id, Role.OWNER)),
        ("already-in-group", lambda: acts.member_change(state, a.id, b.person_id, added=True)),
        ("not-permitted", lambda: acts.member_change(state, b.id, b.person_id, added=False)),
        ("not-permitted", lambda: acts.role_change(state, b.id, a.person_id, Role.MEMBER)),
        ("not-permitted", lambda: acts.role_change(state, laptop.id, b.person_id, Role.MEMBER)),
    ]
    assert [refusal(work) for _, work in expected] == [code for code, _ in expected]
    book.founder.remove(d)
    assert refusal(lambda: acts.member_change(group.state(), a.id, d.person_id, added=True)) == "unknown-person"


def test_a_senior_admin_rules_over_a_junior_one() -> None:
    _, group, (a, b, c, _) = group_of_three()
    group.issue(a, acts.role_change(group.state(), a.id, b.person_id, Role.ADMIN))
    group.issue(a, acts.role_change(group.state(), a.id, c.person_id, Role.ADMIN))
    group.issue(a, acts.role_change(group.state(), a.id, b.person_id, Role.MEMBER))
    group.issue(a, acts.member_change(group.state(), a.id, c.person_id, added=False))
    state = group.state()
    assert [state.people[pen.person_id].role for pen in (a, b, c)] == [Role.ADMIN, Role.MEMBER, Role.NONE]


def test_T030_who_was_put_out_decides_nothing_and_gets_no_role() -> None:
    _, group, (a, b, c, d) = group_of_three()
    group.issue(a, acts.role_change(group.state(), a.id, b.person_id, Role.ADMIN))
    group.issue(a, acts.member_change(group.state(), a.id, b.person_id, added=False))
    state = group.state()
    assert refusal(lambda: acts.leave(state, b.id)) == "not-a-member"
    assert refusal(lambda: acts.member_change(state, b.id, d.person_id, added=True)) == "not-a-member"
    assert refusal(lambda: acts.role_change(state, a.id, b.person_id, Role.ADMIN)) == "unknown-person"
    assert refusal(lambda: acts.member_change(state, a.id, b.person_id, added=False)) == "unknown-person"
    assert refusal(lambda: acts.member_change(state, a.id, c.person_id, added=False)) == ""


def test_T030_a_revoked_device_of_a_member_decides_nothing() -> None:
    _, group, (a, b, _, _) = group_of_three()
    laptop = b.certify()
    group.issue(a, acts.role_change(group.state(), a.id, b.person_id, Role.ADMIN))
    assert refusal(lambda: acts.settings(group.state(), laptop.id, "mine", 0)) == ""
    b.revoke(laptop, laptop.head)
    assert refusal(lambda: acts.settings(group.state(), laptop.id, "mine", 0)) == "not-a-member"


def test_who_is_in_again_from_a_later_decision_on_decides_nothing_before_it() -> None:
    _, group, (a, b, _, _) = group_of_three()
    group.put_out(a, b, 1, group.cut(b))
    group.add(a, b, 2, (CutEntry(b.id, 1, b"\x01" * 32),))
    assert group.state().people[b.person_id].active
    assert refusal(lambda: acts.leave(group.state(), b.id)) == "not-a-member"


def test_an_admin_made_a_member_from_a_later_decision_on_is_none_from_now_on() -> None:
    _, group, (a, b, c, _) = group_of_three()
    group.role(a, b, Role.ADMIN)
    group.issue(c, body.Settings(1, "void", 0))
    group.fork(c, 1, body.Settings(1, "void, too", 0))
    assert acts.cut_to_offer(group.known(), group.state(), b.id) is not None
    group.role(a, b, Role.MEMBER, 2, (CutEntry(b.id, 5, b"\x01" * 32),))
    assert acts.cut_to_offer(group.known(), group.state(), b.id) is None
    assert refusal(lambda: acts.settings(group.state(), b.id, "mine", 0)) == "not-permitted"


def test_a_forked_admin_gives_nothing_and_still_takes() -> None:
    _, group, (a, b, c, d) = group_of_three()
    group.role(a, b, Role.ADMIN)
    group.issue(b, body.Settings(1, "one", 0))
    group.fork(b, 1, body.Settings(1, "other", 0))
    group.issue(c, body.Settings(1, "void", 0))
    group.fork(c, 1, body.Settings(1, "void, too", 0))
    state = group.state()
    assert refusal(lambda: acts.settings(state, b.id, "mine", 0)) == "forked"
    assert refusal(lambda: acts.member_change(state, b.id, d.person_id, added=True)) == "forked"
    assert refusal(lambda: acts.member_change(state, b.id, c.person_id, added=False)) == ""
    assert acts.cut_to_offer(group.known(), state, b.id) is None
    offered = acts.cut_to_offer(group.known(), state, a.id)
    assert offered is not None
    assert {entry.issuer for entry in offered.cut} == {b.id, c.id}


def test_a_word_about_oneself_names_the_others_only_if_no_admin_is_left() -> None:
    _, group, (a, b, c, _) = group_of_three()
    group.role(a, b, Role.ADMIN)
    state = group.state()
    assert {entry.issuer for entry in acts.leave(state, c.id).cut} == {c.id}
    assert {entry.issuer for entry in acts.leave(state, a.id).cut} == {a.id}
    group.issue(b, acts.leave(state, b.id))
    assert {entry.issuer for entry in acts.leave(group.state(), a.id).cut} == {a.id, b.id, c.id}


def test_T014_a_newer_decision_stops_what_gives_and_not_what_takes() -> None:
    _, group, (a, b, c, d) = group_of_three()
    group.issue(b, Unknown(0x8150, b""))
    state = group.state()
    assert refusal(lambda: acts.member_change(state, a.id, d.person_id, added=True)) == "needs-newer-version"
    assert refusal(lambda: acts.member_change(state, a.id, c.person_id, added=False)) == ""
    assert refusal(lambda: acts.leave(state, b.id)) == ""


def test_what_a_device_may_is_what_its_next_decision_would_be_read_with() -> None:
    _, group, (a, b, _, _) = group_of_three()
    group.role(a, b, Role.ADMIN, cut=(CutEntry(b.id, 1, b"\x01" * 32),))
    assert refusal(lambda: acts.settings(group.state(), b.id, "early", 0)) == "not-permitted"
    group.issue(b, body.Settings(1, "void", 0))
    late = group.issue(b, acts.settings(group.state(), b.id, "late", 0))
    assert group.state().counts(late.id)


def test_a_cut_is_offered_by_the_admins_first_device_only() -> None:
    book, group, (a, b, _, d) = group_of_three()
    laptop = a.certify()
    group.issue(a, acts.role_change(group.state(), a.id, b.person_id, Role.ADMIN))
    group.issue(b, acts.member_change(group.state(), b.id, d.person_id, added=True))
    book.founder.remove(b, b.head)
    known, state = group.known(), group.state()
    assert acts.cut_to_offer(known, state, laptop.id) is None
    offered = acts.cut_to_offer(known, state, a.id)
    assert offered is not None
    group.issue(a, offered)
    assert acts.cut_to_offer(group.known(), group.state(), a.id) is None
    assert group.state().people[d.person_id].active


def test_no_cut_is_offered_by_who_is_no_admin_yet_or_no_more() -> None:
    book, group, (a, b, c, d) = group_of_three()
    group.role(a, b, Role.ADMIN, cut=(CutEntry(b.id, 1, b"\x01" * 32),))
    book.founder.remove(a, a.head)
    known, state = group.known(), group.state()
    for pen in (b, c, d):
        assert acts.cut_to_offer(known, state, pen.id) is None
    group.issue(b, body.Settings(1, "void", 0))
    assert acts.cut_to_offer(group.known(), group.state(), b.id) is not None


def test_the_last_admin_who_steps_down_says_from_where_on_the_next_one_is() -> None:
    _, group, (a, b, _, _) = group_of_three()
    early = group.issue(b, body.Settings(1, "early", 0))
    down = acts.role_change(group.state(), a.id, a.person_id, Role.MEMBER)
    assert {entry.issuer for entry in down.cut} >= {a.id, b.id}
    group.issue(a, down)
    state = group.state()
    assert state.void[early.id] == "not-permitted"
    assert [person.role for person in state.people.values()].count(Role.ADMIN) == 1


def test_a_version_that_a_junior_has_used_up_is_no_wall_to_a_senior() -> None:
    _, group, (a, b, _, _) = group_of_three()
    group.role(a, b, Role.ADMIN)
    group.issue(b, body.Settings(HIGHEST_VERSION, "mine", 0))
    group.issue(a, acts.settings(group.state(), a.id, "ours", 0))
    assert group.state().title == "ours"
