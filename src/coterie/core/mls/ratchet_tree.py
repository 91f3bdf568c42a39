"""The ratchet tree (RFC 9420 sections 4 and 7): public keys of members and of the subtrees above them.

Nodes are kept encoded and parsed only when somebody looks; hashes are kept until something below changes. So
loading a large tree costs little, and a commit touches one path. A tree in use is never changed: `copy` it,
change the copy, keep the copy if every check passes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from coterie.core.codec.tls import Budget, Reader, Writer, malformed, parse
from coterie.core.crypto.suites import Suite
from coterie.core.mls import tree_math
from coterie.core.mls.leaf_node import LeafNode, parse_leaf_node, read_leaf_node
from coterie.core.mls.limits import MAX_ELEMENTS, MAX_FIELD, MAX_LEAVES, MAX_NODES
from coterie.core.mls.rules import refuse


@dataclass(frozen=True, slots=True)
class ParentNode:
    """struct { HPKEPublicKey encryption_key; opaque parent_hash<V>; uint32 unmerged_leaves<V>; } ParentNode"""

    encryption_key: bytes = field(repr=False)
    parent_hash: bytes = field(repr=False)
    unmerged_leaves: tuple[int, ...]

    def encode(self) -> bytes:
        """struct ParentNode."""
        leaves = b"".join(leaf.to_bytes(4, "big") for leaf in self.unmerged_leaves)
        return Writer().opaque(self.encryption_key).opaque(self.parent_hash).opaque(leaves).bytes()


def read_parent_node(reader: Reader) -> ParentNode:
    """One ParentNode; unmerged leaves must rise (section 7.1)."""
    key, parent_hash = reader.opaque(MAX_FIELD), reader.opaque(MAX_FIELD)
    leaves = reader.numbers(4, MAX_LEAVES)
    if list(leaves) != sorted(set(leaves)):
        raise malformed("parent node: unmerged leaves out of order")
    return ParentNode(key, parent_hash, leaves)


TreeNode: TypeAlias = LeafNode | ParentNode


class RatchetTree:
    """Nodes by index, `width` leaves wide (a power of two); blank nodes are None."""

    __slots__ = ("_nodes", "_raw", "hashes", "suite")

    def __init__(
        self,
        suite: Suite,
        raw: Sequence[bytes | None],
        nodes: Sequence[TreeNode | None] = (),
        hashes: Sequence[bytes | None] = (),
    ) -> None:
        self.suite = suite
        size = tree_math.node_count(tree_math.width_for(len(raw) // 2 + 1))
        self._raw = list(raw) + [None] * (size - len(raw))
        self._nodes: list[TreeNode | None] = list(nodes) or [None] * size
        self.hashes: list[bytes | None] = list(hashes) or [None] * size

    def copy(self) -> "RatchetTree":
        """A tree that can be changed without changing this one."""
        return RatchetTree(self.suite, self._raw, self._nodes, self.hashes)

    @property
    def width(self) -> int:
        """Number of leaves, blank ones too."""
        return (len(self._raw) + 1) // 2

    def raw(self, node: int) -> bytes | None:
        """The encoded LeafNode or ParentNode at a node index, or None."""
        return self._raw[node]

    def leaf(self, index: int) -> LeafNode | None:
        """The member at a leaf index; None for a blank leaf or one outside the tree."""
        if not 0 <= index < self.width or self._raw[2 * index] is None:
            return None
        node = self._nodes[2 * index]
        if node is None:
            node = self._nodes[2 * index] = parse_leaf_node(self._raw[2 * index] or b"")
        return node if isinstance(node, LeafNode) else None

    def parent(self, index: int) -> ParentNode | None:
        """The parent node at a node index; None if blank."""
        raw = self._raw[index]
        if raw is None:
            return None
        node = self._nodes[index]
        if node is None:
            node = self._nodes[index] = parse(read_parent_node, raw)
        return node if isinstance(node, ParentNode) else None

    def encryption_key(self, index: int) -> bytes | None:
        """The public key at a node index; None if blank. (It stands first in both kinds of node.)"""
        raw = self._raw[index]
        return None if raw is None else Reader(raw).opaque()

    def encryption_keys(self) -> frozenset[bytes]:
        """All public keys of the tree."""
        return frozenset(key for i in range(len(self._raw)) if (key := self.encryption_key(i)) is not None)

    def is_blank(self, index: int) -> bool:
        """Whether there is no key at a node index."""
        return self._raw[index] is None

    def members(self) -> Iterator[int]:
        """Leaf indices that are not blank, rising."""
        return (i for i in range(self.width) if self._raw[2 * i] is not None)

    def put(self, index: int, node: TreeNode) -> None:
        """Writes a node by its index; hashes above it are forgotten."""
        self._raw[index], self._nodes[index] = node.encode(), node
        self._forget(index)

    def blank(self, index: int) -> None:
        """Blanks a node by its index."""
        if self._raw[index] is not None:
            self._raw[index] = self._nodes[index] = None
            self._forget(index)

    def _forget(self, index: int) -> None:
        self.hashes[index] = None
        for above in tree_math.direct_path(index, self.width):
            self.hashes[above] = None

    def blank_path(self, leaf: int) -> None:
        """Blanks all ancestors of a leaf."""
        for node in tree_math.direct_path(2 * leaf, self.width):
            self.blank(node)

    def resolution(self, index: int) -> tuple[int, ...]:
        """The fewest node indices that cover all members below a node (section 4.1.1)."""
        if self._raw[index] is not None:
            node = None if tree_math.is_leaf(index) else self.parent(index)
            return (index, *(2 * leaf for leaf in node.unmerged_leaves)) if node else (index,)
        if tree_math.is_leaf(index):
            return ()
        return self.resolution(tree_math.left(index)) + self.resolution(tree_math.right(index))

    def filtered_path(self, leaf: int) -> tuple[tuple[int, int], ...]:
        """(ancestor, its child off the path) of a leaf, without ancestors whose other side is empty (4.1.2)."""
        node = 2 * leaf
        pairs = zip(tree_math.direct_path(node, self.width), tree_math.copath(node, self.width), strict=True)
        return tuple((above, aside) for above, aside in pairs if self.resolution(aside))

    def add(self, leaf: LeafNode) -> int:
        """Puts a new member on the leftmost blank leaf, growing the tree if there is none; its leaf index."""
        index = next((i for i in range(self.width) if self._raw[2 * i] is None), self.width)
        if index == self.width:
            self._grow()
        self.put(2 * index, leaf)
        for above in tree_math.direct_path(2 * index, self.width):
            node = self.parent(above)
            if node is not None:
                unmerged = tuple(sorted((*node.unmerged_leaves, index)))
                self.put(above, ParentNode(node.encryption_key, node.parent_hash, unmerged))
        return index

    def _grow(self) -> None:
        if self.width >= MAX_LEAVES:
            raise refuse("tree-full")
        more = tree_math.node_count(2 * self.width) - len(self._raw)
        self._raw += [None] * more
        self._nodes += [None] * more
        self.hashes += [None] * more

    def update(self, leaf: int, node: LeafNode) -> None:
        """Replaces a member's leaf and blanks what stood above it."""
        self.put(2 * leaf, node)
        self.blank_path(leaf)

    def remove(self, leaf: int) -> None:
        """Blanks a member and all above it, and halves the tree while its right half is empty."""
        self.blank(2 * leaf)
        self.blank_path(leaf)
        while self.width > 1 and all(raw is None for raw in self._raw[self.width :]):
            keep = tree_math.node_count(self.width // 2)
            del self._raw[keep:], self._nodes[keep:], self.hashes[keep:]

    def encode(self) -> bytes:
        """The data of the `ratchet_tree` extension: `optional<Node> ratchet_tree<V>` without trailing blanks."""
        last = max((i for i, raw in enumerate(self._raw) if raw is not None), default=-1)
        inner = Writer()
        for index, raw in enumerate(self._raw[: last + 1]):
            if raw is None:
                inner.u8(0)
            else:
                inner.u8(1).u8(1 if tree_math.is_leaf(index) else 2).fixed(raw)
        return Writer().opaque(inner.bytes()).bytes()


def parse_tree(suite: Suite, data: bytes) -> RatchetTree:
    """The tree of a `ratchet_tree` extension (section 12.4.3.3): shape only; `tree_validation` does the rest."""
    position = 0

    def read_node(reader: Reader) -> bytes | None:
        nonlocal position
        index, position = position, position + 1
        if not reader.boolean():
            return None
        kind = reader.u8()
        if kind != (1 if tree_math.is_leaf(index) else 2):
            raise refuse("tree-shape")
        start = reader.offset
        if kind == 1:
            read_leaf_node(reader)
        else:
            read_parent_node(reader)
        return reader.since(start)

    raw = parse(lambda reader: reader.vector(read_node, MAX_NODES), data, Budget(MAX_ELEMENTS))
    if not raw or raw[-1] is None:
        raise refuse("tree-trailing-blank")
    return RatchetTree(suite, raw)


def single_leaf_tree(suite: Suite, leaf: LeafNode) -> RatchetTree:
    """The tree of a new group."""
    return RatchetTree(suite, [leaf.encode()])
