"""What a joiner keeps from the first dial on, so that a join which broke resumes as the same device."""

from dataclasses import dataclass, replace

from coterie.core.codec.tls import Writer, parse
from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import cards
from coterie.core.engine.circle.identity import DeviceKeys, device_signer, first_certificate, new_keys, read_keys
from coterie.core.engine.state.context import Context
from coterie.core.kernel.secret import Secret
from coterie.core.trust.certificates import parse_certificate
from coterie.core.trust.objects import Fact, parse_object
from coterie.core.wire.invitation import Invitation


@dataclass(frozen=True, slots=True)
class Pending:
    """What a joiner keeps from the first dial on: its keys, its first certificate, its card."""

    keys: DeviceKeys
    certificate: bytes
    card: bytes

    def encode(self) -> Secret:
        out = Writer()
        self.keys.write(out)
        return Secret(out.opaque(self.certificate).opaque(self.card).bytes())


def decode_pending(data: Secret) -> Pending:
    """The inverse of `Pending.encode`."""
    return parse(lambda reader: Pending(read_keys(reader), reader.opaque(), reader.opaque()), data.reveal())


def make_pending(ctx: Context, invitation: Invitation, pseudonym: str) -> Pending:
    """New keys, a first certificate of this circle, and a card."""
    circle_suite = suite(invitation.suite_id)
    keys = new_keys(circle_suite, ctx.entropy)
    certificate = first_certificate(circle_suite, keys, invitation.circle_id, ctx.now, pseudonym)
    pending = Pending(keys, certificate.raw, b"")
    return replace(pending, card=_card(ctx, invitation, pending, 1).raw)


def with_fresh_card(ctx: Context, invitation: Invitation, pending: Pending) -> Pending:
    """A join that has waited for long shows a card that is good again."""
    shown = parse_object(pending.card).claimed
    if not isinstance(shown, Fact) or shown.created_at + cards.RENEWAL > ctx.now:
        return pending
    card = _card(ctx, invitation, pending, shown.revision + 1)
    return replace(pending, card=card.raw)


def _card(ctx: Context, invitation: Invitation, pending: Pending, revision: int) -> Fact:
    circle_suite, certificate = suite(invitation.suite_id), parse_certificate(pending.certificate)
    maker = cards.Maker(
        invitation.circle_id,
        circle_suite,
        certificate.person_id,
        certificate.device_id,
        device_signer(circle_suite, pending.keys),
        pending.keys.endpoint,
    )
    return cards.make_card(ctx, maker, pending.keys.block_public, revision)
