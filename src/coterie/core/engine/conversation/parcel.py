"""Parcels: a commit with its Welcome and the branch's log. An existing member takes the commit, a new one the Welcome."""

from collections.abc import Mapping

from coterie.core.engine.circle import key_packages
from coterie.core.engine.conversation import branches
from coterie.core.engine.conversation.arrival import Announced, announced
from coterie.core.engine.conversation.open_conversation import keep, prefer_group, prospect
from coterie.core.engine.delivery.outgoing import KEEP, envelope_id_of
from coterie.core.engine.delivery.passing_on import keep_for_others
from coterie.core.engine.ordering import backing, epochs, staging
from coterie.core.engine.ordering.holding import FUTURE, UNBACKED, NotYet
from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.ports.envelopes import Envelope
from coterie.core.engine.ports.peers import OwnKeyPackage
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, own_device
from coterie.core.engine.state.membership import knows_leaf, seniority, shares, was_admitted
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EpochId, to_base32
from coterie.core.kernel.world import Instant
from coterie.core.mls.group import Group
from coterie.core.mls.join import Joined, join, welcome_refs
from coterie.core.mls.key_packages import KeyPackageSecrets
from coterie.core.mls.open_message import open_message
from coterie.core.mls.staged import StagedCommit
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import Kind


def take(ctx: Context, circle_id: CircleId, frame: peer_frames.Parcel, from_device: DeviceId) -> bool:
    """Takes one parcel in this transaction; False when it is not to be acknowledged.

    Raises NotYet (wait for decisions or an earlier epoch) or PeerError, with nothing changed.
    """
    seen = announced(frame.commit, frame.conversation_id)
    if seen.header.kind != Kind.COMMIT:
        raise PeerError("malformed", "a parcel carries something else than a commit")
    record = ctx.store.conversations.group(seen.peek.group_id)
    if record is None:
        _enter(ctx, circle_id, frame, seen, from_device)
        return True
    conversation = ctx.store.conversations.get(record.conversation_id)
    if conversation is None or (circle_id, frame.conversation_id) != (conversation.circle_id, record.conversation_id):
        raise PeerError("wrong-conversation", "a group belongs to another conversation")
    elsewhere, invited = _is_elsewhere(ctx, record, frame, seen), _own_package(ctx, frame) is not None
    if elsewhere and invited:
        invited = not branches.stays(ctx, conversation, record, frame.log, seen.header.sender_device)
    if invited and (elsewhere or seen.peek.epoch > record.epoch):
        _enter(ctx, circle_id, frame, seen, from_device)
        return True
    if elsewhere:
        _show_fork(ctx, record, seen, from_device)
        branches.meet(ctx, conversation, frame.log)
        return False
    if seen.peek.epoch == record.epoch:
        return _take_commit(ctx, conversation, record, frame, seen, from_device)
    if seen.peek.epoch < record.epoch:
        return True
    raise NotYet(FUTURE)


def _is_elsewhere(ctx: Context, record: GroupRecord, frame: peer_frames.Parcel, seen: Announced) -> bool:
    """Whether a commit was made on, or made, another branch than ours, as far as our log reaches."""
    log, theirs, epoch = dict(epochs.log_of(ctx, record.group_id)), dict(frame.log), seen.peek.epoch
    if epoch in log and log[epoch][:8] != seen.header.epoch_id:
        return True
    told = theirs if epoch > record.epoch else {epoch + 1} & theirs.keys()
    return any(each in log and log[each] != theirs[each] for each in told)


def _show_fork(ctx: Context, record: GroupRecord, seen: Announced, from_device: DeviceId) -> None:
    """A commit of another branch is shown, never silent (T025). It is not acknowledged: its author would take that for
    somebody who follows it."""
    ctx.note(
        "fork-detected",
        conversation=to_base32(record.conversation_id),
        device=to_base32(from_device),
        epoch=seen.peek.epoch + 1,
    )


def _take_commit(
    ctx: Context,
    conversation: Conversation,
    record: GroupRecord,
    frame: peer_frames.Parcel,
    seen: Announced,
    from_device: DeviceId,
) -> bool:
    group, _ = groups.load(ctx, record.group_id)
    staged = open_message(group, ctx.store.conversations.rows(record.group_id), frame.commit)
    if not isinstance(staged, StagedCommit) or staged.external:
        raise PeerError("not-permitted", "a parcel's message is not a member's commit")
    committer = _committer(group, staged, seen)
    backing.check(ctx, conversation, group, staged, committer)
    rival = ctx.store.conversations.staged(record.group_id)
    own = own_device(ctx, conversation.circle_id)
    brought = from_device != committer  # who passes a commit on has taken it: then it stands, whoever made it
    if (
        rival is not None
        and not brought
        and seniority(ctx, conversation, own) < seniority(ctx, conversation, committer)
    ):
        return False
    _check_renewed(ctx, conversation, group, staged)
    if staged.group is None:
        if _own_package(ctx, frame) is not None:
            _enter(ctx, conversation.circle_id, frame, seen, from_device)
        else:
            staging.leave(ctx, conversation, record)
        return True
    staging.apply(ctx, conversation, record, staged, committer)
    _pass_on(ctx, conversation, record, frame, seen, from_device)
    return True


