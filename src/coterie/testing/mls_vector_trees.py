"""Vectors about ratchet trees: tree-validation, tree-operations, treekem."""

from coterie.core.codec.tls import parse
from coterie.core.crypto.signature import SoftwareSigner
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.secret import Secret
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.leaf_node import verify_leaf_signature
from coterie.core.mls.own_leaf import config_of
from coterie.core.mls.proposal import Add, Remove, Update, parse_proposal
from coterie.core.mls.ratchet_tree import RatchetTree, parse_tree
from coterie.core.mls.tree_hash import tree_hash
from coterie.core.mls.tree_validation import verify_tree
from coterie.core.mls.treekem import apply_path, create_path, encrypt_path, node_key_pair, open_path
from coterie.core.mls.update_path import UpdatePath, read_update_path
from coterie.testing.entropy import SeededEntropy
from coterie.testing.mls_vector_tools import Case, MismatchError, data, equal, suite_of

_NOBODY: frozenset[int] = frozenset()


def check_tree_validation(case: Case) -> None:
    """Tree hashes and resolutions of all nodes, parent hashes, leaf signatures."""
    suite = suite_of(case)
    tree = parse_tree(suite, data(case, "tree"))
    equal("tree", tree.encode(), data(case, "tree"))
    for node, wanted in enumerate(case["tree_hashes"]):
        equal(f"tree_hashes[{node}]", tree_hash(tree, node), bytes.fromhex(wanted))
    for node, resolution in enumerate(case["resolutions"]):
        equal(f"resolutions[{node}]", list(tree.resolution(node)), resolution)
    verify_tree(tree)
    for index in tree.members():
        leaf = tree.leaf(index)
        if leaf is not None:
            verify_leaf_signature(suite, leaf, data(case, "group_id"), index)


def check_tree_operations(case: Case) -> None:
    """One Add, Update or Remove."""
    suite = suite_of(case)
    tree = parse_tree(suite, data(case, "tree_before"))
    equal("tree_hash_before", tree_hash(tree), data(case, "tree_hash_before"))
    proposal = parse_proposal(data(case, "proposal"))
    match proposal:
        case Add():
            tree.add(proposal.key_package.leaf)
        case Update():
            tree.update(case["proposal_sender"], proposal.leaf)
        case Remove():
            tree.remove(proposal.removed)
        case _:
            raise MismatchError("proposal is of a kind that does not change the tree")
    equal("tree_after", tree.encode(), data(case, "tree_after"))
    equal("tree_hash_after", tree_hash(tree), data(case, "tree_hash_after"))


def check_treekem(case: Case) -> None:
    """Paths of every member opened by every other, as given and as we make them."""
    suite = suite_of(case)
    tree = parse_tree(suite, data(case, "ratchet_tree"))
    members = {private["index"]: _private_keys(tree, private) for private in case["leaves_private"]}
    signers = {
        private["index"]: SoftwareSigner.from_private(suite, Secret(data(private, "signature_priv")))
        for private in case["leaves_private"]
    }
    for given in case["update_paths"]:
        sender, path = given["sender"], parse(read_update_path, data(given, "update_path"))
        verify_leaf_signature(suite, path.leaf, data(case, "group_id"), sender)
        after = tree.copy()
        apply_path(after, sender, path, _NOBODY)
        equal("tree_hash_after", tree_hash(after), data(given, "tree_hash_after"))
        context = _context(case, suite, after)
        for index, keys in members.items():
            if index == sender:
                continue
            opened = open_path(after, index, sender, path, _NOBODY, context, keys)
            equal(f"path_secrets[{index}]", opened.path_secret.hex(), given["path_secrets"][index])
            equal("commit_secret", opened.commit_secret, data(given, "commit_secret"))
        _round_trip(case, suite, tree, sender, signers[sender], members)


def _private_keys(tree: RatchetTree, private: Case) -> dict[int, Secret]:
    keys = {2 * private["index"]: Secret(data(private, "encryption_priv"))}
    for entry in private["path_secrets"]:
        pair = node_key_pair(tree.suite, data(entry, "path_secret"))
        equal(f"public key of node {entry['node']}", pair.public, tree.encryption_key(entry["node"]))
        keys[entry["node"]] = pair.private
    return keys


def _context(case: Case, suite: Suite, tree: RatchetTree) -> bytes:
    return GroupContext(
        suite.id,
        data(case, "group_id"),
        case["epoch"],
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
    made, leaf, entropy = tree.copy(), tree.leaf(sender), SeededEntropy(sender)
    if leaf is None:
        raise MismatchError("the sender's leaf is blank")
    path = complete(create_path(made, sender, config_of(leaf), data(case, "group_id"), entropy), signer)
    context = _context(case, suite, made)
    sealed: UpdatePath = encrypt_path(made, path, _NOBODY, context, entropy)
    received = tree.copy()
    apply_path(received, sender, sealed, _NOBODY)
    equal("our own path's tree", received.encode(), made.encode())
    for index, keys in members.items():
        if index != sender:
            opened = open_path(received, index, sender, sealed, _NOBODY, context, keys)
            equal("our own commit secret", opened.commit_secret, path.commit_secret)
