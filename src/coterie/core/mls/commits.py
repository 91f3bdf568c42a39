"""Making a commit (RFC 9420 section 12.4): proposals, path, keys of the next epoch, Welcome."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from coterie.core.crypto.signing import Signing
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy, Instant
from coterie.core.mls.apply_proposals import Changed, apply_proposals, verify_signers
from coterie.core.mls.commit import Commit
from coterie.core.mls.extension import Extensions
from coterie.core.mls.framing import AuthData, FramedContent, member
from coterie.core.mls.group import Group
from coterie.core.mls.key_packages import parse_key_package, verify_lifetime
from coterie.core.mls.key_schedule import zero_secret
from coterie.core.mls.leaf_rules import verify_abilities, verify_credential_support
from coterie.core.mls.mls_message import message_header
from coterie.core.mls.moves import move
from coterie.core.mls.next_epoch import EpochInput, derive_next_epoch, next_group, provisional_context
from coterie.core.mls.own_leaf import LeafConfig, config_of
from coterie.core.mls.private_message import PaddedSize
from coterie.core.mls.proposal import Add, GroupContextExtensions, PreSharedKey, Proposal, Reference, Remove
from coterie.core.mls.proposal_list import Listing, needs_path, resolve, verify_member_list
from coterie.core.mls.protect import check_usable, seal_framed, sign_framed
from coterie.core.mls.psk import NO_PSKS, Psks, gather_psk_secret
from coterie.core.mls.psk_id import PreSharedKeyId
from coterie.core.mls.public_message import PublicMessage, membership_tag
from coterie.core.mls.registry import CONTENT_COMMIT, WIRE_PRIVATE_MESSAGE, WIRE_PUBLIC_MESSAGE
from coterie.core.mls.staged import StagedCommit
from coterie.core.mls.state import Delta, Rows
from coterie.core.mls.treekem import NewPath, create_path, encrypt_path, surviving_keys, verify_fresh_keys
from coterie.core.mls.update_path import UpdatePath
from coterie.core.mls.welcoming import make_welcome


@dataclass(frozen=True, slots=True)
class CommitPlan:
    """What a commit shall do. Empty: refresh our own keys. A plan that only adds leaves the path out."""

    adds: tuple[bytes, ...] = ()
    """KeyPackages, each an MLSMessage."""
    removes: tuple[int, ...] = ()
    """Leaf indices."""
    psks: tuple[PreSharedKeyId, ...] = ()
    extensions: Extensions | None = None
    """All extensions that the group is to have from now on; None leaves them."""
    references: tuple[bytes, ...] = ()
    """Proposals that were sent before, by reference."""
    force_path: bool = False
    leaf: LeafConfig | None = None
    """New contents for our own leaf (forces a path); the signer must hold its signature key."""


@dataclass(frozen=True, slots=True)
class CommitOptions:
    """How the commit is sent."""

    authenticated_data: bytes = b""
    padded_size: PaddedSize | None = None
    public: bool = False
    tree_in_welcome: bool = True


def stage_commit(
    group: Group,
    rows: Rows,
    plan: CommitPlan,
    *,
    now: Instant,
    entropy: Entropy,
    authenticated_data: bytes = b"",
    padded_size: PaddedSize | None = None,
    public: bool = False,
    tree_in_welcome: bool = True,
    psks: Psks = NO_PSKS,
) -> Signing[StagedCommit]:
    """A commit of ours, checked as its receivers will check it. Nothing changes until its deltas are written."""
    check_usable(group)
    entries = (*_by_value(plan), *(Reference(ref) for ref in plan.references))
    listing = resolve(rows, group.epoch, entries, member(group.own_leaf))
    for entry in listing:
        if isinstance(entry.proposal, Add):  # all else about the package is checked where it is applied
            verify_lifetime(entry.proposal.key_package, now)
    verify_member_list(group.suite, listing, group.own_leaf)
    options = CommitOptions(authenticated_data, padded_size, public, tree_in_welcome)
    return (yield from build_commit(group, rows, listing, plan, options, entropy, psks))


def _by_value(plan: CommitPlan) -> tuple[Proposal, ...]:
    proposals: list[Proposal] = []
    if plan.extensions is not None:
        proposals.append(GroupContextExtensions(plan.extensions))
    proposals += [Remove(leaf) for leaf in plan.removes]
    proposals += [Add(parse_key_package(package)) for package in plan.adds]
    proposals += [PreSharedKey(psk) for psk in plan.psks]
    return tuple(proposals)


def build_commit(
    group: Group,
    rows: Rows,
    listing: Listing,
    plan: CommitPlan,
    options: CommitOptions,
    entropy: Entropy,
    psks: Psks,
) -> Signing[StagedCommit]:
    """The commit of a list that was accepted."""
    suite = group.suite
    changed = apply_proposals(suite, group.tree, group.context, listing)
    psk_secret = gather_psk_secret(suite, changed.psks, psks)
    new_path = yield from _fresh_path(group, changed, listing, plan, entropy)
    provisional = provisional_context(group, changed)
    path = _encrypted(changed, new_path, provisional.encode(), entropy)
    commit = Commit(tuple(Reference(x.ref) if x.ref is not None else x.proposal for x in listing), path)
    content = FramedContent(
        group.group_id,
        group.epoch,
        member(group.own_leaf),
        options.authenticated_data,
        CONTENT_COMMIT,
        commit.encode(),
    )
    wire_format = WIRE_PUBLIC_MESSAGE if options.public else WIRE_PRIVATE_MESSAGE
    auth = yield from sign_framed(group, content, wire_format)
    commit_secret = new_path.commit_secret if new_path else zero_secret(suite)
    secrets = EpochInput(group.secrets.init, commit_secret, psk_secret)
    epoch = derive_next_epoch(group, provisional, wire_format, content, auth.signature, secrets)
    welcome = None
    if changed.added:
        welcome = yield from make_welcome(group, changed, epoch, new_path, options.tree_in_welcome, entropy)
    message, ratchet_delta = _framed(group, rows, content, replace(auth, confirmation_tag=epoch.tag), options, entropy)
    following = next_group(group, changed, epoch, _own_keys(group, changed, new_path))
    return StagedCommit(
        message,
        welcome,
        group.own_leaf,
        False,
        listing,
        tuple(leaf for leaf, _ in changed.added),
        changed.removed,
        options.authenticated_data,
        group.context,
        following,
        move(group, following, epoch.schedule.encryption, rows),
        ratchet_delta,
    )


def _fresh_path(
    group: Group, changed: Changed, listing: Listing, plan: CommitPlan, entropy: Entropy
) -> Signing[NewPath | None]:
    if not (needs_path(listing) or plan.force_path or plan.leaf is not None):
        return None
    own = changed.tree.leaf(group.own_leaf)
    if own is None:
        raise ValueError("our own leaf is not in our own tree")
    config = plan.leaf or config_of(own)
    standing = changed.tree.encryption_keys()
    path = yield from create_path(changed.tree, group.own_leaf, config, group.group_id, entropy)
    verify_abilities(path.leaf, changed.extensions)
    verify_credential_support(changed.tree)
    verify_fresh_keys(standing, [changed.tree.encryption_key(node) or b"" for node in path.private_keys])
    verify_signers(changed.tree)
    return path


def _encrypted(changed: Changed, path: NewPath | None, context: bytes, entropy: Entropy) -> UpdatePath | None:
    if path is None:
        return None
    return encrypt_path(changed.tree, path, changed.added_nodes, context, entropy)


def _own_keys(group: Group, changed: Changed, path: NewPath | None) -> Mapping[int, Secret]:
    keys = surviving_keys(group.tree, changed.tree, group.private_keys)
    if path is not None:
        keys.update(path.private_keys)
    return keys


def _framed(
    group: Group,
    rows: Rows,
    content: FramedContent,
    auth: AuthData,
    options: CommitOptions,
    entropy: Entropy,
) -> tuple[bytes, Delta]:
    """The MLSMessage of a commit or proposal in clear or encrypted, and the step of our handshake ratchet."""
    if options.public:
        return frame_public(group, content, auth), Delta()
    sealed = seal_framed(group, rows, content, auth, options.padded_size, entropy)
    return sealed.message, sealed.delta


def frame_public(group: Group, content: FramedContent, auth: AuthData) -> bytes:
    """The MLSMessage of a handshake content in clear."""
    tag = membership_tag(group.suite, group.secrets.membership, content, auth, group.context_bytes)
    return message_header(WIRE_PUBLIC_MESSAGE) + PublicMessage(content, auth, tag).encode()
