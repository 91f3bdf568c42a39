"""Tree hashes and parent hashes (official values: tests/vectors)."""

import pytest

from coterie.core.mls.ratchet_tree import ParentNode, parse_tree
from coterie.core.mls.tree_hash import original_hash, parent_hash, tree_hash
from coterie.testing.mls_party import Party

Trio = tuple[Party, Party, Party]


def test_a_kept_hash_is_what_a_fresh_tree_gives(trio: Trio) -> None:
    tree = trio[0].group.tree.copy()
    tree_hash(tree)
    tree.put(1, ParentNode(bytes(32), b"", ()))
    tree.remove(1)
    assert tree_hash(tree) == tree_hash(parse_tree(tree.suite, tree.encode()))


def test_every_change_shows_at_the_root(trio: Trio) -> None:
    tree = trio[0].group.tree
    seen = {tree_hash(tree)}
    for leaf in range(3):
        changed = tree.copy()
        changed.remove(leaf)
        seen.add(tree_hash(changed))
    blanked = tree.copy()
    blanked.put(3, ParentNode(bytes(32), b"", ()))
    seen.add(tree_hash(blanked))
    assert len(seen) == 5


def test_the_original_hash_is_that_from_before_the_additions(trio: Trio) -> None:
    tree = trio[0].group.tree.copy()
    tree.remove(1)
    tree.put(3, ParentNode(bytes(32), b"", ()))
    before = tree_hash(tree)
    leaf = trio[1].group.member(1)
    assert leaf is not None
    assert tree.add(leaf) == 1
    assert tree_hash(tree) != before
    assert original_hash(tree, 3, frozenset({1})) == before
    assert original_hash(tree, 3, frozenset()) == tree_hash(tree)


def test_a_parent_hash_binds_key_parent_and_sibling(trio: Trio) -> None:
    tree = trio[0].group.tree.copy()
    tree.put(3, ParentNode(bytes(32), b"", ()))
    seen = {parent_hash(tree, 3, 5), parent_hash(tree, 3, 1)}
    tree.put(3, ParentNode(bytes(32), b"above", ()))
    seen.add(parent_hash(tree, 3, 5))
    tree.put(3, ParentNode(b"\x01" * 32, b"", ()))
    seen.add(parent_hash(tree, 3, 5))
    assert len(seen) == 4
    tree.blank(3)
    with pytest.raises(ValueError, match="blank"):
        parent_hash(tree, 3, 5)
