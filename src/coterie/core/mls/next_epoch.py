"""From the parts of a commit to the next epoch (RFC 9420 sections 8 and 12.4): the same for maker and receiver."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from coterie.core.crypto.suites import Suite
from coterie.core.kernel.secret import Secret
from coterie.core.mls.apply_proposals import Changed
from coterie.core.mls.framing import FramedContent
from coterie.core.mls.group import Group
from coterie.core.mls.group_context import GroupContext
from coterie.core.mls.key_schedule import Schedule, confirmation_tag, joiner_secret, schedule_from_joiner
from coterie.core.mls.rules import refuse
from coterie.core.mls.transcript import confirmed_hash, interim_hash
from coterie.core.mls.tree_hash import tree_hash

LAST_EPOCH: Final = (1 << 64) - 1
"""No number follows it. Nobody counts that far, but who invites somebody may claim any epoch."""


@dataclass(frozen=True, slots=True)
class EpochInput:
    """The secrets that go into the next epoch."""

    init: bytes = field(repr=False)
    commit: bytes = field(repr=False)
    psk: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NextEpoch:
    """The context and keys of the next epoch, and the tag that proves them."""

    context: GroupContext
    context_bytes: bytes = field(repr=False)
    schedule: Schedule
    tag: bytes = field(repr=False)


def provisional_context(group: Group, changed: Changed) -> GroupContext:
    """The context to which path secrets are encrypted: new epoch, tree and extensions, old transcript."""
    if group.epoch >= LAST_EPOCH:
        raise refuse("last-epoch")
    return GroupContext(
        group.suite.id,
        group.group_id,
        group.epoch + 1,
        tree_hash(changed.tree),
        group.context.confirmed_transcript_hash,
        changed.extensions,
    )


def derive_next_epoch(
    group: Group,
    provisional: GroupContext,
    wire_format: int,
    content: FramedContent,
    signature: bytes,
    secrets: EpochInput,
) -> NextEpoch:
    """Transcript, key schedule and confirmation tag after a signed commit."""
    suite: Suite = group.suite
    confirmed = confirmed_hash(suite, group.interim_transcript_hash, wire_format, content, signature)
    context = replace(provisional, confirmed_transcript_hash=confirmed)
    encoded = context.encode()
    joiner = joiner_secret(suite, secrets.init, secrets.commit, encoded)
    schedule = schedule_from_joiner(suite, joiner, secrets.psk, encoded)
    tag = confirmation_tag(suite, schedule.secrets.confirmation, confirmed)
    return NextEpoch(context, encoded, schedule, tag)


def next_group(group: Group, changed: Changed, epoch: NextEpoch, keys: Mapping[int, Secret]) -> Group:
    """The group in its next epoch."""
    confirmed = epoch.context.confirmed_transcript_hash
    return Group(
        group.suite,
        epoch.context,
        epoch.context_bytes,
        group.own_leaf,
        changed.tree,
        epoch.schedule.secrets,
        interim_hash(group.suite, confirmed, epoch.tag),
        epoch.tag,
        keys,
        changed.reinit is not None,
    )
