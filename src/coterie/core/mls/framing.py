"""FramedContent and its authentication (RFC 9420 sections 6 and 6.1), common to both wire formats."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, malformed, opaque
from coterie.core.mls.commit import read_commit
from coterie.core.mls.limits import MAX_FIELD, MAX_MESSAGE
from coterie.core.mls.proposal import read_proposal
from coterie.core.mls.registry import (
    CONTENT_APPLICATION,
    CONTENT_COMMIT,
    CONTENT_PROPOSAL,
    MLS10,
    SENDER_EXTERNAL,
    SENDER_MEMBER,
    SENDER_NEW_MEMBER_COMMIT,
    SENDER_NEW_MEMBER_PROPOSAL,
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message: a member (`index` is its leaf), an external sender (its entry), or a new member."""

    type: int
    index: int = 0

    def encode(self) -> bytes:
        """struct Sender."""
        if self.type in (SENDER_MEMBER, SENDER_EXTERNAL):
            return bytes([self.type]) + self.index.to_bytes(4, "big")
        return bytes([self.type])

    @property
    def is_member(self) -> bool:
        """Whether it claims a leaf of the group."""
        return self.type == SENDER_MEMBER


def member(leaf: int) -> Sender:
    """The sender at a leaf."""
    return Sender(SENDER_MEMBER, leaf)


def read_sender(reader: Reader) -> Sender:
    """struct Sender; unknown types are malformed."""
    kind = reader.u8()
    if kind in (SENDER_MEMBER, SENDER_EXTERNAL):
        return Sender(kind, reader.u32())
    if kind in (SENDER_NEW_MEMBER_PROPOSAL, SENDER_NEW_MEMBER_COMMIT):
        return Sender(kind)
    raise malformed("sender: unknown type")


def read_body(reader: Reader, content_type: int) -> bytes:
    """The encoded body of a content: application bytes without their length, or one proposal or commit.

    The bytes are parsed once here to find their end; `proposal` and `commit` parse them again where they count.
    """
    if content_type == CONTENT_APPLICATION:
        return reader.opaque(MAX_MESSAGE)
    start = reader.offset
    if content_type == CONTENT_PROPOSAL:
        read_proposal(reader)
    elif content_type == CONTENT_COMMIT:
        read_commit(reader)
    else:
        raise malformed("content: unknown type")
    return reader.since(start)


def encode_body(content_type: int, body: bytes) -> bytes:
    """How a body stands in its content: application data has a length in front."""
    return opaque(body) if content_type == CONTENT_APPLICATION else body


@dataclass(frozen=True, slots=True)
class FramedContent:
    """What is signed. `body` is the application data, or the encoded Proposal or Commit."""

    group_id: bytes
    epoch: int
    sender: Sender
    authenticated_data: bytes = field(repr=False)
    content_type: int
    body: bytes = field(repr=False)

    def encode(self) -> bytes:
        """struct FramedContent."""
        return b"".join(
            (
                opaque(self.group_id),
                self.epoch.to_bytes(8, "big"),
                self.sender.encode(),
                opaque(self.authenticated_data),
                bytes([self.content_type]),
                encode_body(self.content_type, self.body),
            )
        )

    def to_be_signed(self, wire_format: int, context: bytes) -> bytes:
        """FramedContentTBS; `context` is the encoded GroupContext, left out for senders outside the group."""
        head = MLS10.to_bytes(2, "big") + wire_format.to_bytes(2, "big") + self.encode()
        inside = self.sender.type in (SENDER_MEMBER, SENDER_NEW_MEMBER_COMMIT)
        return head + context if inside else head


def read_framed_content(reader: Reader) -> FramedContent:
    """One FramedContent."""
    group_id, epoch, sender = reader.opaque(MAX_FIELD), reader.u64(), read_sender(reader)
    authenticated_data, content_type = reader.opaque(MAX_FIELD), reader.u8()
    return FramedContent(group_id, epoch, sender, authenticated_data, content_type, read_body(reader, content_type))


@dataclass(frozen=True, slots=True)
class AuthData:
    """FramedContentAuthData: the signature and, for commits only, the confirmation tag."""

    signature: bytes = field(repr=False)
    confirmation_tag: bytes | None = field(default=None, repr=False)

    def encode(self) -> bytes:
        """struct FramedContentAuthData."""
        if self.confirmation_tag is None:
            return opaque(self.signature)
        return opaque(self.signature) + opaque(self.confirmation_tag)


def read_auth_data(reader: Reader, content_type: int) -> AuthData:
    """The tag is there exactly for a commit; it cannot be left out (its bytes would be something else)."""
    signature = reader.opaque(MAX_FIELD)
    return AuthData(signature, reader.opaque(MAX_FIELD) if content_type == CONTENT_COMMIT else None)


@dataclass(frozen=True, slots=True)
class AuthenticatedContent:
    """A content as it was sent in one wire format, with its authentication; not yet verified."""

    wire_format: int
    content: FramedContent
    auth: AuthData

    def encode(self) -> bytes:
        """struct AuthenticatedContent: what a ProposalRef names."""
        return self.wire_format.to_bytes(2, "big") + self.content.encode() + self.auth.encode()


def read_authenticated_content(reader: Reader) -> AuthenticatedContent:
    """One AuthenticatedContent."""
    wire_format, content = reader.u16(), read_framed_content(reader)
    return AuthenticatedContent(wire_format, content, read_auth_data(reader, content.content_type))
