"""Validation of leaves, alone and together."""

from dataclasses import replace

import pytest

from coterie.core.crypto.signature import sign_content
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.credential import Credential, basic_credential
from coterie.core.mls.extension import Extension, RequiredCapabilities
from coterie.core.mls.leaf_node import Capabilities, LeafNode
from coterie.core.mls.leaf_rules import (
    verify_abilities,
    verify_all_abilities,
    verify_credential_support,
    verify_leaf,
    verify_source,
)
from coterie.core.mls.ratchet_tree import RatchetTree
from coterie.core.mls.registry import (
    CREDENTIAL_BASIC,
    CREDENTIAL_X509,
    EXTENSION_COTERIE,
    EXTENSION_REQUIRED_CAPABILITIES,
    SOURCE_COMMIT,
    SOURCE_UPDATE,
)
from coterie.testing.mls_party import Party
from coterie.testing.mls_refusals import refused


@pytest.fixture
def alice() -> Party:
    party = Party("alice")
    party.create()
    return party


def leaf_of(party: Party) -> LeafNode:
    return party.group.members()[0][1]


def signed(party: Party, leaf: LeafNode) -> LeafNode:
    content = sign_content("LeafNodeTBS", leaf.to_be_signed(b"group", 0))
    return replace(leaf, signature=party.signer.sign(content))


def test_an_honest_leaf_is_good_in_its_place_only(alice: Party) -> None:
    leaf = leaf_of(alice)
    verify_leaf(alice.suite, leaf, b"group", 0)
    for group_id, index in ((b"other", 0), (b"group", 1)):
        with refused("leaf-signature"):
            verify_leaf(alice.suite, leaf, group_id, index)


def test_a_leaf_that_does_not_speak_this_version(alice: Party) -> None:
    leaf = leaf_of(alice)
    for versions in ((), (2,)):
        other = signed(alice, replace(leaf, capabilities=replace(leaf.capabilities, versions=versions)))
        with refused("leaf-version"):
            verify_leaf(alice.suite, other, b"group", 0)
    both = signed(alice, replace(leaf, capabilities=replace(leaf.capabilities, versions=(2, 1, 0x0A0A))))
    verify_leaf(alice.suite, both, b"group", 0)


def test_a_changed_leaf(alice: Party) -> None:
    changed = replace(leaf_of(alice), credential=basic_credential(b"mallory"))
    with refused("leaf-signature"):
        verify_leaf(alice.suite, changed, b"group", 0)


def test_weak_keys_are_refused_before_anything_counts(alice: Party) -> None:
    leaf = leaf_of(alice)
    for weak in (replace(leaf, signature_key=bytes(32)), replace(leaf, encryption_key=bytes(32))):
        with pytest.raises(PeerError) as caught:
            verify_leaf(alice.suite, signed(alice, weak), b"group", 0)
        assert caught.value.code == "weak-key"


def test_x509_is_left_to_a_later_version(alice: Party) -> None:
    leaf = replace(leaf_of(alice), credential=Credential(CREDENTIAL_X509, certificates=(b"der",)))
    with refused("leaf-credential-x509"):
        verify_leaf(alice.suite, signed(alice, leaf), b"group", 0)


def test_extensions_that_the_leaf_does_not_list(alice: Party) -> None:
    leaf = replace(leaf_of(alice), extensions=(Extension(0x1234, b""),))
    with refused("leaf-extension-unlisted"):
        verify_leaf(alice.suite, signed(alice, leaf), b"group", 0)
    listed = replace(leaf, extensions=(Extension(EXTENSION_COTERIE, b""),))
    verify_leaf(alice.suite, signed(alice, listed), b"group", 0)


def test_a_leaf_that_lists_just_what_is_needed(alice: Party) -> None:
    one = (Extension(EXTENSION_COTERIE, b""),)
    leaf = leaf_of(alice)
    just = replace(leaf, capabilities=replace(leaf.capabilities, extensions=(EXTENSION_COTERIE,)), extensions=one)
    verify_leaf(alice.suite, signed(alice, just), b"group", 0)
    verify_abilities(just, one)
    needed = RequiredCapabilities((1, 2, 3, 4, 5, EXTENSION_COTERIE), (1, 2, 3, 4, 5, 6, 7), (CREDENTIAL_BASIC,))
    verify_abilities(just, (Extension(EXTENSION_REQUIRED_CAPABILITIES, needed.encode()),))
    more = replace(just, capabilities=replace(just.capabilities, proposals=(0x1234,)))
    needed = RequiredCapabilities(proposals=(0x1234,))
    verify_abilities(more, (Extension(EXTENSION_REQUIRED_CAPABILITIES, needed.encode()),))


def test_a_leaf_made_for_another_use(alice: Party) -> None:
    verify_source(leaf_of(alice), SOURCE_UPDATE)
    with refused("leaf-source"):
        verify_source(leaf_of(alice), SOURCE_COMMIT)


@pytest.mark.parametrize(
    "needed",
    [
        RequiredCapabilities(extensions=(0x1234,)),
        RequiredCapabilities(proposals=(0x1234,)),
        RequiredCapabilities(credentials=(CREDENTIAL_X509,)),
    ],
)
def test_required_capabilities(alice: Party, needed: RequiredCapabilities) -> None:
    extensions = (Extension(EXTENSION_REQUIRED_CAPABILITIES, needed.encode()),)
    with refused("leaf-required-capabilities"):
        verify_abilities(leaf_of(alice), extensions)


def test_defaults_need_not_be_listed(alice: Party) -> None:
    needed = RequiredCapabilities((1, 2, 3, 4, 5, EXTENSION_COTERIE), (1, 7), (CREDENTIAL_BASIC,))
    verify_abilities(leaf_of(alice), (Extension(EXTENSION_REQUIRED_CAPABILITIES, needed.encode()),))


def test_extensions_of_the_group(alice: Party) -> None:
    verify_abilities(leaf_of(alice), (Extension(EXTENSION_COTERIE, b""),))
    with refused("leaf-group-extension"):
        verify_abilities(leaf_of(alice), (Extension(0x1234, b""),))


def tree_of(party: Party, *leaves: LeafNode) -> RatchetTree:
    raw: list[bytes | None] = []
    for leaf in leaves:
        raw += [leaf.encode(), None]
    return RatchetTree(party.suite, raw[:-1])


def test_credential_types_must_be_supported_by_all(alice: Party) -> None:
    leaf = leaf_of(alice)
    deaf = replace(leaf, capabilities=Capabilities((1,), (1,), (), (), (CREDENTIAL_X509,)))
    verify_credential_support(tree_of(alice, leaf))
    with refused("leaf-credential-support"):
        verify_credential_support(tree_of(alice, leaf, deaf))


def test_new_extensions_must_be_supported_by_all(alice: Party) -> None:
    leaf = leaf_of(alice)
    able = replace(leaf, capabilities=replace(leaf.capabilities, extensions=(0x1234,)))
    verify_all_abilities(tree_of(alice, able), (Extension(0x1234, b""),))
    with refused("extensions-unsupported"):
        verify_all_abilities(tree_of(alice, able, leaf), (Extension(0x1234, b""),))
