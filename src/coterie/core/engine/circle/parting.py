"""Who was put out of a group while nobody was linked with it is told when it comes back, and told nothing more."""

from coterie.core.engine.circle import offering
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import ConversationId
from coterie.core.trust.parting import parting
from coterie.core.trust.summary import Summary, missing_decisions
from coterie.core.wire import peer_frames
from coterie.core.wire.peer_frames import WantObjects


def ask(ctx: Context, link: Link, scope: bytes) -> None:
    """The peer speaks of a group as one who is in it: what does it have?"""
    if _parting(ctx, link, scope):
        ctx.emit(Transmit(link.conn, peer_frames.WANT_OBJECTS, WantObjects(scope).encode()))


def tell(ctx: Context, link: Link, scope: bytes, theirs: Summary) -> None:
    """What put it out, as far as it does not have that."""
    ids = _parting(ctx, link, scope)
    known = circle_states.known(ctx, link.circle_id, scope)
    offering.send(ctx, link, scope, [each.raw for each in missing_decisions(known, theirs) if each.id in ids])


def _parting(ctx: Context, link: Link, scope: bytes) -> frozenset[bytes]:
    device = circle_states.active_device(ctx, link.circle_id, link.device_id)
    state = circle_states.conversation_state(ctx, link.circle_id, ConversationId(scope))
    if not link.admitted or device is None or state is None:
        return frozenset()
    return parting(circle_states.known(ctx, link.circle_id, scope), state, device.person_id)
