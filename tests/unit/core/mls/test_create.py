"""New groups."""

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.core.mls.create import create_group
from coterie.core.mls.extension import Extension
from coterie.core.mls.group import Group
from coterie.core.mls.own_leaf import basic_leaf
from coterie.core.mls.registry import EXTENSION_COTERIE
from coterie.core.mls.tree_validation import verify_tree
from coterie.testing.mls_party import Party
from coterie.testing.mls_refusals import refused


@pytest.mark.parametrize("suite_id", [1, 2, 3, 7, 0xF602])
def test_a_new_group_has_one_member_in_epoch_0(suite_id: int) -> None:
    party = Party("alice", suite_id)
    extensions = (Extension(EXTENSION_COTERIE, b"items"),)
    work = create_group(party.suite, b"group", party.leaf, extensions=extensions, entropy=party.entropy)
    created = party.sign(work)
    party.rows.write(created.delta)
    group = Group.load(party.rows)
    assert (group.epoch, group.own_leaf, len(group.members())) == (0, 0, 1)
    assert group.context == created.group.context
    assert group.context.extensions == extensions
    assert group.context.confirmed_transcript_hash == b""
    verify_tree(group.tree)


def test_two_groups_of_one_member_share_nothing() -> None:
    one, other = Party("alice"), Party("alice")
    one.create()
    other.entropy.random(1)
    other.create()
    assert one.group.epoch_authenticator != other.group.epoch_authenticator


def test_a_leaf_must_fit_its_group() -> None:
    party = Party("alice")
    work = create_group(party.suite, b"group", party.leaf, extensions=(Extension(0x1234, b""),), entropy=party.entropy)
    with refused("leaf-group-extension"):
        party.sign(work)


def test_a_leaf_with_another_key_than_the_signers_is_refused() -> None:
    party, other = Party("alice"), Party("other")
    leaf = basic_leaf(party.suite, b"alice", other.signer.public_key)
    with pytest.raises(PeerError) as caught:
        party.sign(create_group(party.suite, b"group", leaf, entropy=party.entropy))
    assert caught.value.code == "bad-signature"