def _check_renewed(ctx: Context, conversation: Conversation, group: Group, staged: StagedCommit) -> None:
    """A commit may bring new keys to a leaf; whose leaf it is, and with which signature key, the objects alone say."""
    if staged.group is None:
        return
    for index in staged.renewed:
        before, after = group.member(index), staged.group.member(index)
        if after is None or not knows_leaf(ctx, conversation.circle_id, after):
            raise PeerError("not-permitted", "a commit changes a leaf to what no certificate says")
        if index == staged.committer and before is not None and before.credential != after.credential:
            raise PeerError("sender-mismatch", "a commit changes whose leaf it is")


def _committer(group: Group, staged: StagedCommit, seen: Announced) -> DeviceId:
    leaf = group.member(staged.committer)
    if leaf is None:
        raise PeerError("not-a-member", "the committer has no leaf")
    _, device = groups.identity_of(leaf)
    if device != seen.header.sender_device:
        raise PeerError("sender-mismatch", "a commit names another device than its group authenticated")
    return device


def _pass_on(
    ctx: Context,
    conversation: Conversation,
    record: GroupRecord,
    frame: peer_frames.Parcel,
    seen: Announced,
    from_device: DeviceId,
) -> None:
    envelope = Envelope(
        envelope_id=envelope_id_of(frame.commit),
        conversation_id=conversation.conversation_id,
        sender_device=seen.header.sender_device,
        number=0,
        kind=Kind.COMMIT,
        group_id=record.group_id,
        epoch=seen.peek.epoch,
        data=frame.encode(),
        message_id=b"",
        keep_until=Instant(ctx.now + KEEP),
        created_at=ctx.now,
    )
    keep_for_others(ctx, conversation, envelope, record.group_id, from_device)


def _own_package(ctx: Context, frame: peer_frames.Parcel) -> OwnKeyPackage | None:
    if not frame.welcome:
        return None
    found = (key_packages.own(ctx, ref) for ref in welcome_refs(frame.welcome))
    return next((package for package in found if package is not None), None)


def _enter(
    ctx: Context, circle_id: CircleId, frame: peer_frames.Parcel, seen: Announced, from_device: DeviceId
) -> None:
    """Joins by the parcel's Welcome, after everything in it was compared with the objects."""
    package = _own_package(ctx, frame)
    if package is None or package.circle_id != circle_id:
        raise PeerError("not-for-us", "a parcel of a group that we are not in, with no Welcome for us")
    secrets = KeyPackageSecrets.decode(package.private.reveal())
    joined = join(frame.welcome, package.data, secrets)
    _check_joined(joined, circle_id, frame, seen)
    group = joined.group
    for _, leaf in group.members():
        if not knows_leaf(ctx, circle_id, leaf):
            raise NotYet(UNBACKED)
    roster = groups.roster_of(group)
    conversation = prospect(ctx, circle_id, frame.conversation_id, frozenset(roster.people.values()))
    for person in (circle_of(ctx, circle_id).person_id, roster.people[seen.header.sender_device]):
        if not was_admitted(ctx, conversation, person):
            if conversation.kind == "two":
                raise PeerError("not-permitted", "a Welcome into a conversation of two others")
            raise NotYet(UNBACKED)
    keep(ctx, conversation)
    old, branch = ctx.store.conversations.group(group.group_id), dict(epochs.log_of(ctx, group.group_id))
    if old is not None:
        if not shares(ctx, conversation, seen.header.sender_device):
            raise NotYet(UNBACKED)
        staging.leave(ctx, conversation, old)
    groups.write(ctx, group.group_id, joined.delta)
    record = epochs.begin(ctx, conversation, group, seen.header.sender_device, tuple(frame.log))
    key_packages.used(ctx, package.ref)
    _take_back(ctx, conversation, record, branch)
    _look_again(ctx, conversation)
    prefer_group(ctx, conversation)
    _pass_on(ctx, conversation, record, frame, seen, from_device)


def _take_back(ctx: Context, conversation: Conversation, record: GroupRecord, branch: Mapping[int, EpochId]) -> None:
    """What we said on a branch that we have left nobody on this one can read."""
    log = dict(epochs.log_of(ctx, record.group_id))
    own = own_device(ctx, conversation.circle_id)
    for envelope in ctx.store.envelopes.of_sender(conversation.conversation_id, own) if branch else ():
        if envelope.group_id == record.group_id and log.get(envelope.epoch) != branch.get(envelope.epoch):
            ctx.store.envelopes.drop(envelope.envelope_id)


def _look_again(ctx: Context, conversation: Conversation) -> None:
    """We are in: what was refused before is asked for once more, and what others cannot read of us goes out anew."""
    for link in ctx.links.of_circle(conversation.circle_id):
        link.passed_over.add(conversation.conversation_id)


def _check_joined(joined: Joined, circle_id: CircleId, frame: peer_frames.Parcel, seen: Announced) -> None:
    group = joined.group
    binding = groups.binding_of(group)
    if (binding.circle_id, binding.conversation_id) != (circle_id, frame.conversation_id):
        raise PeerError("wrong-conversation", "a group is bound to another circle or conversation")
    if group.group_id != seen.peek.group_id or group.epoch != seen.peek.epoch + 1:
        raise PeerError("malformed", "a Welcome and its commit do not belong together")
    if dict(frame.log).get(group.epoch, groups.epoch_id(group)) != groups.epoch_id(group):
        raise PeerError("malformed", "a parcel's log does not fit its Welcome")
    signer = group.member(joined.signer)
    if signer is None or groups.identity_of(signer)[1] != seen.header.sender_device:
        raise PeerError("sender-mismatch", "a Welcome names another device than signed it")
