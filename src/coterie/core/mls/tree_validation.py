"""What a joiner checks in a tree that it is shown (RFC 9420 section 12.4.3.1), apart from the leaves themselves."""

from coterie.core.crypto.kem import check_public_key
from coterie.core.mls import tree_math
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.mls.ratchet_tree import ParentNode, RatchetTree
from coterie.core.mls.rules import refuse
from coterie.core.mls.tree_hash import parent_hash


def verify_tree(tree: RatchetTree) -> None:
    """Parent hashes, unmerged leaves, that parents' keys can be used, and that no encryption key stands twice."""
    verify_unique_keys(tree)
    inner = range(1, tree_math.node_count(tree.width), 2)
    parents = [(node, parent) for node in inner if (parent := tree.parent(node)) is not None]
    for node, parent in parents:
        check_public_key(tree.suite, parent.encryption_key)
        _verify_unmerged(tree, node, parent)
    for node, parent in parents:
        if not any(_verifies_below(tree, node, parent, side) for side in (0, 1)):
            raise refuse("tree-parent-hash")


def verify_unique_keys(tree: RatchetTree) -> None:
    """No two nodes share an encryption key and no two members a signature key."""
    keys = [key for i in range(tree_math.node_count(tree.width)) if (key := tree.encryption_key(i)) is not None]
    if len(set(keys)) != len(keys):
        raise refuse("leaf-encryption-key-taken")
    signers = [leaf.signature_key for i in tree.members() if (leaf := tree.leaf(i)) is not None]
    if len(set(signers)) != len(signers):
        raise refuse("leaf-signature-key-taken")


def _verify_unmerged(tree: RatchetTree, node: int, parent: ParentNode) -> None:
    """Each is a member below the node, and unmerged at every parent in between."""
    for leaf in parent.unmerged_leaves:
        if not tree_math.is_below(leaf, node) or tree.leaf(leaf) is None:
            raise refuse("tree-unmerged-leaf")
        for between in tree_math.direct_path(2 * leaf, tree.width):
            if between == node:
                break
            inner = tree.parent(between)
            if inner is not None and leaf not in inner.unmerged_leaves:
                raise refuse("tree-unmerged-leaf")


def _verifies_below(tree: RatchetTree, node: int, parent: ParentNode, side: int) -> bool:
    """Whether a node on one side carries this parent's hash (section 7.9.2)."""
    children = (tree_math.left(node), tree_math.right(node))
    child, aside = children[side], children[1 - side]
    expected = parent_hash(tree, node, aside)
    unmerged = {2 * leaf for leaf in parent.unmerged_leaves if tree_math.is_below(leaf, child)}
    resolution = tree.resolution(child)
    return any(_stored_hash(tree, below) == expected and set(resolution) - {below} == unmerged for below in resolution)


def _stored_hash(tree: RatchetTree, node: int) -> bytes | None:
    """The parent hash in a node; None where there is none (only leaves made by a commit have one)."""
    found: LeafNode | ParentNode | None
    found = tree.leaf(node // 2) if tree_math.is_leaf(node) else tree.parent(node)
    return found.parent_hash if found is not None and found.parent_hash else None
