"""A committer that misbehaves: the secrets in its update paths are no secrets at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

from coterie.core.kernel.world import Entropy
from coterie.core.mls import commits
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.treekem import NewPath, encrypt_path
from coterie.core.mls.update_path import UpdatePath


@contextmanager
def wrong_paths() -> Iterator[None]:
    """Commits that are made in here are right for everybody but those who have to read their path."""
    with mock.patch.object(commits, "encrypt_path", _wrong):
        yield


def _wrong(tree: RatchetTree, path: NewPath, excluded: frozenset[int], context: bytes, entropy: Entropy) -> UpdatePath:
    made = encrypt_path(tree, path, excluded, context, entropy)
    nodes = (
        replace(node, secrets=tuple(replace(each, ciphertext=bytes(len(each.ciphertext))) for each in node.secrets))
        for node in made.nodes
    )
    return replace(made, nodes=tuple(nodes))
