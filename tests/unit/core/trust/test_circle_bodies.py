"""Bodies of a circle's decisions: what their parsers refuse."""

from collections.abc import Callable

import pytest

from coterie.core.codec.items import Item
from coterie.core.codec.tls import Reader, Writer
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.bodies import encode_body
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook

BOOK = CircleBook("bodies", signed=True)
FIRST = BOOK.stranger().first


def code_of(read: Callable[[Reader], object], data: bytes) -> str:
    with pytest.raises(PeerError) as refused:
        read(Reader(data))
    return refused.value.code


def test_a_first_certificate_stands_where_one_belongs() -> None:
    below = BOOK.further_device(BOOK.founder).certificate
    assert below is not None
    admission = Writer().fixed(ZERO_ID).opaque(below.raw).opaque(b"").bytes()
    assert code_of(body.read_admission, admission) == "malformed"
    assert code_of(body.read_further_certificate, Writer().opaque(FIRST.raw).bytes()) == "malformed"


def test_versions_begin_with_one() -> None:
    assert code_of(body.read_role_change, encode_body(body.RoleChange(FIRST, Role.GUEST, 0, Role.GUEST, ()))) == (
        "malformed"
    )
    assert code_of(body.read_policy, encode_body(body.Policy(0, ZERO_ID, (), ()))) == "malformed"


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01", b"\x05", b"\x02\x02"])
def test_a_limit_that_nobody_could_meet_is_refused(data: bytes) -> None:
    policy = body.Policy(1, ZERO_ID, (Item(body.LIMIT_INVITE, True, data),), ())
    assert code_of(body.read_policy, encode_body(policy)) == "malformed"


@pytest.mark.parametrize("limit", [Item(0, False, b"anything"), Item(body.LIMIT_INVITE, True, b"\x03")])
def test_other_limits_and_those_that_can_be_met_are_read(limit: Item) -> None:
    policy = body.Policy(1, ZERO_ID, (limit,), ())
    assert body.read_policy(Reader(encode_body(policy))) == policy


def test_T014_a_critical_limit_of_a_later_version_is_refused_by_name() -> None:
    policy = body.Policy(1, ZERO_ID, (Item(99, True, b""),), ())
    assert code_of(body.read_policy, encode_body(policy)) == "needs-newer-version"


def test_who_may_invite_is_members_unless_a_policy_says_otherwise() -> None:
    assert body.Policy(1, ZERO_ID, (), ()).lowest_inviter() is Role.MEMBER
    limits = (Item(0, False, b""), Item(body.LIMIT_INVITE, True, b"\x04"))
    assert body.Policy(1, ZERO_ID, limits, ()).lowest_inviter() is Role.OWNER
