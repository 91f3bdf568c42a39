"""Following somebody's commit (RFC 9420 section 12.4.2), from a member or from outside."""

from dataclasses import dataclass, field, replace

from coterie.core.crypto.hpke import receive_export
from coterie.core.crypto.kdf import verify_mac
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.mls.apply_proposals import Changed, apply_proposals, verify_signers
from coterie.core.mls.commit import Commit
from coterie.core.mls.framing import AuthenticatedContent
from coterie.core.mls.group import Group
from coterie.core.mls.key_schedule import external_key_pair, zero_secret
from coterie.core.mls.leaf_rules import (
    verify_abilities,
    verify_credential_support,
    verify_leaf,
    verify_source,
)
from coterie.core.mls.moves import leave_behind, move
from coterie.core.mls.next_epoch import EpochInput, derive_next_epoch, next_group, provisional_context
from coterie.core.mls.pending import find_update_key
from coterie.core.mls.proposal_list import (
    Listing,
    needs_path,
    resolve,
    verify_external_list,
    verify_member_list,
)
from coterie.core.mls.psk import Psks, gather_psk_secret
from coterie.core.mls.registry import SOURCE_COMMIT
from coterie.core.mls.rules import refuse
from coterie.core.mls.staged import StagedCommit
from coterie.core.mls.state import Delta, Rows
from coterie.core.mls.treekem import apply_path, open_path, surviving_keys, verify_fresh_keys
from coterie.core.mls.update_path import UpdatePath

EXTERNAL_INIT_LABEL = b"MLS 1.0 external init secret"


@dataclass(frozen=True, slots=True)
class VerifiedCommit:
    """A commit whose signature (and membership tag) was verified; `message` and `ratchet_delta` as received."""

    content: AuthenticatedContent
    commit: Commit
    message: bytes = field(repr=False)
    ratchet_delta: Delta


def stage_received(group: Group, rows: Rows, received: VerifiedCommit, psks: Psks) -> StagedCommit:
    """Checks everything and stages the next epoch; raises a PeerError and changes nothing otherwise."""
    content, commit = received.content.content, received.commit
    listing = resolve(rows, group.epoch, commit.proposals, content.sender)
    external = not content.sender.is_member
    if external:
        verify_external_list(group.suite, listing)
    else:
        verify_member_list(group.suite, listing, content.sender.index)
    changed = apply_proposals(group.suite, group.tree, group.context, listing)
    committer = _place_committer(group, changed, commit, listing, content.sender.index, external)
    staged = StagedCommit(
        received.message,
        None,
        committer,
        external,
        listing,
        tuple(leaf for leaf, _ in changed.added),
        changed.removed,
        content.authenticated_data,
        group.context,
        None,
        Delta(),
        received.ratchet_delta,
    )
    if group.own_leaf in changed.removed:
        return replace(staged, delta=leave_behind(group, rows))
    return _follow(group, rows, received, changed, committer, psks, staged)


def _follow(
    group: Group,
    rows: Rows,
    received: VerifiedCommit,
    changed: Changed,
    committer: int,
    psks: Psks,
    staged: StagedCommit,
) -> StagedCommit:
    """The second half: our keys, the key schedule and the confirmation tag."""
    suite, content = group.suite, received.content
    provisional = provisional_context(group, changed)
    keys = _current_keys(group, rows, changed)
    commit_secret = zero_secret(suite)
    if received.commit.path is not None:
        opened = open_path(
            changed.tree,
            group.own_leaf,
            committer,
            received.commit.path,
            changed.added_nodes,
            provisional.encode(),
            keys,
        )
        keys.update(opened.private_keys)
        commit_secret = opened.commit_secret
    secrets = EpochInput(
        _init_secret(suite, group, changed), commit_secret, gather_psk_secret(suite, changed.psks, psks)
    )
    epoch = derive_next_epoch(group, provisional, content.wire_format, content.content, content.auth.signature, secrets)
    try:
        transcript = epoch.context.confirmed_transcript_hash
        verify_mac(suite, epoch.schedule.secrets.confirmation, transcript, content.auth.confirmation_tag or b"")
    except PeerError:
        raise refuse("confirmation-tag") from None
    following = next_group(group, changed, epoch, keys)
    return replace(staged, group=following, delta=move(group, following, epoch.schedule.encryption, rows))


def _place_committer(
    group: Group, changed: Changed, commit: Commit, listing: Listing, sender: int, external: bool
) -> int:
    """Puts the path into the staged tree; the committer's leaf index (a new one for an external commit)."""
    path = commit.path
    if path is None:
        if external:
            raise refuse("external-path-missing")
        if needs_path(listing):
            raise refuse("path-missing")
        return sender
    verify_source(path.leaf, SOURCE_COMMIT)
    standing = changed.tree.encryption_keys()
    if external:
        index = _place_newcomer(group, changed, path)
    else:
        index = sender
        old = changed.tree.leaf(index)
        if old is None:
            raise refuse("sender-not-a-member")
        if old.encryption_key == path.leaf.encryption_key:
            raise refuse("path-key-unchanged")
    verify_leaf(group.suite, path.leaf, group.group_id, index)
    verify_abilities(path.leaf, changed.extensions)
    apply_path(changed.tree, index, path, changed.added_nodes)
    verify_fresh_keys(standing, [path.leaf.encryption_key, *(node.encryption_key for node in path.nodes)])
    verify_credential_support(changed.tree)
    verify_signers(changed.tree)
    return index


def _place_newcomer(group: Group, changed: Changed, path: UpdatePath) -> int:
    """The leaf of an external committer: the leftmost blank one after its own old leaf was removed.

    A newcomer that replaces an old leaf is judged as by an Update of it (sections 12.1.2 and 12.2).
    """
    for leaf in changed.removed:
        old = group.tree.leaf(leaf)
        if old is None or old.credential != path.leaf.credential:
            raise refuse("external-remove-other")
        if old.encryption_key == path.leaf.encryption_key:
            raise refuse("path-key-unchanged")
    return changed.tree.add(path.leaf)


def _current_keys(group: Group, rows: Rows, changed: Changed) -> dict[int, Secret]:
    """Our private keys after the proposals: an Update of ours has a new leaf key that waited in the rows."""
    keys: dict[int, Secret] = surviving_keys(group.tree, changed.tree, group.private_keys)
    for leaf, ref in changed.updated:
        if leaf == group.own_leaf and ref is not None:
            key = find_update_key(rows, group.epoch, ref)
            if key is None:
                raise refuse("unknown-proposal")
            keys[2 * leaf] = key
    return keys


def _init_secret(suite: Suite, group: Group, changed: Changed) -> bytes:
    """The last epoch's init secret, or the one that an external committer encapsulated (section 8.3)."""
    if changed.external_init is None:
        return group.secrets.init
    pair = external_key_pair(suite, group.secrets.external)
    kem_output = changed.external_init.kem_output
    return receive_export(suite, pair.private, kem_output, b"", EXTERNAL_INIT_LABEL, suite.hash_size)
