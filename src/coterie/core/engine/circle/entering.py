"""Joining, the side that holds the link: the handshake at the inviter's door (PROTOCOL 3).

Nothing that the inviter hands over is believed before the whole set says that it and we are in the circle.
"""

from dataclasses import replace

from coterie.core.crypto.signature import verify
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import cards, endpoints, handshaking, issuing, joins, sync, verifying, watching
from coterie.core.engine.circle.handshaking import Entrance
from coterie.core.engine.circle.identity import device_signer, endpoint_signer, store_keys
from coterie.core.engine.circle.pending import decode_pending
from coterie.core.engine.ports.circles import Circle, Join
from coterie.core.engine.ports.effects import ForgetPeer, SetTimer
from coterie.core.engine.ports.inputs import Opened
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import replace_circle
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, EndpointId, PersonId, to_base32
from coterie.core.kernel.names import neutralise
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant
from coterie.core.trust.build import sign_invitation
from coterie.core.trust.certificates import parse_certificate
from coterie.core.trust.circle_bodies import Admission, Grant
from coterie.core.trust.circle_state import CircleState, evaluate_circle
from coterie.core.trust.facts import Profile
from coterie.core.trust.intake import Received, receive
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.objects import Decision, parse_object, verify_object
from coterie.core.wire.invitation import Invitation, invitation_keys, parse_invitation
from coterie.core.wire.join_handshake import Admitted, Granted, Handed, HandedOver, InviterShown, JoinJoiner, Refused


def opened(ctx: Context, event: Opened) -> None:
    """A connection to the door that we dialled."""
    _refuse_member(ctx, event.circle_id)
    for join in ctx.store.circles.joins():
        invitation = parse_invitation(join.invitation)
        if (
            join.state == joins.DIALLING
            and join.circle_id == event.circle_id
            and invitation.endpoint_id == event.remote
        ):
            pending = decode_pending(join.pending)
            own = EndpointId(endpoint_signer(pending.keys.endpoint).public_key)
            machine = JoinJoiner(invitation, own, pending.certificate, pending.card, ctx.entropy)
            entrance = Entrance(event.conn, event.circle_id, join.invitation_id, machine, ctx.now, ctx.now)
            handshaking.transmit(ctx, event.conn, machine.start())
            handshaking.add(ctx, entrance)
            return
    raise PeerError("no-join", "no join is under way here")


def frame(ctx: Context, entrance: Entrance, frame_type: int, body: bytes) -> None:
    """One frame of the inviter."""
    _refuse_member(ctx, entrance.circle_id)
    join = ctx.store.circles.join_of(entrance.invitation_id)
    if join is None or join.state != joins.DIALLING:
        raise PeerError("no-join", "no join is under way here")
    match entrance.machine.receive(frame_type, body):
        case InviterShown() as shown:
            _inviter_shown(ctx, entrance, join, shown)
        case Granted() as granted:
            _granted(ctx, entrance, join, granted)
        case Admitted() as admitted:
            _admitted(entrance, join, admitted)
        case Handed() as handed:
            entrance.objects.extend(handed.objects)
        case HandedOver():
            _handed_over(ctx, entrance, join)
        case Refused() as refused:
            _refused(ctx, entrance, join, refused.code)


def closed(ctx: Context, entrance: Entrance) -> None:
    """The inviter closed without an answer: it does not know the invitation, or we were too many at its door."""
    join = ctx.store.circles.join_of(entrance.invitation_id)
    if join is not None and join.state == joins.DIALLING and entrance.machine.state == "requested":
        ctx.store.circles.put_join(replace(join, code="invite-not-answered"))
        joins.note(ctx, replace(join, code="invite-not-answered"))


def _refuse_member(ctx: Context, circle_id: CircleId) -> None:
    """Another invitation was quicker: one vault is in a circle once."""
    circle = ctx.store.circles.get(circle_id)
    if circle is not None and circle.state == "active":
        raise PeerError("already-member", "we are in this circle already")


def _inviter_shown(ctx: Context, entrance: Entrance, join: Join, shown: InviterShown) -> None:
    """That it is the device which the link names, the machine has checked: its id is the hash of the certificate."""
    circle_suite = suite(parse_invitation(join.invitation).suite_id)
    certificate = parse_certificate(shown.certificate)
    verify(circle_suite, certificate.fields.signature_key, shown.signed, shown.signature)
    entrance.certificate = shown.certificate
    signer = device_signer(circle_suite, decode_pending(join.pending).keys)
    handshaking.transmit(ctx, entrance.conn, complete(entrance.machine.open(), signer))


def _granted(ctx: Context, entrance: Entrance, join: Join, granted: Granted) -> None:
    invitation = parse_invitation(join.invitation)
    keys = invitation_keys(suite(invitation.suite_id), invitation.secret)
    grant = _inviters(entrance, invitation, granted.grant)
    body = grant.body
    if not isinstance(body, Grant) or body.invitation_key != keys.signer.public_key:
        raise PeerError("wrong-grant", "a grant of another invitation")
    if body.expiry != invitation.expiry:
        raise PeerError("wrong-grant", "a grant with another expiry than its invitation")
    entrance.grant = granted.grant
    certificate = decode_pending(join.pending).certificate
    signature = complete(sign_invitation(grant.id, certificate), keys.signer)
    handshaking.transmit(ctx, entrance.conn, entrance.machine.consent(signature))


