"""The group follows the objects: the steward turns what they say into a commit (PROTOCOL 5 and 6)."""

from collections.abc import Mapping

from coterie.core.engine.circle import key_packages
from coterie.core.engine.conversation import position
from coterie.core.engine.conversation.rejoin import wanted
from coterie.core.engine.ordering import staging
from coterie.core.engine.ordering.steward import steward_of
from coterie.core.engine.ports.conversations import Conversation, GroupRecord, Staged
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.groups import Roster
from coterie.core.engine.state.identity import own_device
from coterie.core.engine.state.membership import allowed
from coterie.core.kernel.ids import DeviceId, PersonId, to_base32
from coterie.core.kernel.world import SECOND, Instant
from coterie.core.mls.staged import StagedCommit

TIMER = "conversation/mend/"
PAUSE = 1 * SECOND
"""At most one commit a second: what comes meanwhile goes into the next one."""


def mend(ctx: Context, conversation: Conversation) -> None:
    """Makes the commit that the objects ask for, if it is ours to make now and somebody can acknowledge it."""
    record = ctx.store.conversations.group(conversation.group_id) if conversation.group_id else None
    if record is None:
        return
    permitted = allowed(ctx, conversation)
    staged = ctx.store.conversations.staged(record.group_id)
    if staged is not None:
        if not _may_be_heard(ctx, conversation, staged, permitted):
            _enter_unheard(ctx, conversation, record)
        return
    group, roster = groups.load(ctx, record.group_id)
    own = own_device(ctx, conversation.circle_id)
    again = {device: package for device, package in wanted(ctx, conversation, group).items() if device in permitted}
    standing = {device: permitted[device] for device in roster.leaves if device in permitted and device not in again}
    if steward_of(ctx, conversation, record, roster, standing or permitted) != own:
        return
    again.pop(own, None)
    removes = [device for device in roster.leaves if device not in permitted]
    joiners = [device for device in permitted if device not in roster.leaves]
    if not (removes or joiners or again) or not _somebody_hears(ctx, conversation, roster, removes, joiners):
        return
    if _too_soon(ctx, conversation, record):
        return
    found = {device: key_packages.package_for(ctx, conversation.circle_id, device) for device in joiners}
    packages = {**{device: package for device, package in found.items() if package is not None}, **again}
    commit = staging.commit_what_fits(ctx, conversation, record.group_id, removes, packages)
    if commit is not None:
        staging.publish(ctx, conversation, record, commit)
        if ctx.store.conversations.staged(record.group_id) is None:
            position.plan(ctx, conversation.conversation_id)


def _may_be_heard(
    ctx: Context, conversation: Conversation, staged: Staged, permitted: Mapping[DeviceId, PersonId]
) -> bool:
    """Whether a device is left that can acknowledge our staged commit: one that is not out since, and that does not
    ask to be added anew, as it could not take it."""
    group = StagedCommit.decode(staged.commit, ctx.store.conversations.rows(staged.group_id)).group
    if group is None:
        return False
    others = groups.roster_of(group).others(own_device(ctx, conversation.circle_id))
    again = wanted(ctx, conversation, group)
    return any(device in permitted and device not in again for device in others)


def _enter_unheard(ctx: Context, conversation: Conversation, record: GroupRecord) -> None:
    """Our staged commit may have been taken by a device that is out since, and its acknowledgement be lost: so we enter
    its epoch, and what the objects say by now is the next commit. Another one on the old epoch would be a fork."""
    staging.apply_own(ctx, conversation, record)
    position.plan(ctx, conversation.conversation_id)
    ctx.changed.add((conversation.circle_id, bytes(conversation.conversation_id)))


def _somebody_hears(
    ctx: Context, conversation: Conversation, roster: Roster, removes: list[DeviceId], joiners: list[DeviceId]
) -> bool:
    """Without a link to another device nobody commits, except to mend what our own content waits for."""
    own = own_device(ctx, conversation.circle_id)
    others = [device for device in (*roster.leaves, *joiners) if device != own and device not in removes]
    if not others:
        return True
    if any(ctx.links.to(conversation.circle_id, device) for device in others):
        return True
    return bool(removes) and ctx.store.messages.is_anything_unsent(conversation.conversation_id)


def _too_soon(ctx: Context, conversation: Conversation, record: GroupRecord) -> bool:
    key = ("last-commit", record.group_id)
    last = ctx.memory.caches.get(key)
    if isinstance(last, int) and last <= ctx.now < last + PAUSE:  # not what a clock said that was put back since
        ctx.emit(SetTimer(TIMER + to_base32(conversation.conversation_id), Instant(last + PAUSE)))
        return True
    ctx.memory.caches[key] = int(ctx.now)
    return False
