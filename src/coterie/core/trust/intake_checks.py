"""What one received object must satisfy by itself, before it may stand in a set (PROTOCOL 2).

Everything here depends on the object, its predecessors in its own chain and the keys named there, never on what
else is in the set: so all devices accept the same objects, whatever the order. Rights are judged later, by the state.
"""

from coterie.core.crypto.signature import check_public_key, verify_with_label
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ZERO_ID, ObjectId
from coterie.core.trust import circle_bodies as circle
from coterie.core.trust import conversation_bodies as conversation
from coterie.core.trust import facts
from coterie.core.trust.bodies import Unknown
from coterie.core.trust.certificates import Certificate, verify_certificate
from coterie.core.trust.chain import Chain
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.object_types import CIRCLE_DECISIONS, CONVERSATION_DECISIONS, LAST_SERIAL, ObjectType
from coterie.core.trust.objects import Decision, Fact, circle_id_of

INVITATION_LABEL = "Coterie 1 invitation"

_CIRCLE_FACTS = frozenset({ObjectType.CARD, ObjectType.ADDRESS, ObjectType.PROFILE})
_RECOVERY_BODIES = (circle.FurtherCertificate, circle.Recovery, circle.Revocation, Unknown)


def admission_content(grant_id: bytes, certificate: bytes) -> bytes:
    """What the invitation key signs: the grant's id and the joiner's first certificate."""
    return grant_id + certificate


def check_scope(known: ObjectSet, item: Decision | Fact) -> None:
    """`wrong-scope` for an object of another scope, or of a type that has no business in this one."""
    if isinstance(item, Decision) and isinstance(item.body, circle.First):
        right = known.circle is None and item.scope == ZERO_ID and circle_id_of(item) == known.scope
    elif item.scope != known.scope:
        right = False
    elif isinstance(item.body, Unknown):
        right = True
    elif isinstance(item, Fact):
        right = (item.number in _CIRCLE_FACTS) == (known.circle is None)
    else:
        right = item.number in (CIRCLE_DECISIONS if known.circle is None else CONVERSATION_DECISIONS)
    if not right:
        raise PeerError("wrong-scope", "an object of another circle or conversation")


def begins(known: ObjectSet, decision: Decision) -> bool:
    """Whether it is the one object with which this scope may begin."""
    match decision.body:
        case circle.First(certificate=certificate):
            return decision.serial == 1 and decision.issuer == certificate.device_id
        case conversation.Start(nonce=nonce, creator=creator):
            issuer = known.devices.get(decision.issuer)
            if decision.serial != 1 or known.circle is None or issuer is None or issuer.person_id != creator:
                return False
            own_id = conversation.group_conversation_id(known.circle.scope, decision.issuer, nonce)
            return own_id == known.scope
        case _:
            return False


def check_decision(known: ObjectSet, decision: Decision, issuer_key: bytes) -> None:
    """Raises PeerError if this decision can never count for anybody. Its signature has been checked."""
    beginning = known.beginning
    if isinstance(decision.body, circle.First | conversation.Start):
        if not begins(known, decision):
            raise PeerError("bad-chain", "a scope begins once, by its own first object")
    elif beginning is not None and decision.serial == 1 and decision.issuer == beginning.issuer:
        raise PeerError("bad-chain", "a rival of the object that began this scope")
    recovery = known.is_recovery_chain(decision.issuer)
    if decision.serial == LAST_SERIAL and (recovery or not isinstance(decision.body, circle.FurtherCertificate)):
        raise PeerError("bad-chain", "the last serial is reserved for the certificate of a device's successor")
    if recovery and not isinstance(decision.body, _RECOVERY_BODIES):
        raise PeerError("bad-issuer", "a recovery key does not decide this")
    _check_body(known, decision, issuer_key)


def _check_body(known: ObjectSet, decision: Decision, issuer_key: bytes) -> None:
    match decision.body:
        case circle.First(suite=suite, certificate=certificate):
            if suite != known.suite.id:
                raise PeerError("unsupported-suite", "a circle of another suite than expected")
            verify_certificate(certificate, ZERO_ID, known.suite, None)
        case circle.FurtherCertificate(certificate=certificate):
            if certificate.fields.issuer != decision.issuer:
                raise PeerError("bad-certificate", "a certificate of another issuer than its decision's")
            verify_certificate(certificate, known.scope, known.suite, issuer_key)
        case circle.Recovery(recovery_key=key):
            if not known.is_recovery_chain(decision.issuer):
                raise PeerError("bad-issuer", "only the recovery key replaces itself")
            check_public_key(known.suite, key)
        case circle.Grant(invitation_key=key):
            check_public_key(facts.ED25519_SUITE, key)
        case circle.Admission(certificate=certificate):
            _check_first(known, certificate)
            _check_invitation(known, decision, decision.body)
        case circle.RoleChange(certificate=certificate):
            _check_first(known, certificate)
        case _:
            pass


def _check_first(known: ObjectSet, certificate: Certificate) -> None:
    if certificate.device_id not in known.devices:
        verify_certificate(certificate, known.scope, known.suite, None)


def _check_invitation(known: ObjectSet, decision: Decision, admission: circle.Admission) -> None:
    """The invitation key's signature. Without the grant before it, the admission is void and needs no check."""
    chain = known.chains.get(decision.issuer)
    grant = None if chain is None else _grant_before(chain, decision, admission.grant_id)
    if grant is not None:
        content = admission_content(admission.grant_id, admission.certificate.raw)
        key, signature = grant.invitation_key, admission.signature
        verify_with_label(facts.ED25519_SUITE, key, INVITATION_LABEL, content, signature)


def _grant_before(chain: Chain, decision: Decision, grant_id: bytes) -> circle.Grant | None:
    before = chain.by_id.get(ObjectId(grant_id))
    if before is None or not isinstance(before.body, circle.Grant):
        return None
    tip = chain.by_id.get(ObjectId(decision.previous))
    forks = chain.forked or decision.previous in chain.children
    if forks and (tip is None or all(grant_id != past.id for past in chain.ancestors(tip))):
        return None
    return before.body


def check_fact(known: ObjectSet, fact: Fact) -> None:
    """The subject must be the issuer's own business, and a card's keys and endpoint signature good."""
    issuer = known.devices.get(fact.issuer)
    if issuer is None:
        raise PeerError("bad-issuer", "facts come from devices")
    match fact.body:
        case facts.Card():
            right = fact.subject == fact.issuer
        case facts.Address():
            right = fact.subject == fact.issuer
        case facts.Profile():
            right = fact.subject == issuer.person_id
        case facts.Position() | facts.Rejoin():
            right = fact.subject == known.scope
        case _:
            right = True
    if not right:
        raise PeerError("bad-subject", "a fact about something that is not its issuer's to state")
    if isinstance(fact.body, facts.Card):
        facts.verify_card(fact.body, fact.scope, fact.issuer, fact.revision, known.suite)
