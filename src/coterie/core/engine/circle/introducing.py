"""Introductions: how we show a device that does not know our endpoint that we belong here, and how we judge another's.

An introduction opens a link. Rights come only from the decisions, which follow on that link.
"""

from dataclasses import dataclass

from coterie.core.crypto.suites import Suite
from coterie.core.engine.circle.card_checks import VerifiedCard, card_object
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, suite_of
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, ObjectId
from coterie.core.kernel.limits import INTRODUCTION_GENERATIONS
from coterie.core.trust import build
from coterie.core.trust.certificates import Certificate, parse_certificate, verify_certificate
from coterie.core.trust.circle_bodies import Admission, Grant
from coterie.core.trust.circle_state import CircleState, Person
from coterie.core.trust.objects import Decision, parse_object, verify_object
from coterie.core.wire.introduction import Generation, Introduction


@dataclass(frozen=True, slots=True)
class Introducee:
    """Who was introduced: a device whose line of admissions down from a device that we know is signed throughout."""

    device_id: DeviceId
    public_key: bytes
    card: VerifiedCard


def our_introduction(ctx: Context, circle_id: CircleId, card: bytes) -> Introduction | None:
    """Our own line, four generations upwards at most; None for the founder, whom everybody knows."""
    state = circle_states.circle_state(ctx, circle_id)
    generations: list[Generation] = []
    device_id: bytes = circle_of(ctx, circle_id).device_id
    while len(generations) < INTRODUCTION_GENERATIONS:
        person = state.person_of(device_id)
        if person is None or person.admission is None:
            break
        generations.append(_generation(ctx, circle_id, state, person, device_id))
        device_id = person.admission.issuer
    return Introduction(tuple(reversed(generations)), card) if generations else None


def verify_introduction(
    ctx: Context, circle_id: CircleId, introduction: Introduction, remote: EndpointId
) -> Introducee:
    """Each object verified before the next is read. PeerError unless it leads from an active device to `remote`."""
    suite, state = suite_of(ctx, circle_id), circle_states.circle_state(ctx, circle_id)
    keys = {
        device_id: state.devices[device_id].certificate.fields.signature_key for device_id in state.active_devices()
    }
    last: Certificate | None = None
    for generation in _from_the_known(introduction, keys):
        if generation.grant:
            last = _admitted(circle_id, suite, state, generation, keys)
            keys[last.device_id] = last.fields.signature_key
        for raw in generation.certificates:
            last = _certified(circle_id, suite, state, raw, keys)
            keys[last.device_id] = last.fields.signature_key
    if last is None:
        raise PeerError("not-introduced", "an introduction that begins with nobody whom we know")
    known = state.devices.get(last.device_id)
    if known is not None and not known.active:
        raise PeerError("not-a-member", "a device that was revoked")
    card = card_object(ctx, circle_id, introduction.card, last.device_id, last.fields.signature_key)
    if card.body.endpoint_id != remote:
        raise PeerError("wrong-endpoint", "a card that names another endpoint than this connection's")
    return Introducee(last.device_id, last.fields.signature_key, card)


def _generation(ctx: Context, circle_id: CircleId, state: CircleState, person: Person, device_id: bytes) -> Generation:
    admission = person.admission
    if admission is None or not isinstance(admission.body, Admission):
        raise TypeError("an admission without its body")
    grant = circle_states.known(ctx, circle_id, circle_id).decisions[ObjectId(admission.body.grant_id)]
    below: list[bytes] = []
    device = state.devices[device_id]
    while device.parent is not None:
        below.append(device.certificate.raw)
        device = state.devices[device.parent]
    return Generation(grant.raw, admission.raw, tuple(reversed(below)))


def _from_the_known(introduction: Introduction, keys: dict[bytes, bytes]) -> tuple[Generation, ...]:
    """From the lowest generation whose issuer we know: what stands above it says nothing new."""
    for start in reversed(range(len(introduction.generations))):
        generation = introduction.generations[start]
        if generation.grant and parse_object(generation.grant).claimed.issuer in keys:
            return introduction.generations[start:]
        if not generation.grant and parse_certificate(generation.certificates[0]).fields.issuer in keys:
            return introduction.generations[start:]
    return ()


def _admitted(
    circle_id: CircleId, suite: Suite, state: CircleState, generation: Generation, keys: dict[bytes, bytes]
) -> Certificate:
    grant = _decision(circle_id, suite, generation.grant, keys)
    admission = _decision(circle_id, suite, generation.admission, keys)
    if not isinstance(grant.body, Grant) or not isinstance(admission.body, Admission):
        raise PeerError("not-introduced", "another object stands where a grant or an admission belongs")
    if admission.issuer != grant.issuer or admission.body.grant_id != grant.id:
        raise PeerError("not-introduced", "an admission by another grant")
    certificate = admission.body.certificate
    build.verify_invitation(grant.body.invitation_key, grant.id, certificate.raw, admission.body.signature)
    verify_certificate(certificate, circle_id, suite, None)
    person = state.people.get(certificate.person_id)
    if person is not None and person.removed:
        raise PeerError("not-a-member", "a person who was removed")
    return certificate


def _certified(
    circle_id: CircleId, suite: Suite, state: CircleState, raw: bytes, keys: dict[bytes, bytes]
) -> Certificate:
    certificate = parse_certificate(raw)
    key = keys.get(certificate.fields.issuer)
    if key is None:
        raise PeerError("not-introduced", "a certificate by nobody whom we know")
    verify_certificate(certificate, circle_id, suite, key)
    known = state.devices.get(certificate.device_id)
    if known is not None and not known.active:
        raise PeerError("not-a-member", "a device that was revoked")
    return certificate


def _decision(circle_id: CircleId, suite: Suite, raw: bytes, keys: dict[bytes, bytes]) -> Decision:
    item = parse_object(raw)
    key = keys.get(item.claimed.issuer)
    if key is None:
        raise PeerError("not-introduced", "an object by nobody whom we know")
    decision = verify_object(item, suite, key)
    if not isinstance(decision, Decision) or decision.scope != circle_id:
        raise PeerError("not-introduced", "an object of another kind or circle")
    return decision
