"""TreeKEM (RFC 9420 sections 7.4–7.6): a committer refreshes its path, the others follow it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coterie.core.crypto.hpke import decrypt_with_label, encrypt_with_label
from coterie.core.crypto.kdf import derive_secret
from coterie.core.crypto.kem import KeyPair, check_public_key, derive_key_pair, generate_key_pair
from coterie.core.crypto.signing import Signing
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Entropy
from coterie.core.mls import tree_math
from coterie.core.mls.leaf_node import LeafNode, sign_leaf
from coterie.core.mls.own_leaf import LeafConfig
from coterie.core.mls.ratchet_tree import ParentNode, RatchetTree
from coterie.core.mls.registry import SOURCE_COMMIT
from coterie.core.mls.rules import refuse
from coterie.core.mls.tree_hash import parent_hash
from coterie.core.mls.update_path import HpkeCiphertext, UpdatePath, UpdatePathNode

PrivateKeys = Mapping[int, Secret]


def node_key_pair(suite: Suite, path_secret: bytes) -> KeyPair:
    """The key pair of a node from its path secret (section 7.4)."""
    return derive_key_pair(suite, derive_secret(suite, path_secret, "node"))


def next_path_secret(suite: Suite, path_secret: bytes) -> bytes:
    """The path secret one level up; after the last node this is the commit secret."""
    return derive_secret(suite, path_secret, "path")


@dataclass(frozen=True, slots=True)
class NewPath:
    """Our own fresh path, already in the staged tree and not yet encrypted to anybody."""

    leaf: LeafNode
    filtered: tuple[tuple[int, int], ...]
    path_secrets: tuple[bytes, ...] = field(repr=False)
    commit_secret: bytes = field(repr=False)
    private_keys: PrivateKeys = field(repr=False)

    def secret_for(self, leaf: int) -> bytes | None:
        """The path secret that a new member at `leaf` receives: of its lowest ancestor on the path."""
        for (above, _), secret in zip(self.filtered, self.path_secrets, strict=True):
            if tree_math.is_below(leaf, above):
                return secret
        return None


def create_path(
    tree: RatchetTree, index: int, config: LeafConfig, group_id: bytes, entropy: Entropy
) -> Signing[NewPath]:
    """Replaces all keys from our leaf to the root of `tree` (a staged copy, changed here)."""
    suite = tree.suite
    filtered = tree.filtered_path(index)
    secret = entropy.random(suite.hash_size)
    secrets: list[bytes] = []
    private: dict[int, Secret] = {}
    public: list[bytes] = []
    for above, _ in filtered:
        pair = node_key_pair(suite, secret)
        private[above] = pair.private
        public.append(pair.public)
        secrets.append(secret)
        secret = next_path_secret(suite, secret)
    leaf_hash = _put_path(tree, index, filtered, public)
    own = generate_key_pair(suite, entropy)
    private[2 * index] = own.private
    leaf = LeafNode(
        own.public,
        config.signature_key,
        config.credential,
        config.capabilities,
        SOURCE_COMMIT,
        parent_hash=leaf_hash,
        extensions=config.extensions,
    )
    leaf = yield from sign_leaf(leaf, group_id, index)
    tree.put(2 * index, leaf)
    return NewPath(leaf, filtered, tuple(secrets), secret, private)


def _put_path(tree: RatchetTree, index: int, filtered: tuple[tuple[int, int], ...], public: list[bytes]) -> bytes:
    """Writes the parents of a path, top first, and gives the parent hash that its leaf must carry."""
    tree.blank_path(index)
    above_hash = b""
    for (above, aside), key in reversed(list(zip(filtered, public, strict=True))):
        tree.put(above, ParentNode(key, above_hash, ()))
        above_hash = parent_hash(tree, above, aside)
    return above_hash


def encrypt_path(
    tree: RatchetTree, path: NewPath, excluded: frozenset[int], context: bytes, entropy: Entropy
) -> UpdatePath:
    """The UpdatePath: each secret to every node in the resolution beside it, but not to new members."""
    nodes = []
    for (above, aside), secret in zip(path.filtered, path.path_secrets, strict=True):
        sealed = []
        for node in tree.resolution(aside):
            if node in excluded:
                continue
            key = tree.encryption_key(node) or b""
            sealed.append(
                HpkeCiphertext(*encrypt_with_label(tree.suite, key, "UpdatePathNode", context, secret, entropy))
            )
        nodes.append(UpdatePathNode(tree.encryption_key(above) or b"", tuple(sealed)))
    return UpdatePath(path.leaf, tuple(nodes))


def apply_path(tree: RatchetTree, index: int, path: UpdatePath, excluded: frozenset[int]) -> None:
    """Puts somebody else's path into `tree` (a staged copy) and checks its shape and parent hash."""
    filtered = tree.filtered_path(index)
    if len(filtered) != len(path.nodes):
        raise refuse("path-length")
    for (_, aside), node in zip(filtered, path.nodes, strict=True):
        receivers = [n for n in tree.resolution(aside) if n not in excluded]
        if len(receivers) != len(node.secrets):
            raise refuse("path-secret-count")
        check_public_key(tree.suite, node.encryption_key)  # we may never derive it, but shall encrypt to it
    leaf_hash = _put_path(tree, index, filtered, [node.encryption_key for node in path.nodes])
    if path.leaf.parent_hash != leaf_hash:
        raise refuse("path-parent-hash")
    tree.put(2 * index, path.leaf)


