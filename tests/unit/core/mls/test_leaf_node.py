"""LeafNode: encoding, what its signature binds."""

from dataclasses import replace

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.credential import basic_credential
from coterie.core.mls.extension import Extension
from coterie.core.mls.leaf_node import (
    Capabilities,
    LeafNode,
    Lifetime,
    parse_leaf_node,
    sign_leaf,
    verify_leaf_signature,
)
from coterie.core.mls.registry import SOURCE_COMMIT, SOURCE_KEY_PACKAGE, SOURCE_UPDATE
from coterie.testing.mls_party import Party

BASE = LeafNode(
    b"encryption",
    b"signature",
    basic_credential(b"who"),
    Capabilities((1,), (1, 0xF602), (0xF0C0, 0x0A0A), (), (1,)),
    SOURCE_UPDATE,
    extensions=(Extension(0xF0C0, b"items"),),
    signature=b"signed",
)
LEAVES = [
    BASE,
    replace(BASE, source=SOURCE_KEY_PACKAGE, lifetime=Lifetime(1, 2)),
    replace(BASE, source=SOURCE_COMMIT, parent_hash=b"hash"),
]


@pytest.mark.parametrize("leaf", LEAVES)
def test_leaves_come_back(leaf: LeafNode) -> None:
    assert parse_leaf_node(leaf.encode()) == leaf


@pytest.mark.parametrize("leaf", LEAVES)
def test_T001_every_truncation_and_every_tail_is_refused(leaf: LeafNode) -> None:
    encoded = leaf.encode()
    for wrong in (*(encoded[:size] for size in range(len(encoded))), encoded + b"\x00"):
        with pytest.raises(PeerError) as caught:
            parse_leaf_node(wrong)
        assert caught.value.code == "malformed"


def test_an_unknown_source_is_malformed() -> None:
    unsigned = replace(BASE, extensions=(), signature=b"").encode()
    changed = unsigned[:-3] + b"\x09" + unsigned[-2:]
    with pytest.raises(PeerError) as caught:
        parse_leaf_node(changed)
    assert caught.value.code == "malformed"


def test_leaves_of_a_group_are_bound_to_their_place() -> None:
    for leaf in (LEAVES[0], LEAVES[2]):
        assert leaf.to_be_signed(b"group", 1) != leaf.to_be_signed(b"group", 2)
        assert leaf.to_be_signed(b"group", 1) != leaf.to_be_signed(b"other", 1)
    assert LEAVES[1].to_be_signed(b"group", 1) == LEAVES[1].to_be_signed(b"other", 2)


def test_signing_and_verifying() -> None:
    party = Party("alice")
    leaf = party.sign(sign_leaf(replace(BASE, signature_key=party.signer.public_key), b"group", 3))
    verify_leaf_signature(party.suite, leaf, b"group", 3)
    with pytest.raises(PeerError) as caught:
        verify_leaf_signature(party.suite, leaf, b"group", 4)
    assert caught.value.code == "bad-signature"
