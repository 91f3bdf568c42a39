"""Our card: renewed weekly, good for 14 days; with it the block key and the last-resort KeyPackage (PROTOCOL 2, 4)."""

from dataclasses import dataclass, replace

from coterie.core.crypto.kem import generate_key_pair
from coterie.core.crypto.signature import Signer
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import Suite
from coterie.core.engine.circle import key_packages, sync
from coterie.core.engine.circle.identity import BLOCK, ENDPOINT, endpoint_signer
from coterie.core.engine.ports.circles import Key
from coterie.core.engine.ports.effects import SetTimer
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, signer, suite_of
from coterie.core.kernel.ids import CircleId, DeviceId, PersonId, to_base32
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import DAY, HOUR, NEVER, SECOND, Instant
from coterie.core.trust.facts import CARD_LIFETIME, Card, endpoint_content, sign_endpoint
from coterie.core.trust.objects import Fact, sign_fact

RENEWAL = 7 * DAY
RETIRED_KEPT = 36 * DAY
"""How long a replaced block key opens sealed blocks: 14 days of card, 21 of carrying, one of tolerance."""

LATE = 8 * DAY
"""A renewal that comes later than this may be that of an old copy of a vault."""

PATIENCE = 60 * SECOND
"""How long a node that has just started looks for a link before it renews a card that is still good."""

TIMER = "circle/card/"


@dataclass(frozen=True, slots=True)
class Maker:
    """The device whose card is made: who it is, and who signs for it and for its endpoint."""

    circle_id: CircleId
    suite: Suite
    person_id: PersonId
    device_id: DeviceId
    signer: Signer
    endpoint: Secret


def make_card(ctx: Context, maker: Maker, block_public: bytes, revision: int) -> Fact:
    """A card good from now on. Its last-resort KeyPackage is stored with its private keys; the card itself is not."""
    package = key_packages.make(ctx, maker.circle_id, maker.suite, maker.person_id + maker.device_id, maker.signer)
    endpoint = endpoint_signer(maker.endpoint)
    until = Instant(ctx.now + CARD_LIFETIME)
    content = endpoint_content(maker.circle_id, maker.device_id, revision, block_public, ctx.now, until)
    card = Card(
        endpoint_id=endpoint.public_key,
        endpoint_signature=complete(sign_endpoint(content), endpoint),
        block_key=block_public,
        key_package=package,
        not_before=ctx.now,
        not_after=until,
    )
    work = sign_fact(maker.circle_id, maker.device_id, maker.device_id, revision, card, ctx.now)
    return complete(work, maker.signer)


def resume(ctx: Context, circle_id: CircleId) -> None:
    """After a start. A card that still opens links is renewed a little later: an old copy of a vault first meets
    somebody who knows the newer one, and says nothing in its own name any more."""
    card = circle_states.card_of(ctx, circle_id, circle_of(ctx, circle_id).device_id)
    if card is None or card.created_at + CARD_LIFETIME <= ctx.now:
        renew_if_due(ctx, circle_id)
        return
    at = max(card.created_at + RENEWAL, ctx.now + PATIENCE)
    ctx.emit(SetTimer(TIMER + to_base32(circle_id), Instant(at)))


def renew_if_due(ctx: Context, circle_id: CircleId) -> None:
    """A new card a week after the last one; sets the timer for the next."""
    circle = circle_of(ctx, circle_id)
    if circle.state != "active":
        return
    card = circle_states.card_of(ctx, circle_id, circle.device_id)
    due = ctx.now if card is None else card.created_at + RENEWAL
    if due <= ctx.now or (card is not None and card.created_at > ctx.now + HOUR):
        renew(ctx, circle_id)
        due = ctx.now + RENEWAL
    ctx.emit(SetTimer(TIMER + to_base32(circle_id), Instant(due)))


def next_revision(card: Fact | None, now: Instant) -> int:
    """One more than the last; after a long silence one more for each week of it too.

    So an old copy of a vault never gives a revision again that its newer self may have given, which would prove it
    two-faced instead of old.
    """
    if card is None:
        return 1
    silent = now - card.created_at
    return card.revision + 1 + (-(-silent // RENEWAL) if silent >= LATE else 0)


def renew(ctx: Context, circle_id: CircleId) -> None:
    """A new block key and last-resort KeyPackage in a new card; what is too old to be used is deleted."""
    circle, suite = circle_of(ctx, circle_id), suite_of(ctx, circle_id)
    keys = ctx.store.circles
    pair = generate_key_pair(suite, ctx.entropy)
    for old in keys.keys(circle_id, BLOCK):
        if old.retired_at == NEVER:
            keys.put_key(replace(old, retired_at=ctx.now))
        elif old.retired_at + RETIRED_KEPT < ctx.now:
            keys.delete_key(circle_id, BLOCK, old.key_id)
    keys.put_key(Key(circle_id, BLOCK, pair.public, pair.private, pair.public, ctx.now))
    maker = Maker(
        circle_id,
        suite,
        circle.person_id,
        circle.device_id,
        signer(ctx, circle_id),
        keys.keys(circle_id, ENDPOINT)[0].private,
    )
    revision = next_revision(circle_states.card_of(ctx, circle_id, circle.device_id), ctx.now)
    card = make_card(ctx, maker, pair.public, revision)
    sync.publish(ctx, circle_id, circle_id, [card.raw])
    key_packages.forget_old(ctx, circle_id, RETIRED_KEPT)
