"""Entering an epoch: the log of the branch, the steward, and our first number in it (PROTOCOL 6)."""

from dataclasses import replace

from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import DeviceId, EpochId
from coterie.core.mls.group import Group

Log = tuple[tuple[int, EpochId], ...]


def enter(ctx: Context, conversation: Conversation, record: GroupRecord, group: Group, committer: DeviceId) -> None:
    """The group's rows already hold the new epoch: now the log, the record and our own `first` follow.

    The caches drop what was known of the old epoch. Only the group that we send on decides `first`.
    """
    epoch_id = groups.epoch_id(group)
    store = ctx.store.conversations
    store.add_epoch(record.group_id, group.epoch, epoch_id, ctx.now)
    store.put_group(replace(record, steward=committer, epoch=group.epoch, epoch_id=epoch_id))
    groups.keep(ctx, group)
    if conversation.group_id == record.group_id:
        store.send_on(conversation.conversation_id, record.group_id)


def begin(ctx: Context, conversation: Conversation, group: Group, committer: DeviceId, log: Log) -> GroupRecord:
    """A group that we just made or joined: its record, and the log that came with it. Its rows stand already."""
    epoch_id = groups.epoch_id(group)
    store = ctx.store.conversations
    record = GroupRecord(
        group_id=group.group_id,
        conversation_id=conversation.conversation_id,
        founder=groups.binding_of(group).founder,
        steward=committer,
        epoch=group.epoch,
        epoch_id=epoch_id,
        created_at=ctx.now,
    )
    store.put_group(record)
    store.add_epoch(group.group_id, group.epoch, epoch_id, ctx.now)
    for epoch, known in log:
        if epoch < group.epoch:
            store.add_epoch(group.group_id, epoch, known, ctx.now)
    groups.keep(ctx, group)
    return record


def log_of(ctx: Context, group_id: bytes) -> Log:
    """The branch since the group began (or since what our Welcome brought), oldest first."""
    return tuple(ctx.store.conversations.epochs(group_id))


def logged(ctx: Context, group_id: bytes, epoch: int) -> EpochId | None:
    """The id that this branch's log has for an epoch, None when it does not reach there."""
    for number, epoch_id in ctx.store.conversations.epochs(group_id):
        if number == epoch:
            return epoch_id
    return None
