"""From one epoch to the next as rows: only what changed is written, and the old epoch keeps only message keys."""

from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.group import Group
from coterie.core.mls.moves import member_bits, node_changes, signer_changes, signer_row
from coterie.core.mls.own_leaf import basic_leaf
from coterie.core.mls.state import Overlay
from coterie.testing.mls_party import Party, parties

Trio = tuple[Party, Party, Party]


def test_a_delta_never_writes_ratchets_of_the_old_epoch(trio: Trio) -> None:
    alice, bob, _ = trio
    old = "e/0000000000000001/"
    made = alice.stage(CommitPlan())
    received = bob.open(made.message)
    for delta in (made.delta, received.delta):
        written = [key for key, value in delta.changes if key.startswith(old) and value is not None]
        assert written == [old + "past"]


def test_only_changed_nodes_are_written() -> None:
    alice, *others = parties(*(f"member {number}" for number in range(8)))
    for other in (alice, *others):
        message = other.commit(CommitPlan()).message
        for reader in (alice, *others):
            if reader is not other:
                reader.open(message)
    staged = alice.stage(CommitPlan())
    nodes = {key for key, _ in staged.delta.changes if key.startswith("n/")}
    assert nodes == {f"n/{index:08x}" for index in (0, 1, 3, 7)}


def test_what_is_loaded_is_what_was_staged(trio: Trio) -> None:
    alice = trio[0]
    staged = alice.stage(CommitPlan(removes=(2,)))
    loaded = Group.load(Overlay(alice.rows, staged.delta))
    assert staged.group is not None
    assert loaded.encode_row() == staged.group.encode_row()
    assert loaded.tree.encode() == staged.group.tree.encode()
    assert loaded.private_keys == staged.group.private_keys


def test_node_changes_say_what_appears_and_what_goes(trio: Trio) -> None:
    tree = trio[0].group.tree
    fewer = tree.copy()
    fewer.remove(2)
    assert dict(node_changes(tree, fewer))["n/00000004"] is None
    assert dict(node_changes(fewer, tree))["n/00000004"] == tree.raw(4)
    assert node_changes(tree, tree.copy()) == []
    assert {key for key, _ in node_changes(None, tree)} >= {"n/00000000", "n/00000002", "n/00000004"}


def test_signers_are_remembered_only_where_they_change(trio: Trio) -> None:
    alice, bob, _ = trio
    assert not [key for key, _ in alice.stage(CommitPlan()).delta.changes if key.startswith("s/")]
    removal = dict(alice.stage(CommitPlan(removes=(2,))).delta.changes)
    carol = alice.group.member(2)
    assert carol is not None
    assert removal["s/00000002/0000000000000001"] == signer_row(carol)
    fresh = basic_leaf(bob.suite, b"new identity".ljust(64, b"."), bob.signer.public_key)
    renamed = dict(bob.stage(CommitPlan(leaf=fresh)).delta.changes)
    assert "s/00000001/0000000000000001" in renamed
    assert signer_changes(alice.group, alice.group.tree) == []


def test_member_bits_count_from_the_lowest(trio: Trio) -> None:
    tree = trio[0].group.tree.copy()
    assert member_bits(tree) == b"\x07"
    tree.remove(1)
    assert member_bits(tree) == b"\x05"
