"""Which rank holds at which serial, and how far a cut may reach."""

from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.rank import INFINITE, rank_of
from coterie.core.trust.records import Act, PersonRecord, RoleSet, Track
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook

OWNER, ADMIN, MEMBER, GUEST = (rank_of(role) for role in (Role.OWNER, Role.ADMIN, Role.MEMBER, Role.GUEST))
BOOK = CircleBook()
DECISION = BOOK.decisions[0]


def track_of(base: Role | None, *changes: tuple[int, Role, Role | None, int]) -> Track:
    """A device whose person was given roles: (version, role, before, cut)."""
    person = PersonRecord(b"p", None, 1, base=None if base is None else rank_of(base))
    track = Track(b"d", person, 0, None, None)
    person.tracks.append(track)
    for version, role, before, cut in changes:
        vouched = None if before is None else rank_of(before)
        person.take_role(RoleSet(version, rank_of(role), vouched, act(OWNER), {}))
        track.cuts.add(version, cut)
    track.refresh()
    return track


def act(rank: tuple[int, int, tuple[tuple[int, int, bytes], ...]]) -> Act:
    other = Track(b"o", PersonRecord(b"q", None, 0, base=rank), 0, None, None)
    return Act(DECISION, other, rank, False, 0)


def test_the_highest_version_below_the_serial_holds() -> None:
    track = track_of(Role.MEMBER, (1, Role.ADMIN, None, 3), (2, Role.GUEST, None, 6))
    assert [track.rank_at(serial) for serial in (1, 3, 4, 6, 7, LAST_SERIAL)] == [
        MEMBER,
        MEMBER,
        ADMIN,
        ADMIN,
        GUEST,
        GUEST,
    ]
    assert track.person.latest() == GUEST
    assert track.person.best() == ADMIN
    assert track.best_rank(1, 3) == MEMBER
    assert track.best_rank(3, 4) == ADMIN
    assert track.best_rank(7, 9) == GUEST


def test_a_higher_version_with_a_lower_cut_hides_the_lower() -> None:
    track = track_of(Role.MEMBER, (1, Role.ADMIN, None, 7), (2, Role.GUEST, None, 3))
    assert [track.rank_at(serial) for serial in (3, 4, 8)] == [MEMBER, GUEST, GUEST]


def test_an_owner_vouches_for_what_was_before() -> None:
    assert track_of(None, (1, Role.ADMIN, Role.MEMBER, 3)).rank_at(2) == MEMBER
    gap = track_of(Role.MEMBER, (2, Role.OWNER, Role.ADMIN, 3))
    assert gap.rank_at(2) == ADMIN
    assert track_of(Role.MEMBER, (2, Role.OWNER, Role.GUEST, 3)).rank_at(2) == MEMBER, "it can only raise"
    whole = track_of(Role.MEMBER, (1, Role.GUEST, None, 2), (2, Role.OWNER, Role.ADMIN, 4))
    assert whole.rank_at(3) == GUEST, "the version just before counts"
    hidden = track_of(Role.MEMBER, (1, Role.GUEST, None, 0), (2, Role.ADMIN, None, 8), (3, Role.GUEST, Role.ADMIN, 5))
    assert hidden.rank_at(4) == GUEST, "so it does where a lower cut hides it"
    unadmitted = track_of(None, (1, Role.ADMIN, Role.MEMBER, 8), (2, Role.OWNER, Role.ADMIN, 5))
    assert unadmitted.rank_at(4) == MEMBER, "a hidden role vouches for what was before it all the same"
    assert track_of(Role.GUEST, (1, Role.ADMIN, Role.MEMBER, 3)).rank_at(2) == GUEST, "the admission has been read"
    assert track_of(None, (1, Role.ADMIN, None, 3)).rank_at(2) == rank_of(Role.NONE)


def test_a_cut_does_not_reach_below_what_was_not_below_its_issuer() -> None:
    track = track_of(Role.ADMIN, (1, Role.MEMBER, None, 5))
    assert track.floor(act(ADMIN)) == 5
    assert track.floor(act(OWNER)) == 0
    track.position = 2
    assert track.floor(act(OWNER)) == 2
    own = Act(DECISION, track, MEMBER, False, 0)
    assert track.floor(own) == 5


def test_a_crown_holds_from_its_cut() -> None:
    track = track_of(Role.MEMBER, (1, Role.GUEST, None, 6))
    track.person.crown, track.crown_cut, track.person.crowned_after = OWNER, 3, 1
    track.refresh()
    assert [track.rank_at(serial) for serial in (3, 4, 6, 7)] == [MEMBER, OWNER, OWNER, OWNER]


def test_a_later_role_ends_a_crown() -> None:
    track = track_of(Role.MEMBER, (1, Role.GUEST, None, 6))
    track.person.crown, track.crown_cut = OWNER, 3
    track.refresh()
    assert [track.rank_at(serial) for serial in (3, 4, 6, 7)] == [MEMBER, OWNER, OWNER, GUEST]
    assert track.person.latest() == GUEST


def test_what_a_cut_leaves_readable() -> None:
    book = CircleBook()
    member = book.founder.admit()
    grant = member.grant()
    member.name_successor()
    final = book.decisions[-1]
    track = track_of(Role.MEMBER)
    assert track.reaches(grant)
    assert track.reaches(final)
    assert track.is_live
    track.end = 1
    assert track.reaches(grant)
    assert not track.reaches(final)
    assert not track.is_live
    track.cut_finals(frozenset({final.id}))
    assert track.reaches(final)
    track.cut_finals(frozenset())
    assert not track.reaches(final)


def test_below_is_a_matter_of_the_tree() -> None:
    top = track_of(Role.MEMBER)
    middle = Track(b"m", top.person, 1, top, None)
    low = Track(b"l", top.person, 2, middle, None)
    assert low.is_below(top)
    assert low.is_below(middle.id)
    assert not top.is_below(low)
    assert not top.is_below(top)
    assert top.end == INFINITE
