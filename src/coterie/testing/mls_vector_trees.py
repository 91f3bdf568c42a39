"""Vectors about ratchet trees: tree-validation, tree-operations, treekem."""

from coterie.core.codec.tls import parse
from coterie.core.crypto import kem
from coterie.core.crypto.signature import SoftwareSigner, check_public_key
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.secret import Secret
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.key_packages import verify_key_package
from coterie.core.mls.leaf_node import LeafNode, verify_leaf_signature
from coterie.core.mls.leaf_rules import verify_source
from coterie.core.mls.own_leaf import config_of
from coterie.core.mls.proposal import Add, Remove, Update, parse_proposal
from coterie.core.mls.ratchet_tree import RatchetTree, parse_tree
from coterie.core.mls.registry import SOURCE_COMMIT, SOURCE_UPDATE
from coterie.core.mls.tree_hash import tree_hash
from coterie.core.mls.tree_math import direct_path, node_count
from coterie.core.mls.tree_validation import verify_tree
from coterie.core.mls.treekem import apply_path, create_path, encrypt_path, node_key_pair, open_path
from coterie.core.mls.update_path import UpdatePath, read_update_path
from coterie.testing.entropy import SeededEntropy
from coterie.testing.mls_vector_tools import (
    Case,
    MismatchError,
    belongs,
    data,
    entries,
    equal,
    number,
    private_key,
    secret,
    some_entries,
    suite_of,
    unhex,
)

_NOBODY: frozenset[int] = frozenset()


def check_tree_validation(case: Case) -> None:
    """Tree hashes and resolutions of all nodes, parent hashes, leaf signatures."""
    suite = suite_of(case)
    tree = parse_tree(suite, data(case, "tree"))
    equal("tree", tree.encode(), data(case, "tree"))
    count = node_count(tree.width)
    hashes, resolutions = entries(case, "tree_hashes"), entries(case, "resolutions")
    equal("number of tree_hashes", len(hashes), count)
    equal("number of resolutions", len(resolutions), count)
    for node, wanted in enumerate(hashes):
        equal(f"tree_hashes[{node}]", tree_hash(tree, node), unhex("tree_hashes", wanted))
    for node, resolution in enumerate(resolutions):
        equal(f"resolutions[{node}]", list(tree.resolution(node)), resolution)
    verify_tree(tree)
    for index in tree.members():
        leaf = tree.leaf(index)
        if leaf is not None:
            verify_leaf_signature(suite, leaf, data(case, "group_id"), index)


def check_tree_operations(case: Case) -> None:
    """One Add, Update or Remove, by a member."""
    suite = suite_of(case)
    tree = parse_tree(suite, data(case, "tree_before"))
    equal("tree_hash_before", tree_hash(tree), data(case, "tree_hash_before"))
    proposal, sender = parse_proposal(data(case, "proposal")), number(case, "proposal_sender")
    _member(tree, sender)
    _check_keys(tree)
    match proposal:
        case Add():
            verify_key_package(proposal.key_package, suite, None)
            tree.add(proposal.key_package.leaf)
        case Update():
            verify_source(proposal.leaf, SOURCE_UPDATE)
            tree.update(sender, proposal.leaf)
        case Remove():
            _member(tree, proposal.removed)
            tree.remove(proposal.removed)
        case _:
            raise MismatchError("proposal is of a kind that does not change the tree")
    equal("tree_after", tree.encode(), data(case, "tree_after"))
    equal("tree_hash_after", tree_hash(tree), data(case, "tree_hash_after"))


def _check_keys(tree: RatchetTree) -> None:
    """Every key of the tree is one of the suite: nothing else in these cases depends on it, but for the hash."""
    for node in range(node_count(tree.width)):
        key = tree.encryption_key(node)
        if key is not None:
            kem.check_public_key(tree.suite, key)
    for index in tree.members():
        check_public_key(tree.suite, _member(tree, index).signature_key)


def _member(tree: RatchetTree, index: int) -> LeafNode:
    leaf = tree.leaf(index)
    if leaf is None:
        raise MismatchError(f"there is no member at leaf {index}")
    return leaf


