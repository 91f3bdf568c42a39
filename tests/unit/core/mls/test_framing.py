"""FramedContent: encoding and what is signed."""

from dataclasses import replace

import pytest

from coterie.core.codec.tls import parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commit import Commit
from coterie.core.mls.framing import (
    AuthData,
    AuthenticatedContent,
    FramedContent,
    Sender,
    member,
    read_auth_data,
    read_authenticated_content,
    read_framed_content,
    read_sender,
)
from coterie.core.mls.proposal import Remove, encode_proposal
from coterie.core.mls.registry import (
    CONTENT_APPLICATION,
    CONTENT_COMMIT,
    CONTENT_PROPOSAL,
    SENDER_EXTERNAL,
    SENDER_NEW_MEMBER_COMMIT,
    SENDER_NEW_MEMBER_PROPOSAL,
)

TEXT = FramedContent(b"group", 7, member(3), b"clear", CONTENT_APPLICATION, b"text")
CONTENTS = [
    TEXT,
    replace(TEXT, content_type=CONTENT_PROPOSAL, body=encode_proposal(Remove(1))),
    replace(TEXT, content_type=CONTENT_COMMIT, body=Commit(()).encode()),
]
SENDERS = [
    member(3),
    Sender(SENDER_EXTERNAL, 3),
    Sender(SENDER_NEW_MEMBER_PROPOSAL),
    Sender(SENDER_NEW_MEMBER_COMMIT),
]


@pytest.mark.parametrize("content", CONTENTS)
def test_contents_come_back(content: FramedContent) -> None:
    encoded = content.encode()
    assert parse(read_framed_content, encoded) == content
    for size in range(len(encoded)):
        with pytest.raises(PeerError):
            parse(read_framed_content, encoded[:size])


def test_a_content_in_bytes() -> None:
    expected = "05" + b"group".hex() + "00" * 7 + "07" + "01" + "00000003" + "05" + b"clear".hex() + "01"
    assert TEXT.encode().hex() == expected + "04" + b"text".hex()


@pytest.mark.parametrize("sender", SENDERS)
def test_senders_come_back(sender: Sender) -> None:
    assert parse(read_sender, sender.encode()) == sender


@pytest.mark.parametrize("wrong", [b"\x00", b"\x05", b"\x01\x00", b""])
def test_other_senders_are_malformed(wrong: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        parse(read_sender, wrong)
    assert caught.value.code == "malformed"


def test_unknown_contents_are_malformed() -> None:
    """Whatever follows: nothing, or what would be a good body of a kind that is known."""
    for content in (*CONTENTS, replace(TEXT, body=b"")):
        for kind in (0, 4):
            with pytest.raises(PeerError) as caught:
                parse(read_framed_content, replace(content, content_type=kind).encode())
            assert caught.value.code == "malformed"


def test_the_context_is_signed_by_those_inside_only() -> None:
    for sender in SENDERS:
        signed = replace(TEXT, sender=sender).to_be_signed(1, b"CONTEXT")
        inside = sender.type not in (SENDER_EXTERNAL, SENDER_NEW_MEMBER_PROPOSAL)
        assert signed.endswith(b"CONTEXT") is inside
        assert signed.startswith(b"\x00\x01\x00\x01")


def test_only_a_commit_has_a_tag() -> None:
    assert parse(lambda r: read_auth_data(r, CONTENT_COMMIT), AuthData(b"s", b"t").encode()) == AuthData(b"s", b"t")
    assert parse(lambda r: read_auth_data(r, CONTENT_PROPOSAL), AuthData(b"s").encode()) == AuthData(b"s")
    with pytest.raises(PeerError):
        parse(lambda r: read_auth_data(r, CONTENT_COMMIT), AuthData(b"s").encode())
    with pytest.raises(PeerError):
        parse(lambda r: read_auth_data(r, CONTENT_PROPOSAL), AuthData(b"s", b"t").encode())


def test_authenticated_contents_come_back() -> None:
    content = AuthenticatedContent(1, CONTENTS[2], AuthData(b"signature", b"tag"))
    assert parse(read_authenticated_content, content.encode()) == content
