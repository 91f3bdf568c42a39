"""PublicMessage: encoding and membership tag."""

from dataclasses import replace

import pytest

from coterie.core.codec.tls import parse
from coterie.core.crypto.suites import suite
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.framing import AuthData, FramedContent, Sender, member
from coterie.core.mls.proposal import Remove, encode_proposal
from coterie.core.mls.public_message import PublicMessage, membership_tag, read_public_message, tag_input
from coterie.core.mls.registry import CONTENT_PROPOSAL, SENDER_NEW_MEMBER_PROPOSAL, WIRE_PUBLIC_MESSAGE

CONTENT = FramedContent(b"group", 7, member(3), b"", CONTENT_PROPOSAL, encode_proposal(Remove(1)))
AUTH = AuthData(b"signature")


def test_the_tag_is_there_exactly_for_members() -> None:
    inside = PublicMessage(CONTENT, AUTH, b"tag")
    assert parse(read_public_message, inside.encode()) == inside
    outside = PublicMessage(replace(CONTENT, sender=Sender(SENDER_NEW_MEMBER_PROPOSAL)), AUTH, None)
    assert parse(read_public_message, outside.encode()) == outside
    for wrong in (replace(inside, membership_tag=None), replace(outside, membership_tag=b"tag")):
        with pytest.raises(PeerError) as caught:
            parse(read_public_message, wrong.encode())
        assert caught.value.code == "malformed"


def test_the_tag_covers_content_authentication_and_context() -> None:
    chosen = suite(1)
    tags = {
        membership_tag(chosen, b"key", CONTENT, AUTH, b"context"),
        membership_tag(chosen, b"other", CONTENT, AUTH, b"context"),
        membership_tag(chosen, b"key", replace(CONTENT, epoch=8), AUTH, b"context"),
        membership_tag(chosen, b"key", CONTENT, AuthData(b"else"), b"context"),
        membership_tag(chosen, b"key", CONTENT, AUTH, b"else"),
    }
    assert len(tags) == 5
    assert tag_input(CONTENT, AUTH, b"").endswith(AUTH.encode())


def test_the_wire_format_is_remembered() -> None:
    assert PublicMessage(CONTENT, AUTH, b"").authenticated().wire_format == WIRE_PUBLIC_MESSAGE
