"""Validation of leaves (RFC 9420 section 7.3): alone, and together with all others of the group."""

from coterie.core.crypto import kem
from coterie.core.crypto.signature import check_public_key
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.extension import Extensions, needed_types, required_capabilities
from coterie.core.mls.leaf_node import LeafNode, verify_leaf_signature
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.registry import CREDENTIAL_X509, DEFAULT_EXTENSIONS, DEFAULT_PROPOSALS, MLS10
from coterie.core.mls.rules import refuse


def verify_leaf(suite: Suite, leaf: LeafNode, group_id: bytes, index: int) -> None:
    """Version, keys, signature and the leaf's own extensions; `index` is where it stands in the group.

    The group's suite need not be listed, though section 11.1 wants it supported: the working group's own vectors
    have members that do not list it, and they use it all the same.
    """
    if MLS10 not in leaf.capabilities.versions:
        raise refuse("leaf-version")
    if leaf.credential.type == CREDENTIAL_X509:
        raise refuse("leaf-credential-x509")
    check_public_key(suite, leaf.signature_key)
    kem.check_public_key(suite, leaf.encryption_key)
    if not needed_types(leaf.extensions) <= set(leaf.capabilities.extensions):
        raise refuse("leaf-extension-unlisted")
    try:
        verify_leaf_signature(suite, leaf, group_id, index)
    except PeerError:
        raise refuse("leaf-signature") from None


def verify_source(leaf: LeafNode, source: int) -> None:
    """The leaf was made for this use: key package, update or commit."""
    if leaf.source != source:
        raise refuse("leaf-source")


def verify_abilities(leaf: LeafNode, extensions: Extensions) -> None:
    """The leaf supports what the group requires and uses."""
    required = required_capabilities(extensions)
    abilities = leaf.capabilities
    if not (
        set(required.extensions) <= DEFAULT_EXTENSIONS | set(abilities.extensions)
        and set(required.proposals) <= DEFAULT_PROPOSALS | set(abilities.proposals)
        and set(required.credentials) <= set(abilities.credentials)
    ):
        raise refuse("leaf-required-capabilities")
    if not needed_types(extensions) <= set(abilities.extensions):
        raise refuse("leaf-group-extension")


def verify_credential_support(tree: RatchetTree) -> None:
    """Every credential type in use is supported by every member."""
    leaves = [leaf for index in tree.members() if (leaf := tree.leaf(index)) is not None]
    in_use = {leaf.credential.type for leaf in leaves}
    if any(not in_use <= set(leaf.capabilities.credentials) for leaf in leaves):
        raise refuse("leaf-credential-support")


def verify_all_abilities(tree: RatchetTree, extensions: Extensions) -> None:
    """Every member supports the new extensions of the group (section 12.1.7)."""
    for index in tree.members():
        leaf = tree.leaf(index)
        if leaf is not None:
            try:
                verify_abilities(leaf, extensions)
            except PeerError:
                raise refuse("extensions-unsupported") from None
