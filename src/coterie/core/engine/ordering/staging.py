"""Publish, then apply: a commit of ours stays staged, durable, until another device has acknowledged it (PROTOCOL 6)."""

from collections.abc import Mapping, Sequence

from coterie.core.crypto.signing import complete
from coterie.core.engine.delivery.outgoing import KEEP, envelope_id_of, hand_out, hours
from coterie.core.engine.ordering import epochs
from coterie.core.engine.ports.conversations import Conversation, GroupRecord, Staged
from coterie.core.engine.ports.envelopes import Envelope
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import own_device, signer
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import DeviceId, EnvelopeId
from coterie.core.kernel.world import Instant
from coterie.core.mls.commits import CommitPlan, stage_commit
from coterie.core.mls.staged import StagedCommit
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import AuthenticatedData, Kind, padded_size


def make_commit(ctx: Context, conversation: Conversation, group_id: bytes, plan: CommitPlan) -> StagedCommit:
    """A commit of ours on the present epoch; nothing has changed yet."""
    group, _ = groups.load(ctx, group_id)
    suite = group.suite
    header = AuthenticatedData(
        kind=Kind.COMMIT,
        conversation_id=conversation.conversation_id,
        sender_device=own_device(ctx, conversation.circle_id),
        number=0,
        first=conversation.first,
        epoch_id=groups.epoch_id(group)[:8],
        keep_until=hours(Instant(ctx.now + KEEP)),
        items=(),
    )
    work = stage_commit(
        group,
        ctx.store.conversations.rows(group_id),
        plan,
        now=ctx.now,
        entropy=ctx.entropy,
        authenticated_data=header.encode(),
        padded_size=lambda size: padded_size(suite, size),
    )
    return complete(work, signer(ctx, conversation.circle_id))


def commit_what_fits(
    ctx: Context,
    conversation: Conversation,
    group_id: bytes,
    removes: Sequence[DeviceId],
    packages: Mapping[DeviceId, bytes],
) -> StagedCommit | None:
    """Takes out `removes` and brings in `packages`, taking out first who is in already; None if nothing can be done.

    A KeyPackage may be its device's own and good, and still not fit into this group: it keeps that device out alone.
    """
    _, roster = groups.load(ctx, group_id)

    def with_these(devices: list[DeviceId]) -> StagedCommit:
        gone = (*removes, *(device for device in devices if device in roster.leaves))
        plan = CommitPlan(
            adds=tuple(packages[device] for device in devices), removes=tuple(roster.leaves[device] for device in gone)
        )
        return make_commit(ctx, conversation, group_id, plan)

    def fitting(taken: list[DeviceId], more: list[DeviceId]) -> list[DeviceId]:
        try:
            with_these([*taken, *more])
        except PeerError:
            half = len(more) // 2
            return fitting(fitting(taken, more[:half]), more[half:]) if half else taken
        return [*taken, *more]

    devices = list(packages)
    try:
        return with_these(devices) if devices or removes else None
    except PeerError:
        devices = fitting([], devices)
    return with_these(devices) if devices or removes else None


def publish(ctx: Context, conversation: Conversation, record: GroupRecord, staged: StagedCommit) -> None:
    """Stores the commit as staged and hands its parcel to every device that it concerns.

    With nobody else in the new epoch nobody can acknowledge, so it applies at once.
    """
    if staged.group is None:
        raise ValueError("a commit of ours never removes ourselves")
    own = own_device(ctx, conversation.circle_id)
    envelope_id = envelope_id_of(staged.message)
    targets = groups.roster_of(staged.group).others(own)
    groups.write(ctx, record.group_id, staged.ratchet_delta)
    ctx.store.conversations.put_staged(
        Staged(record.group_id, envelope_id, groups.epoch_id(staged.group), staged.encode(), ctx.now)
    )
    if targets:
        hand_out(ctx, conversation, parcel_of(ctx, conversation, record, staged, envelope_id), targets)
    else:
        apply_own(ctx, conversation, record)


def parcel_of(
    ctx: Context, conversation: Conversation, record: GroupRecord, staged: StagedCommit, envelope_id: EnvelopeId
) -> Envelope:
    """A commit with its Welcome and the branch's log, as one thing to carry."""
    group = staged.group
    log = epochs.log_of(ctx, record.group_id)
    if group is not None:
        log = (*log, (group.epoch, groups.epoch_id(group)))
    frame = peer_frames.Parcel(
        conversation_id=conversation.conversation_id,
        commit=staged.message,
        welcome=staged.welcome or b"",
        log=log,
    )
    return Envelope(
        envelope_id=envelope_id,
        conversation_id=conversation.conversation_id,
        sender_device=own_device(ctx, conversation.circle_id),
        number=0,
        kind=Kind.COMMIT,
        group_id=record.group_id,
        epoch=record.epoch,
        data=frame.encode(),
        message_id=b"",
        keep_until=Instant(ctx.now + KEEP),
        created_at=ctx.now,
    )


def apply_own(ctx: Context, conversation: Conversation, record: GroupRecord) -> None:
    """Enters the epoch of our staged commit."""
    staged = ctx.store.conversations.staged(record.group_id)
    if staged is None:
        raise ValueError("nothing is staged")
    rows = ctx.store.conversations.rows(record.group_id)
    apply(ctx, conversation, record, StagedCommit.decode(staged.commit, rows), own_device(ctx, conversation.circle_id))


def apply(
    ctx: Context, conversation: Conversation, record: GroupRecord, staged: StagedCommit, committer: DeviceId
) -> None:
    """Enters the epoch of a commit, ours or another's; what we had staged on the old epoch is over with it."""
    if staged.group is None:
        raise ValueError("we are not in the new epoch")
    drop(ctx, record, keep=envelope_id_of(staged.message))
    groups.write(ctx, record.group_id, staged.delta)
    epochs.enter(ctx, conversation, record, staged.group, committer)


def leaves(ctx: Context, conversation: Conversation) -> set[DeviceId]:
    """The devices that have a leaf in the group that we send on, or get one by our staged commit."""
    if not conversation.group_id:
        return set()
    _, roster = groups.load(ctx, conversation.group_id)
    staged = ctx.store.conversations.staged(conversation.group_id)
    if staged is None:
        return set(roster.leaves)
    group = StagedCommit.decode(staged.commit, ctx.store.conversations.rows(conversation.group_id)).group
    return {*roster.leaves, *(() if group is None else groups.roster_of(group).leaves)}


def drop(ctx: Context, record: GroupRecord, keep: EnvelopeId | None = None) -> None:
    """Forgets what we had staged; its ciphertext goes too, unless it is the very commit that is taken."""
    staged = ctx.store.conversations.staged(record.group_id)
    if staged is not None:
        ctx.store.conversations.delete_staged(record.group_id)
        if staged.envelope_id != keep:
            ctx.store.envelopes.drop(staged.envelope_id)


def leave(ctx: Context, conversation: Conversation, record: GroupRecord) -> None:
    """We are not in this group any more: its keys and ciphertext go, the history stays."""
    drop(ctx, record)
    ctx.store.conversations.delete_group(record.group_id)
    ctx.memory.caches.pop(("group", record.group_id), None)
    if conversation.group_id == record.group_id:
        ctx.store.conversations.send_on(conversation.conversation_id, b"")
