"""Acknowledgements of others: ours was delivered, or our staged commit may now be applied (PROTOCOL 6 and 7)."""

from coterie.core.engine.conversation import follow
from coterie.core.engine.delivery import receipts
from coterie.core.engine.delivery.outgoing import continue_backlog
from coterie.core.engine.state.circle_states import circle_state
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import PersonId
from coterie.core.wire import peer_frames
from coterie.core.wire.authenticated_data import Kind


def ack_frame(ctx: Context, link: Link, frame: peer_frames.Ack) -> None:
    """Each of these envelopes is durable at the device at the other end of this link."""
    own = circle_of(ctx, link.circle_id)
    device = circle_state(ctx, link.circle_id).devices.get(link.device_id)
    if device is None:
        return
    link.sent.difference_update(frame.envelope_ids)
    for envelope_id in frame.envelope_ids:
        done = ctx.store.envelopes.acknowledge(envelope_id, link.device_id)
        if done is None:
            continue
        if done.message_id and done.sender_device == own.device_id:
            receipts.came(ctx, done.message_id, own.person_id, PersonId(device.person_id), "delivered")
        elif done.kind == Kind.COMMIT and done.sender_device == own.device_id:
            staged = ctx.store.conversations.staged(done.group_id)
            if staged is not None and staged.envelope_id == envelope_id:
                follow.acknowledged_commit(ctx, done.conversation_id, done.group_id)
    continue_backlog(ctx, link)
