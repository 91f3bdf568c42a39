"""Cards that a handshake shows: signed by their device, of this circle, current."""

from dataclasses import dataclass

from coterie.core.crypto.suites import Suite
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import suite_of
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId
from coterie.core.kernel.world import Instant
from coterie.core.trust.facts import Card, verify_card
from coterie.core.trust.objects import Fact, parse_object, verify_object
from coterie.core.wire.link_handshake import PeerCard


@dataclass(frozen=True, slots=True)
class VerifiedCard:
    """A card whose signatures and times are good. `body` is what it says."""

    raw: bytes
    revision: int
    body: Card

    def for_link(self) -> PeerCard:
        """As the link handshake takes it."""
        return PeerCard(self.raw, self.revision, self.body.block_key)


def card_object(ctx: Context, circle_id: CircleId, raw: bytes, device_id: bytes, public_key: bytes) -> VerifiedCard:
    """Raises PeerError: `bad-card`, `bad-signature`, `card-expired` and what parsing raises."""
    return verified_card(raw, circle_id, suite_of(ctx, circle_id), device_id, public_key, ctx.now)


def verified_card(
    raw: bytes, circle_id: CircleId, suite: Suite, device_id: bytes, public_key: bytes, now: Instant
) -> VerifiedCard:
    """The card in an object of `device_id`, whose signature key is `public_key`."""
    fact = verify_object(parse_object(raw), suite, public_key)
    if not isinstance(fact, Fact) or not isinstance(fact.body, Card):
        raise PeerError("bad-card", "another object stands where a card belongs")
    if fact.scope != circle_id or fact.issuer != device_id or fact.subject != device_id:
        raise PeerError("bad-card", "a card of another device or circle")
    verify_card(fact.body, circle_id, device_id, fact.revision, suite)
    fact.body.check_time(now)
    return VerifiedCard(raw, fact.revision, fact.body)
