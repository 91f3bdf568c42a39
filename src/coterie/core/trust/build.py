"""Making the objects that take more than one signature or key; single ones are `objects.sign_decision` with a body.

Every function that signs is a `Signing`: it yields what one named key is to sign, and nothing is stored here.
"""

from dataclasses import dataclass

from coterie.core.crypto.signature import sign_content, verify
from coterie.core.crypto.signing import Signing
from coterie.core.crypto.suites import Suite
from coterie.core.kernel.ids import ZERO_ID, CircleId, ConversationId, PersonId
from coterie.core.kernel.world import Instant
from coterie.core.trust import conversation_bodies as conversation
from coterie.core.trust import facts
from coterie.core.trust.certificates import Certificate, CertificateFields, sign_first_certificate
from coterie.core.trust.circle_bodies import Admission, First
from coterie.core.trust.intake_checks import INVITATION_LABEL, admission_content
from coterie.core.trust.objects import Decision, Fact, Place, circle_id_of, sign_decision, sign_fact
from coterie.core.trust.roles import Kind


@dataclass(frozen=True, slots=True)
class Founded:
    """A new circle: its first object, which holds the founder's first certificate."""

    circle_id: CircleId
    certificate: Certificate
    first: Decision


def found_circle(suite: Suite, public_key: bytes, recovery_key: bytes, name: str, now: Instant) -> Signing[Founded]:
    """A circle and its founder; both signatures are the founder's device key's."""
    fields = CertificateFields(ZERO_ID, Kind.PERSON, ZERO_ID, suite.id, public_key, recovery_key, now)
    certificate = yield from sign_first_certificate(fields)
    place = Place(ZERO_ID, certificate.device_id, 1)
    first = yield from sign_decision(place, First(suite.id, name, certificate), now)
    return Founded(circle_id_of(first), certificate, first)


def first_certificate(
    circle_id: bytes, suite: Suite, public_key: bytes, recovery_key: bytes, now: Instant, kind: Kind = Kind.PERSON
) -> Signing[Certificate]:
    """The first certificate of somebody who joins."""
    fields = CertificateFields(circle_id, kind, ZERO_ID, suite.id, public_key, recovery_key, now)
    return (yield from sign_first_certificate(fields))


def sign_invitation(grant_id: bytes, certificate: bytes) -> Signing[bytes]:
    """The invitation key's (Ed25519) signature over a grant's id and the joiner's first certificate."""
    signature = yield sign_content(INVITATION_LABEL, admission_content(grant_id, certificate))
    return signature


def verify_invitation(invitation_key: bytes, grant_id: bytes, certificate: bytes, signature: bytes) -> None:
    """Before an admission is issued: `bad-signature` or `weak-key`."""
    content = sign_content(INVITATION_LABEL, admission_content(grant_id, certificate))
    verify(facts.ED25519_SUITE, invitation_key, content, signature)


def admission(grant_id: bytes, certificate: Certificate, signature: bytes) -> Admission:
    """The body that admits `certificate`; issue it with `objects.sign_decision` on the grant's device."""
    return Admission(grant_id, certificate, signature)


@dataclass(frozen=True, slots=True)
class Started:
    """A new group conversation: its id and its first object."""

    conversation_id: ConversationId
    start: Decision


def start_group(
    circle_id: bytes,
    device_id: bytes,
    creator: PersonId,
    title: str,
    members: tuple[bytes, ...],
    nonce: bytes,
    now: Instant,
) -> Signing[Started]:
    """A new group. `nonce` is 32 fresh random bytes; `members` are the people besides the creator."""
    conversation_id = conversation.group_conversation_id(circle_id, device_id, nonce)
    body = conversation.Start(nonce, title, creator, tuple(sorted(members)))
    start = yield from sign_decision(Place(conversation_id, device_id, 1), body, now)
    return Started(conversation_id, start)


@dataclass(frozen=True, slots=True)
class CardPlan:
    """What a new card says; valid for 14 days from `not_before`."""

    endpoint_id: bytes
    block_key: bytes
    key_package: bytes
    not_before: Instant

    @property
    def not_after(self) -> Instant:
        """Milliseconds since 1970."""
        return Instant(self.not_before + facts.CARD_LIFETIME)


def card_endpoint_content(scope: bytes, device_id: bytes, revision: int, plan: CardPlan) -> bytes:
    """What the endpoint key signs for this card: `facts.sign_endpoint`."""
    return facts.endpoint_content(scope, device_id, revision, plan.block_key, plan.not_before, plan.not_after)


def sign_card(
    scope: bytes, device_id: bytes, revision: int, plan: CardPlan, endpoint_signature: bytes, now: Instant
) -> Signing[Fact]:
    """The card, signed by the device key."""
    body = facts.Card(
        plan.endpoint_id, endpoint_signature, plan.block_key, plan.key_package, plan.not_before, plan.not_after
    )
    return (yield from sign_fact(scope, device_id, device_id, revision, body, now))
