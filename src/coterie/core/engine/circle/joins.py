"""Joins under way: their states, how they are shown, and how they stop."""

from coterie.core.engine.ports.circles import Join
from coterie.core.engine.ports.effects import CloseEndpoint, ForgetPeer
from coterie.core.engine.ports.views import JoinView
from coterie.core.engine.state import circle_states, names
from coterie.core.engine.state.context import Context
from coterie.core.kernel.ids import PersonId, to_base32
from coterie.core.wire.invitation import parse_invitation

DIALLING, WAITING, JOINED, REFUSED = "dialling", "waiting-for-approval", "joined", "refused"


def view(ctx: Context, join: Join) -> JoinView:
    """How far a join is. The circle and its inviter have names once we are in."""
    circle = ctx.store.circles.get(join.circle_id)
    invitation = parse_invitation(join.invitation)
    if circle is None or join.state != JOINED:
        return JoinView(
            id=to_base32(join.invitation_id),
            pseudonym=join.pseudonym,
            state=join.state,
            circle="",
            circle_id=to_base32(join.circle_id),
            code=join.code,
            relay=invitation.relay_url,
        )
    person = circle_states.circle_state(ctx, join.circle_id).person_of(invitation.device_id)
    inviter = "" if person is None else names.display(ctx, join.circle_id, PersonId(person.id))
    name = names.circle_name(ctx, join.circle_id)
    return JoinView(
        id=to_base32(join.invitation_id),
        pseudonym=join.pseudonym,
        state=join.state,
        circle=name,
        circle_id=to_base32(join.circle_id),
        code=join.code,
        inviter=inviter,
        words=join.words,
        relay=invitation.relay_url,
    )


def stop_dialling(ctx: Context, join: Join) -> None:
    """Dials the door no more, and closes our endpoint unless we are in the circle."""
    invitation = parse_invitation(join.invitation)
    ctx.emit(ForgetPeer(join.circle_id, invitation.device_id, door=True))
    circle = ctx.store.circles.get(join.circle_id)
    if circle is None or circle.state != "active":
        ctx.memory.bound.pop((join.circle_id, False), None)
        ctx.emit(CloseEndpoint(join.circle_id, False))


def note(ctx: Context, join: Join) -> None:
    """The event `join`: how far it is."""
    seen = view(ctx, join)
    ctx.note(
        "join",
        subject=seen.id,
        circle=seen.circle_id,
        state=seen.state,
        code=seen.code,
        joined={
            "circle": seen.circle,
            "pseudonym": seen.pseudonym,
            "inviter": seen.inviter,
            "words": seen.words,
        },
    )
