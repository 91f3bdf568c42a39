"""Opening whatever the group sends in its current epoch (RFC 9420 section 6)."""

from dataclasses import dataclass, field
from typing import TypeAlias

from coterie.core.codec.tls import malformed
from coterie.core.crypto.kdf import verify_mac
from coterie.core.crypto.signature import verify_with_label
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commit import parse_commit
from coterie.core.mls.framing import AuthenticatedContent, Sender
from coterie.core.mls.group import Group
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.pending import keep_proposal
from coterie.core.mls.private_message import PrivateMessage, open_content, open_sender_data
from coterie.core.mls.proposal import Proposal, parse_proposal
from coterie.core.mls.psk import NO_PSKS, Psks
from coterie.core.mls.public_message import PublicMessage, tag_input
from coterie.core.mls.receive_commit import VerifiedCommit, stage_received
from coterie.core.mls.refs import proposal_ref
from coterie.core.mls.registry import (
    CONTENT_APPLICATION,
    CONTENT_COMMIT,
    CONTENT_PROPOSAL,
    SENDER_NEW_MEMBER_COMMIT,
    WIRE_PRIVATE_MESSAGE,
)
from coterie.core.mls.rules import refuse
from coterie.core.mls.staged import StagedCommit
from coterie.core.mls.state import Delta, Rows


@dataclass(frozen=True, slots=True)
class Application:
    """Opened application data. Write `delta` with it: it is what makes a second opening impossible."""

    sender: int
    authenticated_data: bytes = field(repr=False)
    plaintext: bytes = field(repr=False)
    generation: int
    delta: Delta


@dataclass(frozen=True, slots=True)
class Proposed:
    """A verified proposal; once `delta` is written, a commit may name it by `ref`."""

    sender: Sender
    proposal: Proposal
    ref: bytes
    authenticated_data: bytes = field(repr=False)
    delta: Delta


Opened: TypeAlias = Application | Proposed | StagedCommit


def open_message(group: Group, rows: Rows, message: bytes, *, psks: Psks = NO_PSKS) -> Opened:
    """Decrypts and verifies one message of this epoch. Raises a PeerError and changes nothing otherwise."""
    body = parse_message(message)
    if isinstance(body, PrivateMessage):
        check_place(group, body.group_id, body.epoch)
        content, delta, generation = open_private(group, rows, body)
    elif isinstance(body, PublicMessage):
        check_place(group, body.content.group_id, body.content.epoch)
        content, delta, generation = verify_public(group, body), Delta(), 0
    else:
        raise malformed("message: not a group message")
    framed = content.content
    if framed.content_type == CONTENT_APPLICATION:
        return Application(framed.sender.index, framed.authenticated_data, framed.body, generation, delta)
    if framed.content_type == CONTENT_PROPOSAL:
        return _keep(group, rows, content, delta)
    return stage_received(group, rows, VerifiedCommit(content, parse_commit(framed.body), message, delta), psks)


def check_place(group: Group, group_id: bytes, epoch: int) -> None:
    """The message is for this group and this epoch, and the group goes on."""
    if group_id != group.group_id:
        raise refuse("wrong-group")
    if epoch != group.epoch:
        raise refuse("past-epoch") if epoch < group.epoch else refuse("future-epoch")
    if group.ended:
        raise refuse("group-ended")


def _keep(group: Group, rows: Rows, content: AuthenticatedContent, delta: Delta) -> Proposed:
    framed = content.content
    proposal = parse_proposal(framed.body)
    ref = proposal_ref(group.suite, content.encode())
    kept = keep_proposal(rows, group.epoch, ref, framed.sender, proposal)
    return Proposed(framed.sender, proposal, ref, framed.authenticated_data, delta + kept)


def open_private(group: Group, rows: Rows, message: PrivateMessage) -> tuple[AuthenticatedContent, Delta, int]:
    """Decrypts a PrivateMessage and verifies who signed it; with the step of the sender's ratchet."""
    data = open_sender_data(group.suite, group.secrets.sender_data, message)
    leaf = group.member(data.leaf)
    if leaf is None:
        raise refuse("sender-not-a-member")
    handshake = message.content_type != CONTENT_APPLICATION
    own = data.leaf == group.own_leaf
    if own and data.generation < group.ratchets.next_generation(rows, data.leaf, handshake):
        raise refuse("own-message")
    key, delta = group.ratchets.take(rows, data.leaf, handshake, data.generation)
    content, auth = open_content(group.suite, key.key, key.nonce, message, data)
    authenticated = AuthenticatedContent(WIRE_PRIVATE_MESSAGE, content, auth)
    verify_content(group, authenticated, leaf.signature_key)
    if own:
        raise refuse("own-ratchet")
    return authenticated, delta, data.generation


def verify_public(group: Group, message: PublicMessage) -> AuthenticatedContent:
    """Verifies tag and signature of a PublicMessage; senders outside may only commit (external commit)."""
    content, sender = message.content, message.content.sender
    if content.content_type == CONTENT_APPLICATION:
        raise refuse("application-in-clear")
    authenticated = message.authenticated()
    if sender.is_member:
        leaf = group.member(sender.index)
        if leaf is None:
            raise refuse("sender-not-a-member")
        tagged = tag_input(content, message.auth, group.context_bytes)
        try:
            verify_mac(group.suite, group.secrets.membership, tagged, message.membership_tag or b"")
        except PeerError:
            raise refuse("membership-tag") from None
        verify_content(group, authenticated, leaf.signature_key)
        if sender.index == group.own_leaf:
            raise refuse("own-message")
        return authenticated
    if sender.type != SENDER_NEW_MEMBER_COMMIT:
        raise refuse("external-sender")
    if content.content_type != CONTENT_COMMIT:
        raise refuse("external-commit-content")
    path = parse_commit(content.body).path
    if path is None:
        raise refuse("external-path-missing")
    verify_content(group, authenticated, path.leaf.signature_key)
    return authenticated


def verify_content(group: Group, content: AuthenticatedContent, signature_key: bytes) -> None:
    """The signature over FramedContentTBS in this epoch."""
    to_be_signed = content.content.to_be_signed(content.wire_format, group.context_bytes)
    try:
        verify_with_label(group.suite, signature_key, "FramedContentTBS", to_be_signed, content.auth.signature)
    except PeerError:
        raise refuse("content-signature") from None
