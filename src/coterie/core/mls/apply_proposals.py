"""What a list of proposals does to the tree (RFC 9420 sections 12.1 and 12.3), on a copy of it."""

from dataclasses import dataclass, field

from coterie.core.crypto.suites import Suite
from coterie.core.mls.extension import Extensions
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.key_package import KeyPackage
from coterie.core.mls.key_packages import verify_key_package
from coterie.core.mls.leaf_rules import (
    verify_abilities,
    verify_all_abilities,
    verify_credential_support,
    verify_leaf,
    verify_source,
)
from coterie.core.mls.proposal import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    ReInit,
    Remove,
    Update,
)
from coterie.core.mls.proposal_list import Listing
from coterie.core.mls.psk_id import PreSharedKeyId
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.registry import SOURCE_UPDATE
from coterie.core.mls.rules import refuse


@dataclass(frozen=True, slots=True)
class Changed:
    """The group after the proposals and before the path. `added` pairs leaf indices with their KeyPackages."""

    tree: RatchetTree = field(repr=False)
    extensions: Extensions
    added: tuple[tuple[int, KeyPackage], ...]
    removed: tuple[int, ...]
    updated: tuple[tuple[int, bytes | None], ...]
    """(leaf index, reference of the Update)."""
    psks: tuple[PreSharedKeyId, ...]
    external_init: ExternalInit | None
    reinit: ReInit | None

    @property
    def added_nodes(self) -> frozenset[int]:
        """Node indices of the new members: the path is not encrypted to them."""
        return frozenset(2 * leaf for leaf, _ in self.added)


def apply_proposals(suite: Suite, tree: RatchetTree, context: GroupContext, listing: Listing) -> Changed:
    """Applies a list that `proposal_list` has accepted, in the order of section 12.3; checks each proposal."""
    staged = tree.copy()
    extensions = _new_extensions(context.extensions, listing)
    updated = _apply_updates(suite, staged, context.group_id, extensions, listing)
    removed = _apply_removes(staged, listing)
    added = _apply_adds(suite, staged, extensions, listing)
    if extensions is not context.extensions:
        verify_all_abilities(staged, extensions)
    if added or updated:
        verify_credential_support(staged)
        verify_new_keys(staged, [2 * leaf for leaf, _ in added] + [2 * leaf for leaf, _ in updated])
    proposals = [x.proposal for x in listing]
    return Changed(
        staged,
        extensions,
        added,
        removed,
        updated,
        tuple(p.psk for p in proposals if isinstance(p, PreSharedKey)),
        next((p for p in proposals if isinstance(p, ExternalInit)), None),
        next((p for p in proposals if isinstance(p, ReInit)), None),
    )


def _new_extensions(current: Extensions, listing: Listing) -> Extensions:
    for entry in listing:
        if isinstance(entry.proposal, GroupContextExtensions):
            return entry.proposal.extensions
    return current


def _apply_updates(
    suite: Suite, tree: RatchetTree, group_id: bytes, extensions: Extensions, listing: Listing
) -> tuple[tuple[int, bytes | None], ...]:
    updated = []
    for entry in listing:
        if not isinstance(entry.proposal, Update):
            continue
        index, leaf = entry.sender.index, entry.proposal.leaf
        old = tree.leaf(index)
        if not entry.sender.is_member or old is None:
            raise refuse("update-sender")
        verify_source(leaf, SOURCE_UPDATE)
        verify_leaf(suite, leaf, group_id, index)
        verify_abilities(leaf, extensions)
        if leaf.encryption_key == old.encryption_key:
            raise refuse("update-key-unchanged")
        tree.update(index, leaf)
        updated.append((index, entry.ref))
    return tuple(updated)


def _apply_removes(tree: RatchetTree, listing: Listing) -> tuple[int, ...]:
    removed = tuple(x.proposal.removed for x in listing if isinstance(x.proposal, Remove))
    for index in removed:
        if tree.leaf(index) is None:
            raise refuse("remove-blank")
        tree.remove(index)
    return removed


def _apply_adds(
    suite: Suite, tree: RatchetTree, extensions: Extensions, listing: Listing
) -> tuple[tuple[int, KeyPackage], ...]:
    packages = [x.proposal.key_package for x in listing if isinstance(x.proposal, Add)]
    if len({package.init_key for package in packages}) != len(packages):
        raise refuse("init-key-taken")
    added = []
    for package in packages:
        verify_key_package(package, suite, None)
        verify_abilities(package.leaf, extensions)
        added.append((tree.add(package.leaf), package))
    return tuple(added)


def verify_new_keys(tree: RatchetTree, nodes: list[int]) -> None:
    """The keys at these nodes stand nowhere else in the tree (section 7.3)."""
    fresh = {key: node for node in nodes if (key := tree.encryption_key(node)) is not None}
    if len(fresh) != len([node for node in nodes if not tree.is_blank(node)]):
        raise refuse("leaf-encryption-key-taken")
    for index in range(2 * tree.width - 1):
        key = tree.encryption_key(index)
        if key is not None and fresh.get(key, index) != index:
            raise refuse("leaf-encryption-key-taken")
    verify_signers(tree)


def verify_signers(tree: RatchetTree) -> None:
    """No two members have one signature key (section 7.3)."""
    signers = [leaf.signature_key for i in tree.members() if (leaf := tree.leaf(i)) is not None]
    if len(set(signers)) != len(signers):
        raise refuse("leaf-signature-key-taken")
