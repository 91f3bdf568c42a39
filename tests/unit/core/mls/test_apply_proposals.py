"""What proposals do to the tree, on a copy; broken ones in whole commits: test_receive_commit.py."""

from dataclasses import replace

from coterie.core.mls.apply_proposals import apply_proposals, verify_new_keys
from coterie.core.mls.extension import Extension
from coterie.core.mls.framing import member
from coterie.core.mls.key_packages import new_key_package, parse_key_package
from coterie.core.mls.proposal import Add, GroupContextExtensions, PreSharedKey, Proposal, Remove, Update
from coterie.core.mls.proposal_list import Listed, Listing
from coterie.core.mls.propose import propose_update
from coterie.core.mls.psk_id import external_psk
from coterie.core.mls.registry import EXTENSION_COTERIE
from coterie.testing.mls_party import NOT_AFTER, NOT_BEFORE, Party
from coterie.testing.mls_refusals import refused

Trio = tuple[Party, Party, Party]


def listing(*proposals: Proposal) -> Listing:
    return tuple(Listed(p, member(0)) for p in proposals)


def test_removals_make_room_for_additions_of_the_same_commit(trio: Trio) -> None:
    alice = trio[0]
    group = alice.group
    before = group.tree.encode()
    packages = [parse_key_package(Party(name).key_package().message) for name in ("dora", "emil", "fritz")]
    changed = apply_proposals(alice.suite, group.tree, group.context, listing(*(Add(p) for p in packages), Remove(1)))
    assert changed.added == ((1, packages[0]), (3, packages[1]), (4, packages[2]))
    assert changed.removed == (1,)
    assert changed.added_nodes == {2, 6, 8}
    assert changed.tree.width == 8
    assert group.tree.encode() == before


def test_new_extensions_replace_the_old_ones(trio: Trio) -> None:
    alice = trio[0]
    extensions = (Extension(EXTENSION_COTERIE, b"items"),)
    changed = apply_proposals(
        alice.suite, alice.group.tree, alice.group.context, listing(GroupContextExtensions(extensions))
    )
    assert changed.extensions == extensions


def test_an_update_replaces_its_senders_leaf_and_blanks_the_path(trio: Trio) -> None:
    alice, bob, _ = trio
    sent = bob.sign(propose_update(bob.group, bob.rows, entropy=bob.entropy))
    bob.rows.write(sent.delta)
    opened = alice.open(sent.message)
    proposal = getattr(opened, "proposal", None)
    assert isinstance(proposal, Update)
    listed = (Listed(proposal, member(1), sent.ref),)
    changed = apply_proposals(alice.suite, alice.group.tree, alice.group.context, listed)
    assert changed.updated == ((1, sent.ref),)
    assert changed.tree.leaf(1) == proposal.leaf
    assert changed.tree.is_blank(1)


def test_an_update_of_a_blank_leaf(trio: Trio) -> None:
    alice = trio[0]
    leaf = alice.group.members()[1][1]
    with refused("update-sender"):
        apply_proposals(alice.suite, alice.group.tree, alice.group.context, (Listed(Update(leaf), member(3), b"ref"),))


def test_a_newcomer_that_lacks_an_extension_of_the_group(trio: Trio) -> None:
    alice = trio[0]
    group = alice.group
    package = parse_key_package(Party("dora").key_package().message)
    context = replace(group.context, extensions=(Extension(0x1234, b""),))
    with refused("leaf-group-extension"):
        apply_proposals(alice.suite, group.tree, context, listing(Add(package)))


def test_a_newcomer_that_does_not_know_the_credentials_of_the_group(trio: Trio) -> None:
    """A commit that only adds has no path, with which the credentials would be judged again."""
    alice, dora = trio[0], Party("dora")
    group = alice.group
    deaf = replace(dora.leaf, capabilities=replace(dora.leaf.capabilities, credentials=()))
    made = new_key_package(dora.suite, deaf, not_before=NOT_BEFORE, not_after=NOT_AFTER, entropy=dora.entropy)
    package = parse_key_package(dora.sign(made).message)
    with refused("leaf-credential-support"):
        apply_proposals(alice.suite, group.tree, group.context, listing(Add(package)))


def test_pre_shared_keys_are_listed_in_order(trio: Trio) -> None:
    alice = trio[0]
    psks = [external_psk(name, bytes(32)) for name in (b"two", b"one")]
    changed = apply_proposals(
        alice.suite, alice.group.tree, alice.group.context, listing(*(PreSharedKey(p) for p in psks))
    )
    assert list(changed.psks) == psks


def test_new_keys_must_be_new(trio: Trio) -> None:
    tree = trio[0].group.tree.copy()
    verify_new_keys(tree, [0, 2, 4])
    leaf = tree.leaf(2)
    assert leaf is not None
    tree.put(0, leaf)
    with refused("leaf-encryption-key-taken"):
        verify_new_keys(tree, [0])
    with refused("leaf-encryption-key-taken"):
        verify_new_keys(tree, [0, 4])
    other = tree.leaf(1)
    assert other is not None
    tree.put(0, replace(leaf, encryption_key=bytes(32)))
    with refused("leaf-signature-key-taken"):
        verify_new_keys(tree, [0])
