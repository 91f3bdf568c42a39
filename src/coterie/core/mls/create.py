"""A new group with one member (RFC 9420 section 11)."""

from dataclasses import dataclass

from coterie.core.crypto.kem import generate_key_pair
from coterie.core.crypto.signing import Signing
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.world import Entropy
from coterie.core.mls.extension import Extensions
from coterie.core.mls.group import Group
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.key_schedule import confirmation_tag, schedule_from_epoch
from coterie.core.mls.leaf_node import LeafNode, sign_leaf
from coterie.core.mls.leaf_rules import verify_abilities, verify_leaf
from coterie.core.mls.moves import begin_group
from coterie.core.mls.own_leaf import LeafConfig
from coterie.core.mls.ratchet_tree import single_leaf_tree
from coterie.core.mls.registry import SOURCE_UPDATE
from coterie.core.mls.state import Delta
from coterie.core.mls.transcript import interim_hash
from coterie.core.mls.tree_hash import tree_hash


@dataclass(frozen=True, slots=True)
class Created:
    """A group in epoch 0 and the rows that hold it."""

    group: Group
    delta: Delta


def create_group(
    suite: Suite, group_id: bytes, leaf: LeafConfig, *, extensions: Extensions = (), entropy: Entropy
) -> Signing[Created]:
    """A group of which we are the only member. `group_id` must be fresh (random, or unique by construction)."""
    pair = generate_key_pair(suite, entropy)
    node = LeafNode(
        pair.public,
        leaf.signature_key,
        leaf.credential,
        leaf.capabilities,
        SOURCE_UPDATE,
        extensions=leaf.extensions,
    )
    node = yield from sign_leaf(node, group_id, 0)
    verify_leaf(suite, node, group_id, 0)
    verify_abilities(node, extensions)
    tree = single_leaf_tree(suite, node)
    context = GroupContext(suite.id, group_id, 0, tree_hash(tree), b"", extensions)
    schedule = schedule_from_epoch(suite, entropy.random(suite.hash_size))
    tag = confirmation_tag(suite, schedule.secrets.confirmation, b"")
    group = Group(
        suite,
        context,
        context.encode(),
        0,
        tree,
        schedule.secrets,
        interim_hash(suite, b"", tag),
        tag,
        {0: pair.private},
    )
    return Created(group, begin_group(group, schedule.encryption))
