"""PublicMessage (RFC 9420 section 6.2): a handshake message in clear, with a membership tag from members."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, opaque
from coterie.core.crypto.kdf import mac
from coterie.core.crypto.suites import Suite
from coterie.core.mls.framing import (
    AuthData,
    AuthenticatedContent,
    FramedContent,
    read_auth_data,
    read_framed_content,
)
from coterie.core.mls.limits import MAX_FIELD
from coterie.core.mls.registry import WIRE_PUBLIC_MESSAGE


@dataclass(frozen=True, slots=True)
class PublicMessage:
    """struct { FramedContent content; FramedContentAuthData auth; select (sender) { member: MAC tag } }"""

    content: FramedContent
    auth: AuthData
    membership_tag: bytes | None = field(repr=False)

    def encode(self) -> bytes:
        """struct PublicMessage."""
        tag = b"" if self.membership_tag is None else opaque(self.membership_tag)
        return self.content.encode() + self.auth.encode() + tag

    def authenticated(self) -> AuthenticatedContent:
        """The content as it was authenticated."""
        return AuthenticatedContent(WIRE_PUBLIC_MESSAGE, self.content, self.auth)


def read_public_message(reader: Reader) -> PublicMessage:
    """One PublicMessage; the tag is there exactly for members."""
    content = read_framed_content(reader)
    auth = read_auth_data(reader, content.content_type)
    return PublicMessage(content, auth, reader.opaque(MAX_FIELD) if content.sender.is_member else None)


def membership_tag(
    suite: Suite, membership_key: bytes, content: FramedContent, auth: AuthData, context: bytes
) -> bytes:
    """The MAC over AuthenticatedContentTBM: only members of the epoch can make it."""
    return mac(suite, membership_key, tag_input(content, auth, context))


def tag_input(content: FramedContent, auth: AuthData, context: bytes) -> bytes:
    """AuthenticatedContentTBM."""
    return content.to_be_signed(WIRE_PUBLIC_MESSAGE, context) + auth.encode()
