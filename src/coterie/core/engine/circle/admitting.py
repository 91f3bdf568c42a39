"""Joining, the side whose door it is: proof, claim, grant, admission, handing over (PROTOCOL 3).

Whoever cannot prove the secret gets no byte: a PeerError here closes the connection. Whoever can gets a clear answer.
"""

from dataclasses import replace

from coterie.core.crypto.signature import verify
from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import handshaking, invitations, issuing, sync, verifying
from coterie.core.engine.circle.card_checks import card_object
from coterie.core.engine.circle.handshaking import Knock
from coterie.core.engine.ports.inputs import Opened
from coterie.core.engine.ports.invitations import InvitationRecord
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, signer, suite_of
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.limits import HANDSHAKES_PER_DOOR, HANDSHAKES_PER_INVITATION, UNOPENED_ATTEMPTS
from coterie.core.trust import build
from coterie.core.trust.certificates import Certificate, parse_certificate, verify_certificate
from coterie.core.trust.circle_bodies import Grant
from coterie.core.trust.objects import Decision
from coterie.core.trust.summary import Summary, missing
from coterie.core.wire.invitation import parse_invitation
from coterie.core.wire.join_handshake import Acknowledged, Consented, JoinerShown, JoinInviter, Requested

ATTEMPTS_TOLD = 100
"""Attempts with one invitation of which each that is refused is an event."""


def opened(ctx: Context, event: Opened) -> None:
    """Somebody at the door."""
    _make_room(ctx, event)
    keys = ctx.store.circles.keys(event.circle_id, "door")
    if not keys:
        raise PeerError("no-door", "no invitation is open")
    machine = JoinInviter(event.remote, EndpointId(keys[0].public))
    handshaking.add(ctx, Knock(event.conn, event.circle_id, event.remote, machine, ctx.now, ctx.now))


def _make_room(ctx: Context, event: Opened) -> None:
    """At a full door the one who has waited longest without proving anything goes, so that strangers who hold
    connections open keep nobody out."""
    knocks = [other for other in handshaking.all_of(ctx, event.circle_id) if isinstance(other, Knock)]
    if len(knocks) < HANDSHAKES_PER_DOOR:
        return
    unproved = next((knock for knock in knocks if not knock.invitation_id), None)
    if unproved is None:
        raise PeerError("too-many-handshakes", "too many unfinished handshakes at this door")
    handshaking.end(ctx, unproved.conn, "too-many-handshakes")


def frame(ctx: Context, knock: Knock, frame_type: int, body: bytes) -> None:
    """One frame of the joiner."""
    match knock.machine.receive(frame_type, body):
        case Requested() as requested:
            _requested(ctx, knock, requested)
        case JoinerShown() as shown:
            _shown(ctx, knock, shown)
        case Consented() as consented:
            _consented(ctx, knock, consented)
        case Acknowledged() as acknowledged:
            _acknowledged(ctx, knock, acknowledged)


def closed(ctx: Context, knock: Knock) -> None:
    """An attempt that proved the secret and never opened was one guess at the words: too many end the invitation."""
    record = ctx.store.invitations.get(knock.invitation_id) if knock.invitation_id else None
    if record is not None and not knock.certificate:
        _withdraw_if_guessed(ctx, record)


def _requested(ctx: Context, knock: Knock, requested: Requested) -> None:
    record = ctx.store.invitations.by_prefix(knock.circle_id, requested.prefix)
    if record is None:
        raise PeerError("unknown-invitation", "no invitation of ours is named")
    unfinished = [
        other
        for other in handshaking.all_of(ctx, knock.circle_id)
        if isinstance(other, Knock) and other.invitation_id == record.invitation_id
    ]
    if len(unfinished) >= HANDSHAKES_PER_INVITATION:
        raise PeerError("too-many-handshakes", "too many unfinished handshakes of this invitation")
    knock.machine.prove(parse_invitation(record.payload.reveal()))
    record = replace(record, attempts=record.attempts + 1)
    ctx.store.invitations.put(record)
    record = _withdraw_if_guessed(ctx, record)
    code = refusal(ctx, record)
    if code:
        _refuse(ctx, knock, record, code)
        return
    ctx.store.invitations.put(replace(record, failures=record.failures + 1))
    knock.invitation_id = record.invitation_id
    own = circle_states.circle_state(ctx, knock.circle_id).devices[circle_of(ctx, knock.circle_id).device_id]
    answer = knock.machine.answer(own.certificate.raw, ctx.entropy)
    handshaking.transmit(ctx, knock.conn, complete(answer, signer(ctx, knock.circle_id)))


def refusal(ctx: Context, record: InvitationRecord) -> str:
    """Why nobody can use this invitation now, judged on our clock; empty when somebody can."""
    if record.expires_at <= ctx.now:
        return "invite-expired"
    if record.state in (invitations.WITHDRAWN, invitations.DENIED):
        return "invite-withdrawn"
    circle = circle_of(ctx, record.circle_id)
    state = circle_states.circle_state(ctx, record.circle_id)
    grant = state.grants.get(record.grant_id)
    if circle.state != "active" or not state.is_active(circle.device_id) or grant is None or grant.status == "closed":
        return "inviter-not-authorised"
    return "invite-withdrawn" if grant.status == "withdrawn" else ""


