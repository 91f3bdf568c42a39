"""Tree math (RFC 9420 appendix C): the array form of complete binary trees.

A tree of `width` leaves (a power of two) has nodes 0 … 2·width − 2; leaves have even indices, leaf i is node 2i.
"""

from functools import lru_cache


def width_for(leaves: int) -> int:
    """The smallest power of two that is at least `leaves` (at least 1)."""
    return 1 if leaves <= 1 else 1 << (leaves - 1).bit_length()


def node_count(width: int) -> int:
    """Nodes of a tree with `width` leaves."""
    return 2 * width - 1


def level(node: int) -> int:
    """Height of a node above the leaves: the number of its trailing one bits."""
    return (node ^ (node + 1)).bit_length() - 1


def root(width: int) -> int:
    """The root of a tree with `width` leaves."""
    return width - 1


def left(node: int) -> int:
    """Left child; a leaf has none (ValueError)."""
    height = level(node)
    if height == 0:
        raise ValueError("a leaf has no children")
    return node ^ (1 << (height - 1))


def right(node: int) -> int:
    """Right child; a leaf has none (ValueError)."""
    height = level(node)
    if height == 0:
        raise ValueError("a leaf has no children")
    return node ^ (3 << (height - 1))


def parent(node: int, width: int) -> int:
    """Parent of a node below the root (ValueError for the root)."""
    if node == root(width):
        raise ValueError("the root has no parent")
    height = level(node)
    bit = (node >> (height + 1)) & 1
    return (node | (1 << height)) ^ (bit << (height + 1))


def sibling(node: int, width: int) -> int:
    """The other child of the node's parent."""
    above = parent(node, width)
    return right(above) if node < above else left(above)


@lru_cache(maxsize=4096)
def direct_path(node: int, width: int) -> tuple[int, ...]:
    """Ancestors of a node, nearest first, with the root; empty for the root itself. ValueError outside the tree."""
    if not 0 <= node < node_count(width):
        raise ValueError("a node outside the tree has no way to its root")
    path: list[int] = []
    top = root(width)
    while node != top:
        node = parent(node, width)
        path.append(node)
    return tuple(path)


@lru_cache(maxsize=4096)
def copath(node: int, width: int) -> tuple[int, ...]:
    """The siblings of the node and of its ancestors below the root: `copath[i]` is a child of `direct_path[i]`."""
    nodes = (node, *direct_path(node, width))[:-1]
    return tuple(sibling(n, width) for n in nodes)


def is_leaf(node: int) -> bool:
    """Whether the node is a leaf."""
    return node & 1 == 0


def leaves_below(node: int) -> range:
    """Leaf indices (not node indices) of the subtree."""
    height = level(node)
    first = (node - ((1 << height) - 1)) // 2
    return range(first, first + (1 << height))


def is_below(leaf: int, node: int) -> bool:
    """Whether the leaf (by leaf index) is in the subtree of `node`."""
    return leaf in leaves_below(node)


def common_ancestor(one: int, other: int, width: int) -> int:
    """The lowest node above both leaves (by leaf index, which must differ)."""
    return next(node for node in direct_path(2 * one, width) if is_below(other, node))