def verify_fresh_keys(standing: frozenset[bytes], keys: Sequence[bytes]) -> None:
    """The keys of a path are new: not twice in it, nor anywhere in the tree before the path (section 12.4.2).

    A committer that brings its old path again would heal nothing: who has once stolen its keys reads on.
    """
    if len(set(keys)) != len(keys) or not standing.isdisjoint(keys):
        raise refuse("path-key-taken")


@dataclass(frozen=True, slots=True)
class OpenedPath:
    """What a receiver learns from somebody's path."""

    commit_secret: bytes = field(repr=False)
    private_keys: PrivateKeys = field(repr=False)
    path_secret: bytes = field(repr=False)


def open_path(
    tree: RatchetTree,
    own_leaf: int,
    committer: int,
    path: UpdatePath,
    excluded: frozenset[int],
    context: bytes,
    private_keys: PrivateKeys,
) -> OpenedPath:
    """Decrypts our secret of a path that `apply_path` has put into `tree`, and checks all keys above us."""
    filtered = tree.filtered_path(committer)
    level = next(i for i, (above, _) in enumerate(filtered) if tree_math.is_below(own_leaf, above))
    receivers = [n for n in tree.resolution(filtered[level][1]) if n not in excluded]
    place = next((i for i, node in enumerate(receivers) if node in private_keys), None)
    if place is None:
        raise refuse("path-secret")
    sealed = path.nodes[level].secrets[place]
    key = private_keys[receivers[place]]
    try:
        secret = decrypt_with_label(tree.suite, key, "UpdatePathNode", context, sealed.kem_output, sealed.ciphertext)
    except PeerError:
        raise refuse("path-secret") from None
    commit_secret, private = follow_path(tree, filtered[level:], secret)
    return OpenedPath(commit_secret, private, secret)


def follow_path(
    tree: RatchetTree, nodes: tuple[tuple[int, int], ...], path_secret: bytes
) -> tuple[bytes, dict[int, Secret]]:
    """Commit secret and private keys from the path secret of the first of `nodes`; public keys must match."""
    private: dict[int, Secret] = {}
    secret = path_secret
    for above, _ in nodes:
        pair = node_key_pair(tree.suite, secret)
        if pair.public != tree.encryption_key(above):
            raise refuse("path-public-key")
        private[above] = pair.private
        secret = next_path_secret(tree.suite, secret)
    return secret, private


def surviving_keys(old: RatchetTree, new: RatchetTree, keys: PrivateKeys) -> dict[int, Secret]:
    """Of our private keys those whose public halves still stand where they stood."""
    return {
        node: key
        for node, key in keys.items()
        if node < 2 * new.width - 1
        and new.raw(node) is not None
        and new.encryption_key(node) == old.encryption_key(node)
    }
