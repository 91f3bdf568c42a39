"""Ranks are compared with `<`."""

from coterie.core.trust.rank import FOUNDER, HEIR_PATH, last_of_owners, rank_by, rank_of, role_of
from coterie.core.trust.roles import Role


def test_owners_stand_in_one_line_and_above_all_others() -> None:
    near, far = rank_of(Role.OWNER, ((9, 0, b"a"),)), rank_of(Role.OWNER, ((1, 0, b"a"), (1, 0, b"a")))
    later = rank_of(Role.OWNER, ((9, 1, b"a"),))
    assert FOUNDER < near < later < far < rank_of(Role.ADMIN)
    assert rank_of(Role.OWNER, HEIR_PATH) > FOUNDER


def test_two_people_of_one_lower_role_stand_side_by_side() -> None:
    for role in (Role.ADMIN, Role.MEMBER, Role.GUEST, Role.NONE):
        one, other = rank_of(role, ((1, 0, b"a"),)), rank_of(role, ((2, 0, b"b"),))
        assert one == other
        assert role_of(one) is role
    assert rank_of(Role.ADMIN) < rank_of(Role.MEMBER) < rank_of(Role.GUEST) < rank_of(Role.NONE)


def test_an_owner_without_a_place_stands_behind_all_others_and_above_whom_it_promotes() -> None:
    last, far = last_of_owners(((1, 0, b"a"),)), rank_of(Role.OWNER, ((9, 9, b"z"),) * 9)
    assert far < last < rank_by(last, (2, 0, b"a")) < rank_of(Role.ADMIN)
    assert rank_by(FOUNDER, (2, 0, b"a")) == rank_of(Role.OWNER, ((2, 0, b"a"),))
