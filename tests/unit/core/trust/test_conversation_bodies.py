"""Ids of conversations, and what the parsers of their decisions refuse."""

import pytest

from coterie.core.codec.tls import Reader
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import derive_id
from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.bodies import encode_body
from coterie.core.trust.roles import Role

A, B, C = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32


def test_two_people_have_one_conversation_whoever_asks() -> None:
    assert body.two_person_conversation_id(C, A, B) == body.two_person_conversation_id(C, B, A)
    assert body.two_person_conversation_id(C, A, B) == derive_id("two", C + A + B)
    with pytest.raises(ValueError, match="two different"):
        body.two_person_conversation_id(C, A, A)


def test_ids_of_different_kinds_differ() -> None:
    ids = {
        body.two_person_conversation_id(C, A, B),
        body.own_conversation_id(C, A),
        body.group_conversation_id(C, A, B),
        body.group_conversation_id(C, B, A),
    }
    assert len(ids) == 4


@pytest.mark.parametrize("members", [(B, A), (A, A), (C,)])
def test_T006_members_of_a_start_stand_in_one_order(members: tuple[bytes, ...]) -> None:
    with pytest.raises(PeerError, match="members"):
        body.read_start(Reader(encode_body(body.Start(A, "t", C, members))))


def test_an_unknown_kind_of_conversation_is_refused() -> None:
    data = encode_body(body.Start(A, "t", C, ()))
    with pytest.raises(PeerError, match="kind"):
        body.read_start(Reader(b"\x02" + data[1:]))


def test_an_owner_is_no_role_of_a_conversation() -> None:
    with pytest.raises(PeerError, match="role"):
        body.read_conversation_role_change(Reader(encode_body(body.ConversationRole(A, 1, Role.OWNER, ()))))


def test_versions_begin_with_one() -> None:
    for content, read in (
        (body.Leave(0, ()), body.read_leave),
        (body.Settings(0, "t", 0), body.read_settings),
        (body.Member(A, 0, True, ()), body.read_member),
    ):
        with pytest.raises(PeerError, match="version"):
            read(Reader(encode_body(content)))