def _shown(ctx: Context, knock: Knock, shown: JoinerShown) -> None:
    circle_id, suite = knock.circle_id, suite_of(ctx, knock.circle_id)
    certificate = parse_certificate(shown.certificate)
    if not certificate.is_first:
        raise PeerError("bad-certificate", "a joiner shows the first certificate of a new person")
    verify_certificate(certificate, circle_id, suite, None)
    verify(suite, certificate.fields.signature_key, shown.signed, shown.signature)
    card = card_object(ctx, circle_id, shown.card, certificate.device_id, certificate.fields.signature_key)
    if card.body.endpoint_id != knock.remote:
        raise PeerError("wrong-endpoint", "a card that names another endpoint than this connection's")
    knock.certificate = certificate.raw
    record = _record(ctx, knock)
    record = replace(record, failures=record.failures - 1)
    ctx.store.invitations.put(record)
    code = refusal(ctx, record) or _objection(ctx, record, certificate)
    if code:
        _refuse(ctx, knock, record, code)
        return
    record = replace(record, certificate=certificate.raw, card=shown.card)
    if record.state == invitations.OPEN:
        record = replace(record, state=invitations.WAITING if record.approve else invitations.CLAIMED)
        ctx.store.invitations.put(record)
        invitations.note(ctx, record)
    ctx.store.invitations.put(record)
    if record.state == invitations.WAITING:
        _refuse(ctx, knock, record, "waiting-for-approval")
        return
    handshaking.transmit(ctx, knock.conn, knock.machine.grant(_grant(ctx, record).raw))


def _objection(ctx: Context, record: InvitationRecord, certificate: Certificate) -> str:
    """`invite-used` for everybody but the one who claimed it; who was ever known here cannot come in anew."""
    if record.certificate and record.certificate != certificate.raw:
        return "invite-used"
    state = circle_states.circle_state(ctx, record.circle_id)
    person = state.people.get(certificate.person_id)
    if person is not None and (record.state != invitations.USED or person.removed):
        return "already-known"
    body = _grant(ctx, record).body
    if not isinstance(body, Grant) or certificate.fields.kind != body.kind:
        return "not-permitted"
    return "" if person is not None or certificate.device_id not in state.devices else "already-known"


def _consented(ctx: Context, knock: Knock, consented: Consented) -> None:
    circle_id, record = knock.circle_id, _record(ctx, knock)
    grant, certificate = _grant(ctx, record), parse_certificate(knock.certificate)
    body = grant.body
    if not isinstance(body, Grant):
        raise TypeError("an invitation without a grant")
    build.verify_invitation(body.invitation_key, grant.id, certificate.raw, consented.signature)
    code = refusal(ctx, record)
    if record.certificate != certificate.raw:
        code = "invite-used"
    if code:
        _refuse(ctx, knock, record, code)
        return
    admission = _admission(ctx, record)
    if admission is None:
        admission = issuing.decide(
            ctx, circle_id, circle_id, build.admission(grant.id, certificate, consented.signature)
        )
        sync.take(ctx, circle_id, circle_id, [record.card], None)
        record = replace(record, state=invitations.USED)
        ctx.store.invitations.put(record)
        invitations.note(ctx, record)
    everything = missing(circle_states.known(ctx, circle_id, circle_id), Summary((), ()))
    handshaking.transmit(ctx, knock.conn, knock.machine.admit(admission.raw, everything))


def _acknowledged(ctx: Context, knock: Knock, acknowledged: Acknowledged) -> None:
    record = _record(ctx, knock)
    ctx.store.invitations.put(replace(record, words=acknowledged.words))
    person_id = parse_certificate(knock.certificate).person_id
    verifying.keep_words(ctx, knock.circle_id, person_id, acknowledged.words)
    handshaking.end(ctx, knock.conn, "joined")


def _refuse(ctx: Context, knock: Knock, record: InvitationRecord, code: str) -> None:
    """The sealed answer, and the inviter sees the attempt."""
    handshaking.transmit(ctx, knock.conn, knock.machine.refuse(code, ctx.entropy))
    if code != "waiting-for-approval" and _is_news(record.attempts):
        invitations.note(ctx, record, refused=code)
    handshaking.end(ctx, knock.conn, code)


def _is_news(attempts: int) -> bool:
    """Whoever holds a spent invitation may knock for ever: after some, only every doubling is told and stored."""
    return attempts <= ATTEMPTS_TOLD or attempts & (attempts - 1) == 0


def _withdraw_if_guessed(ctx: Context, record: InvitationRecord) -> InvitationRecord:
    usable = record.state in (invitations.OPEN, invitations.CLAIMED, invitations.WAITING, invitations.APPROVED)
    if record.failures < UNOPENED_ATTEMPTS or not usable or refusal(ctx, record):
        return record
    return invitations.withdraw(ctx, record, invitations.WITHDRAWN)


def _record(ctx: Context, knock: Knock) -> InvitationRecord:
    record = ctx.store.invitations.get(knock.invitation_id)
    if record is None:
        raise PeerError("unknown-invitation", "the invitation is gone")
    return record


def _grant(ctx: Context, record: InvitationRecord) -> Decision:
    return circle_states.known(ctx, record.circle_id, record.circle_id).decisions[record.grant_id]


def _admission(ctx: Context, record: InvitationRecord) -> Decision | None:
    """The admission that spent this grant, when a link broke after it was issued."""
    grant = circle_states.circle_state(ctx, record.circle_id).grants.get(record.grant_id)
    return None if grant is None else grant.admission
