"""TreeKEM: paths made, encrypted, applied and followed (official values: tests/vectors)."""

import pytest

from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.own_leaf import config_of
from coterie.core.mls.ratchet_tree import ParentNode
from coterie.core.mls.tree_hash import tree_hash
from coterie.core.mls.tree_validation import verify_tree
from coterie.core.mls.treekem import (
    apply_path,
    create_path,
    encrypt_path,
    follow_path,
    node_key_pair,
    open_path,
    surviving_keys,
    verify_fresh_keys,
)
from coterie.testing.mls_party import parties
from coterie.testing.mls_refusals import refused

NOBODY: frozenset[int] = frozenset()


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_everybody_learns_the_commit_secret(count: int) -> None:
    members = parties(*(f"member {number}" for number in range(count)))
    for sender in members:
        index, tree = sender.group.own_leaf, sender.group.tree.copy()
        old = tree.leaf(index)
        assert old is not None
        path = sender.sign(create_path(tree, index, config_of(old), b"group", sender.entropy))
        verify_tree(tree)
        sealed = encrypt_path(tree, path, NOBODY, b"context", sender.entropy)
        for receiver in members:
            if receiver is sender:
                continue
            theirs = receiver.group.tree.copy()
            apply_path(theirs, index, sealed, NOBODY)
            assert tree_hash(theirs) == tree_hash(tree)
            group = receiver.group
            opened = open_path(theirs, group.own_leaf, index, sealed, NOBODY, b"context", group.private_keys)
            assert opened.commit_secret == path.commit_secret
            assert all(path.private_keys[node] == key for node, key in opened.private_keys.items())
            with refused("path-secret"):
                open_path(theirs, group.own_leaf, index, sealed, NOBODY, b"other", group.private_keys)


def test_a_path_renews_the_leaf_and_every_node_above_it() -> None:
    alice, *_ = parties("alice", "bob", "carol")
    tree, old = alice.group.tree.copy(), alice.group.member(0)
    assert old is not None
    path = alice.sign(create_path(tree, 0, config_of(old), b"group", alice.entropy))
    again = tree.copy()
    other = alice.sign(create_path(again, 0, config_of(old), b"group", alice.entropy))
    for node in (0, 1, 3):
        assert tree.encryption_key(node) != again.encryption_key(node)
        assert path.private_keys[node] != other.private_keys[node]
    assert path.leaf.encryption_key != old.encryption_key
    assert path.secret_for(1) == path.path_secrets[0]
    assert path.secret_for(2) == path.path_secrets[1]


def test_a_path_blanks_a_node_beside_which_is_nobody() -> None:
    """Whatever key stood there: it is renewed by no path, and nothing may be encrypted to it again."""
    alice, _, carol = parties("alice", "bob", "carol")
    made, received = carol.group.tree.copy(), alice.group.tree.copy()
    for tree in (made, received):
        tree.put(5, ParentNode(b"an old key".ljust(32, b"."), b"", ()))
    path = carol.sign(create_path(made, 2, carol.leaf, b"group", carol.entropy))
    sealed = encrypt_path(made, path, NOBODY, b"context", carol.entropy)
    apply_path(received, 2, sealed, NOBODY)
    assert made.is_blank(5)
    assert received.encode() == made.encode()


def test_new_members_are_left_out() -> None:
    alice, *_ = parties("alice", "bob", "carol")
    tree, old = alice.group.tree.copy(), alice.group.member(0)
    assert old is not None
    path = alice.sign(create_path(tree, 0, config_of(old), b"group", alice.entropy))
    sealed = encrypt_path(tree, path, frozenset({2}), b"context", alice.entropy)
    assert [len(node.secrets) for node in sealed.nodes] == [0, 1]
    with refused("path-secret-count"):
        apply_path(alice.group.tree.copy(), 0, sealed, NOBODY)


def test_following_checks_every_public_key() -> None:
    alice, *_ = parties("alice", "bob", "carol")
    tree, old = alice.group.tree.copy(), alice.group.member(0)
    assert old is not None
    path = alice.sign(create_path(tree, 0, config_of(old), b"group", alice.entropy))
    commit_secret, private = follow_path(tree, path.filtered, path.path_secrets[0])
    assert commit_secret == path.commit_secret
    assert private == {1: path.private_keys[1], 3: path.private_keys[3]}
    with refused("path-public-key"):
        follow_path(tree, path.filtered, path.path_secrets[1])
    assert node_key_pair(alice.suite, path.path_secrets[0]).public == tree.encryption_key(1)


def test_keys_of_replaced_nodes_do_not_survive() -> None:
    alice, bob, _ = parties("alice", "bob", "carol")
    bob.open(alice.commit(CommitPlan()).message)
    old = bob.group
    assert set(old.private_keys) == {1, 2, 3}
    changed = old.tree.copy()
    changed.remove(2)
    assert set(surviving_keys(old.tree, changed, old.private_keys)) == {1, 2}
    changed.put(1, ParentNode(b"another key".ljust(32, b"."), b"", ()))
    assert set(surviving_keys(old.tree, changed, old.private_keys)) == {2}
    stranger = parties("stranger", "friend")[0].group.member(0)
    assert stranger is not None
    changed.update(0, stranger)
    assert set(surviving_keys(old.tree, changed, old.private_keys)) == {2}


def test_secrets_do_not_show() -> None:
    alice, *_ = parties("alice", "bob")
    tree, old = alice.group.tree.copy(), alice.group.member(0)
    assert old is not None
    path = alice.sign(create_path(tree, 0, config_of(old), b"group", alice.entropy))
    assert "path_secrets" not in repr(path)
    assert "commit_secret" not in repr(path)


def test_the_keys_of_a_path_are_new() -> None:
    standing = frozenset({b"leaf", b"parent"})
    verify_fresh_keys(standing, [b"one", b"two"])
    for keys in ([b"one", b"one"], [b"one", b"parent"], [b"leaf"]):
        with refused("path-key-taken"):
            verify_fresh_keys(standing, keys)
