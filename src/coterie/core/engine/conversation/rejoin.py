"""`rejoin`: a device whose leaf has no state behind it any more asks to be taken out and in again (PROTOCOL 6).

It is a fact in the conversation's scope, so it is kept and handed on like every object; an empty KeyPackage takes
it back once the Welcome was processed.
"""

from collections.abc import Mapping

from coterie.core.engine.circle import issuing, key_packages
from coterie.core.engine.ports.conversations import Conversation, GroupRecord
from coterie.core.engine.state import groups
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, own_device, signer, suite_of
from coterie.core.engine.state.membership import asked_to_rejoin
from coterie.core.kernel.ids import DeviceId, EpochId, to_base32
from coterie.core.kernel.limits import REJOINS_AN_HOUR
from coterie.core.kernel.world import HOUR
from coterie.core.mls.group import Group
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.trust.facts import Position, Rejoin


def ask_once(ctx: Context, conversation: Conversation, record: GroupRecord, reason: str) -> None:
    """As `ask`, unless we ask already and it was not done yet."""
    group, _ = groups.load(ctx, record.group_id)
    if own_device(ctx, conversation.circle_id) not in wanted(ctx, conversation, group):
        ask(ctx, conversation, record, reason)


def ask(ctx: Context, conversation: Conversation, place: GroupRecord | Position, reason: str) -> None:
    """Our leaf in this group is without use (`reason`); whoever commits next takes us out and in again.

    Who makes us ask again and again is not obeyed for ever: a fourth time within an hour waits for the next occasion.
    """
    asked = ctx.memory.rejoins.setdefault(conversation.conversation_id, [])
    asked[:] = [at for at in asked if at > ctx.now - HOUR]
    if len(asked) >= REJOINS_AN_HOUR:
        return
    asked.append(ctx.now)
    own = circle_of(ctx, conversation.circle_id)
    package = key_packages.make(
        ctx,
        conversation.circle_id,
        suite_of(ctx, conversation.circle_id),
        own.person_id + own.device_id,
        signer(ctx, conversation.circle_id),
        for_device=own.device_id,
    )
    _issue(ctx, conversation, Rejoin(place.group_id, EpochId(place.epoch_id), package))
    ctx.note("rejoin", conversation=to_base32(conversation.conversation_id), reason=reason)


def answered(ctx: Context, conversation: Conversation) -> None:
    """A Welcome was processed: if it is the one that we asked for, the asking is taken back."""
    own = own_device(ctx, conversation.circle_id)
    asked = asked_to_rejoin(ctx, conversation, own)
    if asked is None:
        return
    record = ctx.store.conversations.group(asked.group_id)
    if record is None or own not in wanted(ctx, conversation, groups.load(ctx, record.group_id)[0]):
        _issue(ctx, conversation, Rejoin(asked.group_id, asked.epoch_id, b""))


def wanted(ctx: Context, conversation: Conversation, group: Group) -> Mapping[DeviceId, bytes]:
    """Who of this group asks to be added anew, with the KeyPackage to use, as far as it was not done yet.

    Whoever asks with a KeyPackage that is not their own good one is not heard, and stops nobody.
    """
    found: dict[DeviceId, bytes] = {}
    for device, leaf_index in groups.roster_of(group).leaves.items():
        asked = asked_to_rejoin(ctx, conversation, device)
        leaf = group.member(leaf_index)
        if asked is None or asked.group_id != group.group_id or leaf is None:
            continue
        if not key_packages.is_good(ctx, conversation.circle_id, device, asked.key_package):
            continue
        if leaf.encryption_key != parse_key_package(asked.key_package).leaf.encryption_key:
            found[device] = asked.key_package
    return found


def _issue(ctx: Context, conversation: Conversation, body: Rejoin) -> None:
    scope = conversation.conversation_id
    issuing.tell(ctx, conversation.circle_id, scope, scope, body)
