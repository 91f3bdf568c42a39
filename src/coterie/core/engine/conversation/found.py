"""Starting the MLS group of a conversation: nobody has to be online (PROTOCOL 5 and 6)."""

from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import key_packages
from coterie.core.engine.conversation import position
from coterie.core.engine.conversation.open_conversation import prefer_group
from coterie.core.engine.delivery.outgoing import envelope_id_of, hand_out
from coterie.core.engine.ordering import epochs, staging
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state import groups
from coterie.core.engine.state.circle_states import known
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, signer, suite_of
from coterie.core.engine.state.membership import allowed
from coterie.core.mls.create import create_group
from coterie.core.mls.own_leaf import basic_leaf

GROUP_ID_SIZE = 16


def may_found(ctx: Context, conversation: Conversation) -> bool:
    """Between two people whoever speaks first; a group's MLS group is made by the device that started the conversation."""
    if conversation.kind == "two":
        return True
    beginning = known(ctx, conversation.circle_id, conversation.conversation_id).beginning
    return beginning is not None and beginning.issuer == circle_of(ctx, conversation.circle_id).device_id


def found_group(ctx: Context, conversation: Conversation) -> bool:
    """Makes the group with every device that has a KeyPackage that fits; False while no other device has one.

    The group, its first commit and its Welcome are one transaction; it applies at once.
    """
    circle = circle_of(ctx, conversation.circle_id)
    packages = {}
    for device in allowed(ctx, conversation):
        if device != circle.device_id:
            package = key_packages.package_for(ctx, conversation.circle_id, device)
            if package is not None:
                packages[device] = package
    if not packages:
        return False
    own = signer(ctx, conversation.circle_id)
    suite = suite_of(ctx, conversation.circle_id)
    binding = groups.Binding(conversation.circle_id, conversation.conversation_id, circle.device_id)
    created = complete(
        create_group(
            suite,
            ctx.entropy.random(GROUP_ID_SIZE),
            basic_leaf(suite, circle.person_id + circle.device_id, own.public_key),
            extensions=binding.extensions(),
            entropy=ctx.entropy,
        ),
        own,
    )
    group_id = created.group.group_id
    groups.write(ctx, group_id, created.delta)
    record = epochs.begin(ctx, conversation, created.group, circle.device_id, ())
    staged = staging.commit_what_fits(ctx, conversation, group_id, (), packages)
    if staged is None:
        staging.leave(ctx, conversation, record)
        return False
    parcel = staging.parcel_of(ctx, conversation, record, staged, envelope_id_of(staged.message))
    staging.apply(ctx, conversation, record, staged, circle.device_id)
    _, roster = groups.load(ctx, group_id)
    hand_out(ctx, conversation, parcel, roster.others(circle.device_id))
    prefer_group(ctx, conversation)
    position.plan(ctx, conversation.conversation_id)
    return True
