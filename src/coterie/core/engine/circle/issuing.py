"""Our own objects: signed by our device, stored, and handed to whoever is linked, in one step."""

from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import sync
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, require_active, signer
from coterie.core.kernel.ids import CircleId
from coterie.core.trust.bodies import DecisionBody, FactBody, body_number
from coterie.core.trust.objects import Decision, Fact, sign_decision, sign_fact


def decide(ctx: Context, circle_id: CircleId, scope: bytes, body: DecisionBody) -> Decision:
    """Our next decision in this scope: signed, stored and published."""
    require_active(ctx, circle_id)
    place = circle_states.known(ctx, circle_id, scope).place(circle_of(ctx, circle_id).device_id)
    decision = complete(sign_decision(place, body, ctx.now), signer(ctx, circle_id))
    sync.publish(ctx, circle_id, scope, [decision.raw])
    return decision


def tell(ctx: Context, circle_id: CircleId, scope: bytes, subject: bytes, body: FactBody) -> Fact:
    """The next revision of one of our facts: signed, stored and published."""
    require_active(ctx, circle_id)
    issuer = circle_of(ctx, circle_id).device_id
    revision = next_revision(ctx, scope, issuer, body_number(body), subject)
    fact = complete(sign_fact(scope, issuer, subject, revision, body, ctx.now), signer(ctx, circle_id))
    sync.publish(ctx, circle_id, scope, [fact.raw])
    return fact


def next_revision(ctx: Context, scope: bytes, issuer: bytes, type_: int, subject: bytes) -> int:
    """One more than the revision that stands, 1 for the first."""
    known = ctx.store.objects.fact(scope, issuer, type_, subject)
    return 1 if known is None else known.number + 1
