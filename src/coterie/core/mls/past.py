"""Epochs that have ended: of each only unused message keys are kept, per sender, until they are forgotten.

So a late message of the old epoch can still be opened, and whoever takes the device later can open recorded
messages that never reached it, no longer than the caller lets these rows live.
"""

from dataclasses import dataclass, field

from coterie.core.codec.tls import Reader, malformed, parse
from coterie.core.crypto.signature import verify_with_label
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.credential import Credential, read_credential
from coterie.core.mls.framing import AuthenticatedContent
from coterie.core.mls.group import GROUP_ROW, NODE_PREFIX, PRIVATE_PREFIX
from coterie.core.mls.group_context import GroupContext, parse_group_context
from coterie.core.mls.leaf_node import parse_leaf_node
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.moves import SIGNER_PREFIX
from coterie.core.mls.private_message import PrivateMessage, open_content, open_sender_data
from coterie.core.mls.ratchets import Ratchets, epoch_prefix
from coterie.core.mls.registry import CONTENT_APPLICATION, WIRE_PRIVATE_MESSAGE
from coterie.core.mls.rules import refuse
from coterie.core.mls.state import Delta, Overlay, Rows, deletions


@dataclass(frozen=True, slots=True)
class PastApplication:
    """Application data of a past epoch, with the sender's credential as it was then."""

    sender: int
    credential: Credential
    context: GroupContext
    authenticated_data: bytes = field(repr=False)
    plaintext: bytes = field(repr=False)
    generation: int
    delta: Delta


@dataclass(frozen=True, slots=True)
class PastEpoch:
    """The row `past` of an epoch."""

    suite: Suite
    context: GroupContext
    context_bytes: bytes = field(repr=False)
    width: int
    own_leaf: int
    member_bits: int
    sender_data: bytes = field(repr=False)

    def was_member(self, leaf: int) -> bool:
        """Whether somebody stood on a leaf."""
        return bool(self.member_bits >> leaf & 1)

    @property
    def ratchets(self) -> Ratchets:
        """Where its message keys are found."""
        return Ratchets(self.suite, self.context.epoch, self.width)


def past_epochs(rows: Rows) -> tuple[int, ...]:
    """Epochs of which message keys are kept, oldest first."""
    return tuple(sorted(int(key[2:18], 16) for key in rows.keys("e/") if key.endswith("/past")))


def load_past(rows: Rows, epoch: int) -> PastEpoch | None:
    """What is kept of a past epoch, or None."""
    row = rows.get(f"{epoch_prefix(epoch)}past")
    if row is None:
        return None

    def read(reader: Reader) -> PastEpoch:
        width, own_leaf, bits = reader.u32(), reader.u32(), int.from_bytes(reader.opaque(), "little")
        sender_data, encoded = reader.opaque(), reader.opaque()
        context = parse_group_context(encoded)
        return PastEpoch(suite(context.suite_id), context, encoded, width, own_leaf, bits, sender_data)

    return parse(read, row)


def open_past(rows: Rows, message: bytes) -> PastApplication:
    """Opens a late application message; `past-epoch` if nothing of its epoch is kept or it is no application."""
    body = parse_message(message)
    if not isinstance(body, PrivateMessage):
        raise malformed("message: only encrypted messages of past epochs are opened")
    past = load_past(rows, body.epoch)
    if past is None or body.content_type != CONTENT_APPLICATION:
        raise refuse("past-epoch")
    if body.group_id != past.context.group_id:
        raise refuse("wrong-group")
    data = open_sender_data(past.suite, past.sender_data, body)
    if data.leaf == past.own_leaf:
        raise refuse("own-message")
    signer = _signer(rows, data.leaf, past)
    key, delta = past.ratchets.take(rows, data.leaf, False, data.generation)
    content, auth = open_content(past.suite, key.key, key.nonce, body, data)
    signed = AuthenticatedContent(WIRE_PRIVATE_MESSAGE, content, auth).content
    to_be_signed = signed.to_be_signed(WIRE_PRIVATE_MESSAGE, past.context_bytes)
    try:
        verify_with_label(past.suite, signer[0], "FramedContentTBS", to_be_signed, auth.signature)
    except PeerError:
        raise refuse("content-signature") from None
    return PastApplication(
        data.leaf, signer[1], past.context, body.authenticated_data, content.body, data.generation, delta
    )


def _signer(rows: Rows, leaf: int, past: PastEpoch) -> tuple[bytes, Credential]:
    """Signature key and credential of a leaf in a past epoch; `not-a-member` if it was blank."""
    if not past.was_member(leaf):
        raise refuse("sender-not-a-member")
    stem = f"{SIGNER_PREFIX}{leaf:08x}/"
    later = sorted(key for key in rows.keys(stem) if int(key[len(stem) :], 16) >= past.context.epoch)
    if later:
        row = rows.get(later[0]) or b""
        return parse(lambda reader: (reader.opaque(), read_credential(reader)), row)
    node = rows.get(f"{NODE_PREFIX}{2 * leaf:08x}")
    if node is None:
        raise refuse("sender-not-a-member")
    current = parse_leaf_node(node)
    return current.signature_key, current.credential


def forget_sender(rows: Rows, epoch: int, leaf: int) -> Delta:
    """Deletes all keys of one sender in a past epoch; with the last sender the whole epoch goes."""
    past = load_past(rows, epoch)
    if past is None or not past.was_member(leaf):
        return Delta()
    delta = past.ratchets.forget(rows, leaf)
    left = Overlay(rows, delta)
    others = (i for i in range(past.width) if past.was_member(i) and i != past.own_leaf)
    if any(past.ratchets.has_keys(left, other) for other in others):
        return delta
    return forget_epoch(rows, epoch)


def forget_epoch(rows: Rows, epoch: int) -> Delta:
    """Deletes everything that is kept of a past epoch, and signers that no older epoch needs any more."""
    if load_past(rows, epoch) is None:
        return Delta()
    keys = rows.keys(epoch_prefix(epoch))
    kept = [other for other in past_epochs(rows) if other != epoch]
    for key in rows.keys(SIGNER_PREFIX):
        last = int(key.rsplit("/", 1)[1], 16)
        if not any(other <= last for other in kept):
            keys.append(key)
    return deletions(keys)


def leave(rows: Rows) -> Delta:
    """Deletes the whole group."""
    keys = [
        key for prefix in (GROUP_ROW, NODE_PREFIX, PRIVATE_PREFIX, SIGNER_PREFIX, "e/") for key in rows.keys(prefix)
    ]
    return deletions(keys)
