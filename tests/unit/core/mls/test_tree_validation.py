"""Trees that a joiner is shown (T029)."""

from dataclasses import replace

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.ratchet_tree import ParentNode, RatchetTree
from coterie.core.mls.tree_validation import verify_tree, verify_unique_keys
from coterie.testing.mls_party import Party, parties
from coterie.testing.mls_refusals import refused


@pytest.fixture
def tree() -> RatchetTree:
    """Five members; Alice, Carol and Emil have committed, and Fritz was added since."""
    alice, bob, carol, dora, emil = members = parties("alice", "bob", "carol", "dora", "emil")
    for committer in (alice, carol, emil):
        message = committer.commit(CommitPlan()).message
        for other in members:
            if other is not committer:
                other.open(message)
    bob.commit(CommitPlan(adds=(Party("fritz").key_package().message,)))
    assert dora.group.epoch == 4
    return bob.group.tree.copy()


def test_a_grown_tree_is_good(tree: RatchetTree) -> None:
    verify_tree(tree)


def test_honest_trees_in_which_a_newcomer_is_merged_here_and_not_there() -> None:
    """Hans is unmerged at the root until Alice commits again, and longer at the node that Emil had renewed."""
    members = parties("alice", "bob", "carol", "dora", "emil", "fritz", "gina")
    alice, emil, watcher = members[0], members[4], members[1]

    def together(committer: Party, plan: CommitPlan) -> tuple[tuple[int, ...], ...]:
        message = committer.commit(plan).message
        for other in members:
            if other is not committer:
                other.open(message)
        tree = watcher.group.tree
        verify_tree(tree)
        return tuple(parent.unmerged_leaves for node in (11, 7) if (parent := tree.parent(node)) is not None)

    together(emil, CommitPlan())
    together(alice, CommitPlan())
    assert together(alice, CommitPlan(adds=(Party("hans").key_package().message,))) == ((7,), (7,))
    assert together(alice, CommitPlan()) == ((7,), ())


def change(tree: RatchetTree, node: int, **changes: object) -> None:
    parent = tree.parent(node)
    assert parent is not None
    tree.put(node, replace(parent, **changes))  # type: ignore[arg-type]


def test_T029_a_wrong_parent_hash(tree: RatchetTree) -> None:
    change(tree, 3, parent_hash=bytes(32))
    with refused("tree-parent-hash"):
        verify_tree(tree)


def test_T029_a_parent_that_nobody_below_vouches_for(tree: RatchetTree) -> None:
    change(tree, 7, encryption_key=b"another key".ljust(32, b"."))
    with refused("tree-parent-hash"):
        verify_tree(tree)
    tree.put(7, ParentNode(b"a third key".ljust(32, b"."), b"", ()))
    with refused("tree-parent-hash"):
        verify_tree(tree)


def test_T029_an_unmerged_leaf_from_elsewhere(tree: RatchetTree) -> None:
    for unmerged in ((4,), (5, 9)):
        copy = tree.copy()
        change(copy, 3, unmerged_leaves=unmerged)
        with refused("tree-unmerged-leaf"):
            verify_tree(copy)


def test_T029_an_unmerged_leaf_that_is_blank(tree: RatchetTree) -> None:
    change(tree, 7, unmerged_leaves=(5, 7))
    with refused("tree-unmerged-leaf"):
        verify_tree(tree)


def test_T029_an_unmerged_leaf_that_is_merged_below(tree: RatchetTree) -> None:
    change(tree, 7, unmerged_leaves=(0, 5))
    with refused("tree-unmerged-leaf"):
        verify_tree(tree)


def test_T029_an_unmerged_leaf_from_elsewhere_with_no_parent_in_between(tree: RatchetTree) -> None:
    for blank in (7, 11, 9):
        tree.blank(blank)
    verify_tree(tree)
    change(tree, 3, unmerged_leaves=(4,))
    with refused("tree-unmerged-leaf"):
        verify_tree(tree)


def test_T029_an_unmerged_leaf_that_a_parent_conceals(tree: RatchetTree) -> None:
    """Fritz does not have the key of the root, and what is encrypted to the root would not reach him."""
    change(tree, 7, unmerged_leaves=())
    with refused("tree-parent-hash"):
        verify_tree(tree)


def test_T029_keys_that_stand_twice(tree: RatchetTree) -> None:
    one, two = tree.leaf(0), tree.leaf(1)
    assert one is not None
    assert two is not None
    copy = tree.copy()
    copy.put(2, replace(two, encryption_key=one.encryption_key))
    with refused("leaf-encryption-key-taken"):
        verify_unique_keys(copy)
    copy = tree.copy()
    copy.put(2, replace(two, signature_key=one.signature_key))
    with refused("leaf-signature-key-taken"):
        verify_tree(copy)
    copy = tree.copy()
    change(copy, 3, encryption_key=one.encryption_key)
    with refused("leaf-encryption-key-taken"):
        verify_tree(copy)


def test_T029_a_parent_key_to_which_nobody_could_encrypt(tree: RatchetTree) -> None:
    change(tree, 3, encryption_key=bytes(32))
    with pytest.raises(PeerError) as caught:
        verify_tree(tree)
    assert caught.value.code == "weak-key"
