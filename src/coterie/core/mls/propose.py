"""Sending a proposal of our own, for a commit to take up by reference (RFC 9420 section 12.1)."""

from dataclasses import dataclass, field

from coterie.core.crypto.kem import generate_key_pair
from coterie.core.crypto.signing import Signing
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy, Instant
from coterie.core.mls.commits import frame_public
from coterie.core.mls.framing import AuthenticatedContent, FramedContent, member
from coterie.core.mls.group import Group
from coterie.core.mls.key_packages import verify_key_package
from coterie.core.mls.leaf_node import LeafNode, sign_leaf
from coterie.core.mls.leaf_rules import verify_abilities
from coterie.core.mls.own_leaf import LeafConfig, config_of
from coterie.core.mls.pending import keep_proposal
from coterie.core.mls.private_message import PaddedSize
from coterie.core.mls.proposal import (
    Add,
    ExternalInit,
    PreSharedKey,
    Proposal,
    ReInit,
    Remove,
    Update,
    encode_proposal,
)
from coterie.core.mls.protect import check_usable, seal_framed, sign_framed
from coterie.core.mls.psk import verify_proposed_psks
from coterie.core.mls.refs import proposal_ref
from coterie.core.mls.registry import (
    CONTENT_PROPOSAL,
    SOURCE_UPDATE,
    WIRE_PRIVATE_MESSAGE,
    WIRE_PUBLIC_MESSAGE,
)
from coterie.core.mls.rules import refuse
from coterie.core.mls.state import Delta, Rows


@dataclass(frozen=True, slots=True)
class SentProposal:
    """An MLSMessage to send and its reference; the delta keeps the proposal and moves the ratchet."""

    message: bytes = field(repr=False)
    ref: bytes
    delta: Delta


def propose(
    group: Group,
    rows: Rows,
    proposal: Proposal,
    *,
    entropy: Entropy,
    authenticated_data: bytes = b"",
    padded_size: PaddedSize | None = None,
    public: bool = False,
    now: Instant | None = None,
) -> Signing[SentProposal]:
    """Add, Remove, PSK or GroupContextExtensions; an Update is `propose_update`.

    What is proposed is judged here as a commit of it would be judged (section 12.1), as far as it stands alone. With
    an Add give `now`, so that its lifetime is judged too: section 7.3 asks it of who sends. Who commits it does it again.
    """
    if isinstance(proposal, Update | ReInit | ExternalInit):
        raise UserError("unsupported-proposal", "this proposal cannot be made here")
    _verify(group, proposal, now)
    return (yield from _send(group, rows, proposal, None, entropy, authenticated_data, padded_size, public))


def _verify(group: Group, proposal: Proposal, now: Instant | None) -> None:
    match proposal:
        case Add():
            verify_key_package(proposal.key_package, group.suite, now)
            verify_abilities(proposal.key_package.leaf, group.context.extensions)
        case Remove():
            if group.member(proposal.removed) is None:
                raise refuse("remove-blank")
        case PreSharedKey():
            verify_proposed_psks(group.suite, [proposal.psk])


def propose_update(
    group: Group,
    rows: Rows,
    *,
    entropy: Entropy,
    leaf: LeafConfig | None = None,
    authenticated_data: bytes = b"",
    padded_size: PaddedSize | None = None,
    public: bool = False,
) -> Signing[SentProposal]:
    """A fresh leaf key for ourselves (and other contents, if `leaf` is given)."""
    old = group.member(group.own_leaf)
    if old is None:
        raise UserError("not-a-member", "we are not in this group")
    config = leaf or config_of(old)
    pair = generate_key_pair(group.suite, entropy)
    node = LeafNode(
        pair.public,
        config.signature_key,
        config.credential,
        config.capabilities,
        SOURCE_UPDATE,
        extensions=config.extensions,
    )
    node = yield from sign_leaf(node, group.group_id, group.own_leaf)
    return (yield from _send(group, rows, Update(node), pair.private, entropy, authenticated_data, padded_size, public))


def _send(
    group: Group,
    rows: Rows,
    proposal: Proposal,
    private: Secret | None,
    entropy: Entropy,
    authenticated_data: bytes,
    padded_size: PaddedSize | None,
    public: bool,
) -> Signing[SentProposal]:
    check_usable(group)
    sender = member(group.own_leaf)
    content = FramedContent(
        group.group_id, group.epoch, sender, authenticated_data, CONTENT_PROPOSAL, encode_proposal(proposal)
    )
    wire_format = WIRE_PUBLIC_MESSAGE if public else WIRE_PRIVATE_MESSAGE
    auth = yield from sign_framed(group, content, wire_format)
    ref = proposal_ref(group.suite, AuthenticatedContent(wire_format, content, auth).encode())
    kept = keep_proposal(rows, group.epoch, ref, sender, proposal, private)
    if public:
        return SentProposal(frame_public(group, content, auth), ref, kept)
    sealed = seal_framed(group, rows, content, auth, padded_size, entropy)
    return SentProposal(sealed.message, ref, sealed.delta + kept)
