"""The ratchet tree: growing, shrinking, resolutions, and shapes that are refused."""

from dataclasses import replace

import pytest

from coterie.core.codec.tls import opaque
from coterie.core.crypto.suites import suite
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.credential import basic_credential
from coterie.core.mls.extension import Extension
from coterie.core.mls.leaf_node import Capabilities, LeafNode
from coterie.core.mls.limits import MAX_ELEMENTS, MAX_EXTENSIONS, MAX_NODES
from coterie.core.mls.ratchet_tree import ParentNode, RatchetTree, parse_tree, single_leaf_tree
from coterie.core.mls.registry import SOURCE_UPDATE
from coterie.core.mls.tree_hash import tree_hash
from coterie.testing.mls_refusals import refused

SUITE = suite(1)
ABILITIES = Capabilities((1,), (1,), (), (), (1,))


def leaf(name: str) -> LeafNode:
    key = name.encode().ljust(32, b".")
    return LeafNode(key, key[::-1], basic_credential(name.encode()), ABILITIES, SOURCE_UPDATE)


def tree_of(count: int) -> RatchetTree:
    tree = single_leaf_tree(SUITE, leaf("0"))
    for number in range(1, count):
        assert tree.add(leaf(str(number))) == number
    return tree


def parent(name: str, *unmerged: int) -> ParentNode:
    return ParentNode(name.encode().ljust(32, b"."), b"", unmerged)


def test_a_tree_doubles_when_it_is_full() -> None:
    assert [tree_of(count).width for count in (1, 2, 3, 4, 5, 9)] == [1, 2, 4, 4, 8, 16]


def test_new_members_take_the_leftmost_blank_leaf() -> None:
    tree = tree_of(4)
    tree.remove(1)
    tree.remove(2)
    assert tree.add(leaf("x")) == 1
    assert tree.add(leaf("y")) == 2


def test_removing_shrinks_only_when_the_right_half_is_empty() -> None:
    tree = tree_of(5)
    tree.remove(1)
    assert tree.width == 8
    tree.remove(4)
    assert tree.width == 4
    for index in (3, 2):
        tree.remove(index)
    assert tree.width == 1
    assert list(tree.members()) == [0]


def test_adding_marks_the_newcomer_as_unmerged_above_it() -> None:
    tree = tree_of(4)
    tree.remove(3)
    tree.put(5, parent("5"))
    tree.put(3, parent("3", 1))
    tree.add(leaf("new"))
    assert tree.parent(5) == parent("5", 3)
    assert tree.parent(3) == parent("3", 1, 3)


def test_resolutions_cover_all_members() -> None:
    tree = tree_of(4)
    assert tree.resolution(3) == (0, 2, 4, 6)
    tree.put(1, parent("1"))
    assert tree.resolution(3) == (1, 4, 6)
    tree.put(3, parent("3", 2))
    assert tree.resolution(3) == (3, 4)
    tree.remove(0)
    assert tree.resolution(1) == (2,)


def test_filtered_paths_leave_out_levels_with_nobody_beside() -> None:
    tree = tree_of(5)
    assert tree.filtered_path(4) == ((7, 3),)
    assert tree.filtered_path(0) == ((1, 2), (3, 5), (7, 11))
    tree.remove(1)
    assert tree.filtered_path(0) == ((3, 5), (7, 11))


def test_an_update_blanks_everything_above() -> None:
    tree = tree_of(2)
    tree.put(1, parent("1"))
    tree.update(0, leaf("fresh"))
    assert tree.is_blank(1)
    assert tree.leaf(0) == leaf("fresh")
    assert tree.encryption_key(0) == leaf("fresh").encryption_key


def test_a_copy_leaves_the_original_alone() -> None:
    tree = tree_of(3)
    before = tree.encode()
    hashed = tree_hash(tree)
    copy = tree.copy()
    copy.remove(1)
    copy.add(leaf("other"))
    assert tree.encode() == before
    assert tree_hash(tree) == hashed
    assert tree_hash(copy) != hashed


def test_leaves_outside_the_tree_are_nobody() -> None:
    tree = tree_of(2)
    assert tree.leaf(2) is None
    assert tree.leaf(-1) is None
    assert tree.leaf(1 << 31) is None


def test_encoding_leaves_out_trailing_blanks_and_comes_back() -> None:
    tree = tree_of(5)
    tree.put(3, parent("3", 1))
    encoded = tree.encode()
    again = parse_tree(SUITE, encoded)
    assert again.width == 8
    assert again.encode() == encoded
    assert tree_hash(again) == tree_hash(tree)


def encoded(*nodes: bytes) -> bytes:
    return opaque(b"".join(nodes))


LEAF, PARENT, BLANK = b"\x01\x01" + leaf("a").encode(), b"\x01\x02" + parent("p").encode(), b"\x00"


def test_T029_trailing_blanks_are_refused() -> None:
    for nodes in ((), (BLANK,), (LEAF, BLANK), (LEAF, BLANK, LEAF, BLANK)):
        with refused("tree-trailing-blank"):
            parse_tree(SUITE, encoded(*nodes))


def test_T007_lists_in_the_leaves_of_a_tree_are_counted_together() -> None:
    extensions = tuple(Extension(kind, b"") for kind in range(MAX_EXTENSIONS))
    full = b"\x01\x01" + replace(leaf("a"), extensions=extensions).encode()
    with pytest.raises(PeerError) as caught:
        parse_tree(SUITE, encoded(full, *(BLANK, full) * (MAX_ELEMENTS // MAX_EXTENSIONS - 1)))
    assert caught.value.code == "too-large"


def test_T029_nodes_of_the_wrong_kind_are_refused() -> None:
    for nodes in ((PARENT,), (LEAF, LEAF, LEAF)):
        with refused("tree-shape"):
            parse_tree(SUITE, encoded(*nodes))


def test_T029_a_tree_that_ends_with_a_parent_is_as_wide_as_its_last_node() -> None:
    """What is shown is what is hashed: a node behind the last leaf does not hang outside the tree."""
    for nodes, width in (((LEAF, PARENT), 2), ((LEAF, BLANK, LEAF, PARENT), 4)):
        tree = parse_tree(SUITE, encoded(*nodes))
        assert tree.width == width
        assert tree_hash(tree) != tree_hash(parse_tree(SUITE, encoded(*nodes[:-1]) if width == 4 else encoded(LEAF)))


def test_T005_a_full_tree_takes_nobody() -> None:
    raw = [leaf("a").encode() if node % 2 == 0 else None for node in range(MAX_NODES)]
    with refused("tree-full"):
        RatchetTree(SUITE, raw).add(leaf("one more"))


def test_unmerged_leaves_must_rise() -> None:
    for wrong in ((2, 1), (1, 1)):
        with pytest.raises(PeerError) as caught:
            parse_tree(SUITE, encoded(LEAF, b"\x01\x02" + parent("p", *wrong).encode(), LEAF))
        assert caught.value.code == "malformed"


def test_a_tree_beyond_every_size_is_refused_while_it_is_read() -> None:
    with pytest.raises(PeerError) as caught:
        parse_tree(SUITE, opaque(LEAF + BLANK * 10_000))
    assert caught.value.code == "too-large"


def test_keys_do_not_fill_a_repr() -> None:

    assert "encryption_key" not in repr(parent("p"))
