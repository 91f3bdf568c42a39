"""Sending application data (RFC 9420 sections 6.3 and 9): sign, take a key once, encrypt, pad."""

from dataclasses import dataclass, field

from coterie.core.codec.tls import malformed
from coterie.core.crypto.signing import Signing, sign_with_label
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.world import Entropy
from coterie.core.mls.framing import AuthData, FramedContent, member
from coterie.core.mls.group import Group
from coterie.core.mls.limits import MAX_FIELD, MAX_MESSAGE
from coterie.core.mls.mls_message import message_header
from coterie.core.mls.pending import proposals_wait
from coterie.core.mls.private_message import REUSE_GUARD_SIZE, PaddedSize, seal_private
from coterie.core.mls.registry import CONTENT_APPLICATION, WIRE_PRIVATE_MESSAGE
from coterie.core.mls.rules import refuse
from coterie.core.mls.state import Delta, Rows

HEADER = message_header(WIRE_PRIVATE_MESSAGE)


@dataclass(frozen=True, slots=True)
class Protected:
    """An MLSMessage to send, and the delta without which it must not leave."""

    message: bytes = field(repr=False)
    delta: Delta
    generation: int


def protect(
    group: Group,
    rows: Rows,
    plaintext: bytes,
    *,
    authenticated_data: bytes = b"",
    padded_size: PaddedSize | None = None,
    entropy: Entropy,
) -> Signing[Protected]:
    """Encrypts application data to the group. The ratchet is read after the signature has come back.

    While a proposal waits nothing may be sent: whoever shall be removed would read it still (section 12.4).
    """
    check_usable(group)
    if proposals_wait(rows, group.epoch):
        raise refuse("proposals-waiting")
    content = FramedContent(
        group.group_id, group.epoch, member(group.own_leaf), authenticated_data, CONTENT_APPLICATION, plaintext
    )
    auth = yield from sign_framed(group, content, WIRE_PRIVATE_MESSAGE)
    return seal_framed(group, rows, content, auth, padded_size, entropy)


def check_usable(group: Group) -> None:
    """UserError `group-ended` after a ReInit."""
    if group.ended:
        raise UserError("group-ended", "this group was ended", "go on in its successor")


def sign_framed(group: Group, content: FramedContent, wire_format: int) -> Signing[AuthData]:
    """The content's signature (label `FramedContentTBS`); a commit's tag is added later."""
    if len(content.body) > MAX_MESSAGE // 2 or len(content.authenticated_data) > MAX_FIELD:
        raise malformed("content: too large to send")
    to_be_signed = content.to_be_signed(wire_format, group.context_bytes)
    signature = yield from sign_with_label("FramedContentTBS", to_be_signed)
    return AuthData(signature)


def seal_framed(
    group: Group,
    rows: Rows,
    content: FramedContent,
    auth: AuthData,
    padded_size: PaddedSize | None,
    entropy: Entropy,
) -> Protected:
    """The MLSMessage of a signed content; takes the next key of our ratchet."""
    handshake = content.content_type != CONTENT_APPLICATION
    key, delta = group.ratchets.take_next(rows, group.own_leaf, handshake)
    guard = entropy.random(REUSE_GUARD_SIZE)
    sealed = seal_private(group.suite, group.secrets.sender_data, content, auth, key, guard, padded_size)
    return Protected(HEADER + sealed, delta, key.generation)
