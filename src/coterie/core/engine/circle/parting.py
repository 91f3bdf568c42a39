"""A peer speaks of a group as one who is in it, and as far as we know it is not: one of us has not heard something.

Who was put out while nobody was linked with it is told that when it comes back, and told nothing more. Who is in by what
is not here yet is asked for it, as by a newcomer: nothing of what we have is said.
"""

from coterie.core.engine.circle import offering
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.kernel.ids import ConversationId
from coterie.core.trust.conversation_state import ConversationState
from coterie.core.trust.parting import parting
from coterie.core.trust.summary import Summary, has_decisions, missing_decisions
from coterie.core.wire import peer_frames
from coterie.core.wire.peer_frames import WantObjects


def ask(ctx: Context, link: Link, scope: bytes) -> None:
    """What does it have? Who never was in, as far as we know, must not learn that the group is known here."""
    person, state = _person_of(ctx, link), _state(ctx, link, scope)
    if person and state is not None and person in state.people:
        ctx.emit(Transmit(link.conn, peer_frames.WANT_OBJECTS, WantObjects(scope).encode()))
    elif person:
        offering.ask_for_everything(ctx, link, scope)


def tell(ctx: Context, link: Link, scope: bytes, theirs: Summary) -> None:
    """What put it out, as far as it does not have that. What it has and we lack may say that it is in."""
    person, state = _person_of(ctx, link), _state(ctx, link, scope)
    if not person or state is None or person not in state.people:
        return
    known = circle_states.known(ctx, link.circle_id, scope)
    ids = parting(known, state, person)
    offering.send(ctx, link, scope, [each.raw for each in missing_decisions(known, theirs) if each.id in ids])
    if not has_decisions(known, theirs):
        offering.ask_for_everything(ctx, link, scope)


def _person_of(ctx: Context, link: Link) -> bytes:
    """Whose device the peer is, if it is active in the circle and was not only introduced."""
    device = circle_states.active_device(ctx, link.circle_id, link.device_id)
    return device.person_id if device is not None and link.admitted else b""


def _state(ctx: Context, link: Link, scope: bytes) -> ConversationState | None:
    return circle_states.conversation_state(ctx, link.circle_id, ConversationId(scope))