def check_treekem(case: Case) -> None:
    """Paths of every member opened by every other, as given and as we make them."""
    suite = suite_of(case)
    tree = parse_tree(suite, data(case, "ratchet_tree"))
    equal("ratchet_tree", tree.encode(), data(case, "ratchet_tree"))
    verify_tree(tree)
    leaves = entries(case, "leaves_private")
    equal("leaves_private", sorted(number(private, "index") for private in leaves), list(tree.members()))
    members = {private["index"]: _private_keys(tree, private) for private in leaves}
    signers = {private["index"]: _signer(tree, private) for private in leaves}
    for given in some_entries(case, "update_paths"):
        sender, path = number(given, "sender"), parse(read_update_path, data(given, "update_path"))
        _member(tree, sender)
        verify_source(path.leaf, SOURCE_COMMIT)
        verify_leaf_signature(suite, path.leaf, data(case, "group_id"), sender)
        after = tree.copy()
        apply_path(after, sender, path, _NOBODY)
        verify_tree(after)
        equal("tree_hash_after", tree_hash(after), data(given, "tree_hash_after"))
        context, found = _context(case, suite, after), dict[int, str]()
        for index, keys in members.items():
            if index == sender:
                continue
            opened = open_path(after, index, sender, path, _NOBODY, context, keys)
            found[index] = opened.path_secret.hex()
            equal("commit_secret", opened.commit_secret, data(given, "commit_secret"))
        secrets = entries(given, "path_secrets")
        equal("path_secrets", [found.get(index) for index in range(tree.width)], secrets)
        _round_trip(case, suite, tree, sender, signers[sender], members)


def _private_keys(tree: RatchetTree, private: Case) -> dict[int, Secret]:
    """The private keys of one member; each fits the public key that stands in the tree."""
    index, own = number(private, "index"), private_key(private, tree.suite, "encryption_priv")
    belongs("encryption_priv", tree.suite, _member(tree, index).encryption_key, own)
    keys = {2 * index: own}
    for entry in entries(private, "path_secrets"):
        node = number(entry, "node")
        if node in keys or node not in direct_path(2 * index, tree.width):
            raise MismatchError(f"node {node} stands twice, or not above leaf {index}")
        pair = node_key_pair(tree.suite, secret(entry, tree.suite, "path_secret"))
        equal(f"public key of node {node}", pair.public, tree.encryption_key(node))
        keys[node] = pair.private
    return keys


def _signer(tree: RatchetTree, private: Case) -> SoftwareSigner:
    signer = SoftwareSigner.from_private(tree.suite, private_key(private, tree.suite, "signature_priv"))
    equal("signature_priv", signer.public_key, _member(tree, private["index"]).signature_key)
    return signer


def _context(case: Case, suite: Suite, tree: RatchetTree) -> bytes:
    return GroupContext(
        suite.id,
        data(case, "group_id"),
        number(case, "epoch"),
        tree_hash(tree),
        data(case, "confirmed_transcript_hash"),
    ).encode()


def _round_trip(
    case: Case,
    suite: Suite,
    tree: RatchetTree,
    sender: int,
    signer: SoftwareSigner,
    members: dict[int, dict[int, Secret]],
) -> None:
    """A path of our own making, opened by all others."""
    made, leaf, entropy = tree.copy(), _member(tree, sender), SeededEntropy(sender)
    path = complete(create_path(made, sender, config_of(leaf), data(case, "group_id"), entropy), signer)
    context = _context(case, suite, made)
    verify_leaf_signature(suite, path.leaf, data(case, "group_id"), sender)
    sealed: UpdatePath = encrypt_path(made, path, _NOBODY, context, entropy)
    received = tree.copy()
    apply_path(received, sender, sealed, _NOBODY)
    equal("our own path's tree", received.encode(), made.encode())
    for index, keys in members.items():
        if index != sender:
            opened = open_path(received, index, sender, sealed, _NOBODY, context, keys)
            equal("our own commit secret", opened.commit_secret, path.commit_secret)