def _admitted(entrance: Entrance, join: Join, admitted: Admitted) -> None:
    admission = _inviters(entrance, parse_invitation(join.invitation), admitted.admission)
    body = admission.body
    certificate = decode_pending(join.pending).certificate
    if not isinstance(body, Admission) or body.certificate.raw != certificate:
        raise PeerError("wrong-admission", "an admission of somebody else")
    if body.grant_id != parse_object(entrance.grant).claimed.id:
        raise PeerError("wrong-admission", "an admission by another grant")
    entrance.admission = admitted.admission


def _inviters(entrance: Entrance, invitation: Invitation, raw: bytes) -> Decision:
    """A decision of the inviter's device in this circle."""
    key = parse_certificate(entrance.certificate).fields.signature_key
    decision = verify_object(parse_object(raw), suite(invitation.suite_id), key)
    if not isinstance(decision, Decision) or decision.issuer != invitation.device_id:
        raise PeerError("wrong-issuer", "an object of another device than the inviter's")
    if decision.scope != invitation.circle_id:
        raise PeerError("wrong-scope", "an object of another circle")
    return decision


def _handed_over(ctx: Context, entrance: Entrance, join: Join) -> None:
    """Everything is here: it is believed only if it shows the inviter and us in the circle, without a hole."""
    invitation = parse_invitation(join.invitation)
    outcome = receive(_base(ctx, invitation), [*entrance.objects, entrance.admission])
    if outcome.refused:
        raise outcome.refused[0].error
    if outcome.waiting or outcome.known.beginning is None:
        raise PeerError("bad-objects", "the objects that were handed over have holes")
    state = evaluate_circle(outcome.known)
    certificate = parse_certificate(decode_pending(join.pending).certificate)
    if not state.is_active(invitation.device_id) or not state.is_active(certificate.device_id):
        _refused(ctx, entrance, join, "inviter-not-authorised")
        return
    finished = entrance.machine.acknowledge()
    _become_member(ctx, join, invitation, outcome, state)
    inviter = state.devices[invitation.device_id].person_id
    verifying.keep_words(ctx, join.circle_id, PersonId(inviter), finished.words)
    join = replace(join, state=joins.JOINED, code="", words=finished.words, pending=Secret(b""))
    ctx.store.circles.put_join(join)
    joins.note(ctx, join)
    handshaking.transmit(ctx, entrance.conn, finished.frames)
    handshaking.end(ctx, entrance.conn, "joined")
    ctx.emit(ForgetPeer(join.circle_id, invitation.device_id, door=True))
    watching.watch_all(ctx, join.circle_id)


def _base(ctx: Context, invitation: Invitation) -> ObjectSet:
    """What we know of the circle already: nothing, unless we were in it once."""
    if ctx.store.circles.get(invitation.circle_id) is None:
        return ObjectSet.for_circle(invitation.circle_id, suite(invitation.suite_id))
    return circle_states.known(ctx, invitation.circle_id, invitation.circle_id)


def _become_member(ctx: Context, join: Join, invitation: Invitation, outcome: Received, state: CircleState) -> None:
    circle_id, circle_suite = invitation.circle_id, suite(invitation.suite_id)
    pending = decode_pending(join.pending)
    certificate = parse_certificate(pending.certificate)
    _forget_earlier(ctx, join)
    port = ctx.memory.bound.get((circle_id, False), (0, ()))[0]
    circle = Circle(
        circle_id,
        neutralise(state.name),
        invitation.suite_id,
        certificate.person_id,
        certificate.device_id,
        join.pseudonym,
        "active",
        ctx.now,
    )
    replace_circle(ctx, circle)
    ctx.memory.signers.pop(circle_id, None)
    store_keys(ctx, circle_id, circle_suite, pending.keys, port)
    sync.adopt(ctx, circle_id, outcome)
    sync.publish(ctx, circle_id, circle_id, [pending.card])
    issuing.tell(ctx, circle_id, circle_id, circle.person_id, Profile(join.pseudonym))
    endpoints.tell_address(ctx, circle_id)
    card = parse_object(pending.card).claimed
    ctx.emit(SetTimer(cards.TIMER + to_base32(circle_id), Instant(card.created_at + cards.RENEWAL)))


def _forget_earlier(ctx: Context, join: Join) -> None:
    """Keys of a person whom we once were in this circle; what they decided stays."""
    circle = ctx.store.circles.get(join.circle_id)
    if circle is None:
        return
    for purpose in ("signature", "endpoint", "block"):
        for key in ctx.store.circles.keys(join.circle_id, purpose):
            ctx.store.circles.delete_key(join.circle_id, purpose, key.key_id)


def _refused(ctx: Context, entrance: Entrance, join: Join, code: str) -> None:
    """A clear answer. Waiting for approval, or refused for good; nothing else has changed."""
    state = joins.WAITING if code == joins.WAITING else joins.REFUSED
    join = replace(join, state=state, code=code)
    ctx.store.circles.put_join(join)
    joins.note(ctx, join)
    handshaking.end(ctx, entrance.conn, code)
    joins.stop_dialling(ctx, join)
