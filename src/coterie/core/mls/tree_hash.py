"""Tree hashes and parent hashes (RFC 9420 sections 7.8 and 7.9)."""

from coterie.core.codec.tls import Writer
from coterie.core.crypto.kdf import digest
from coterie.core.mls import tree_math
from coterie.core.mls.ratchet_tree import ParentNode, RatchetTree

_NONE: frozenset[int] = frozenset()


def tree_hash(tree: RatchetTree, node: int | None = None) -> bytes:
    """The hash of the subtree at a node index (by default the root), kept in the tree until it changes."""
    index = tree_math.root(tree.width) if node is None else node
    known = tree.hashes[index]
    if known is None:
        known = tree.hashes[index] = _hash(tree, index, _NONE)
    return known


def original_hash(tree: RatchetTree, node: int, without: frozenset[int]) -> bytes:
    """The hash of a subtree as it was before the leaves in `without` were added (section 7.9)."""
    if not any(leaf in without for leaf in tree_math.leaves_below(node)):
        return tree_hash(tree, node)
    return _hash(tree, node, without)


def _hash(tree: RatchetTree, index: int, without: frozenset[int]) -> bytes:
    raw = tree.raw(index)
    out = Writer()
    if tree_math.is_leaf(index):
        leaf = index // 2
        out.u8(1).u32(leaf).optional(None if leaf in without else raw)
        return digest(tree.suite, out.bytes())
    if raw is not None and without:
        node = tree.parent(index)
        if node is not None and not without.isdisjoint(node.unmerged_leaves):
            kept = tuple(leaf for leaf in node.unmerged_leaves if leaf not in without)
            raw = ParentNode(node.encryption_key, node.parent_hash, kept).encode()
    out.u8(2).optional(raw)
    for child in (tree_math.left(index), tree_math.right(index)):
        below = original_hash(tree, child, without) if without else tree_hash(tree, child)
        out.opaque(below)
    return digest(tree.suite, out.bytes())


def parent_hash(tree: RatchetTree, node: int, aside: int) -> bytes:
    """What the next node below on the path stores of its parent `node`; `aside` is the child off the path."""
    parent = tree.parent(node)
    if parent is None:
        raise ValueError("a blank node has no parent hash")
    sibling = original_hash(tree, aside, frozenset(parent.unmerged_leaves))
    out = Writer().opaque(parent.encryption_key).opaque(parent.parent_hash).opaque(sibling)
    return digest(tree.suite, out.bytes())
