"""Whole messages on the wire: every cut, every tail and every flipped bit is refused (T001–T004)."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commit import Commit
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.extension import Extension
from coterie.core.mls.framing import AuthData, FramedContent, member
from coterie.core.mls.key_packages import parse_key_package, verify_key_package
from coterie.core.mls.limits import MAX_ELEMENTS, MAX_EXTENSIONS, MAX_MESSAGE
from coterie.core.mls.mls_message import encode_message, message_header, parse_message
from coterie.core.mls.open_message import open_message
from coterie.core.mls.proposal import GroupContextExtensions
from coterie.core.mls.public_message import PublicMessage
from coterie.core.mls.registry import CONTENT_COMMIT
from coterie.testing.mls_insider import Insider
from coterie.testing.mls_party import NOW, Party, parties


class Recorded:
    """One message of each kind, and how its receiver takes it."""

    def __init__(self) -> None:
        self.alice, self.bob = parties("alice", "bob")
        self.dora = Party("dora")
        self.package = self.dora.key_package()
        staged = self.alice.stage(CommitPlan(adds=(self.package.message,)))
        assert staged.welcome is not None
        self.messages = {
            "application": self.alice.send(b"hello", b"clear"),
            "public commit": Insider(self.alice).commit().message,
            "private commit": self.alice.stage(CommitPlan()).message,
            "welcome": staged.welcome,
            "key package": self.package.message,
        }

    def take(self, kind: str, message: bytes) -> None:
        if kind == "welcome":
            self.dora.join(message, self.package)
        elif kind == "key package":
            verify_key_package(parse_key_package(message), self.alice.suite, NOW)
        else:
            open_message(self.bob.group, self.bob.rows, message)


KINDS = ["application", "public commit", "private commit", "welcome", "key package"]


@pytest.mark.parametrize("kind", KINDS)
def test_T001_T002_every_truncation_and_every_tail_is_malformed(kind: str) -> None:
    message = Recorded().messages[kind]
    assert encode_message(parse_message(message)) == message
    for wrong in (*(message[:size] for size in range(len(message))), *(message + bytes(n) for n in range(1, 65))):
        with pytest.raises(PeerError) as caught:
            parse_message(wrong)
        assert caught.value.code == "malformed"


@pytest.mark.parametrize("kind", KINDS)
def test_T003_every_flipped_bit_is_refused(kind: str) -> None:
    recorded = Recorded()
    message = recorded.messages[kind]
    for position in range(len(message)):
        flipped = bytearray(message)
        flipped[position] ^= 1 << (position % 8)
        with pytest.raises(PeerError):
            recorded.take(kind, bytes(flipped))
    recorded.take(kind, message)


def test_T004_a_message_beyond_the_limit_is_too_large() -> None:
    with pytest.raises(PeerError) as caught:
        parse_message(message_header(2) + bytes(MAX_MESSAGE))
    assert caught.value.code == "too-large"
    with pytest.raises(PeerError) as caught:
        parse_message(message_header(2).ljust(MAX_MESSAGE, b"\x00"))
    assert caught.value.code == "malformed"


def test_T008_a_length_larger_than_the_message_is_refused() -> None:
    for length in (b"\x3f", b"\x7f\xff", b"\xbf\xff\xff\xff", b"\xff\xff\xff\xff"):
        with pytest.raises(PeerError) as caught:
            parse_message(message_header(2) + length + b"short")
        assert caught.value.code in {"malformed", "too-large"}


@pytest.mark.parametrize("wire_format", [0, 6, 0xFFFF])
def test_T014_an_unknown_wire_format_is_malformed(wire_format: int) -> None:
    with pytest.raises(PeerError) as caught:
        parse_message(b"\x00\x01" + wire_format.to_bytes(2, "big") + bytes(40))
    assert caught.value.code == "malformed"


def test_T014_another_protocol_version_is_named() -> None:
    with pytest.raises(PeerError) as caught:
        parse_message(b"\x00\x02\x00\x02" + bytes(40))
    assert caught.value.code == "unsupported-version"


def test_T007_lists_in_lists_cannot_make_a_small_message_costly() -> None:
    """Every list is within its own limit; together they are more than any group has."""
    extensions = GroupContextExtensions(tuple(Extension(kind, b"") for kind in range(MAX_EXTENSIONS)))
    body = Commit((extensions,) * (MAX_ELEMENTS // MAX_EXTENSIONS)).encode()
    content = FramedContent(b"group", 0, member(0), b"", CONTENT_COMMIT, body)
    with pytest.raises(PeerError) as caught:
        parse_message(encode_message(PublicMessage(content, AuthData(b"signature", b"tag"), b"tag")))
    assert caught.value.code == "too-large"
