"""Objects between linked devices: what peers say and ask, and the one door for all that is received."""

from collections.abc import Iterable, Sequence

from coterie.core.engine.circle import key_packages, leaving, membership, offering, parting, verifying, watching
from coterie.core.engine.ports.objects import StoredObject
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.engine.state.links import Link
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, to_base32
from coterie.core.kernel.limits import HIGHEST_NUMBER
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.intake import Received, receive
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import Decision, Fact, SignedObject, parse_object
from coterie.core.trust.summary import FactMark, Summary, has_all, missing
from coterie.core.wire import peer_frames
from coterie.core.wire.peer_frames import ObjectDigest, Objects, ObjectSummary, WantObjects

_FAULTS = frozenset({"malformed", "non-canonical", "bad-signature", "weak-key", "wrong-scope", "bad-subject"})
"""Refusals that an honest peer can never cause: it checked the same before it took the object."""


def frame(ctx: Context, link: Link, received: object) -> None:
    """ObjectDigest, ObjectSummary, Objects, WantObjects, KeyPackages, VerifyCommit or VerifyOpen."""
    match received:
        case (
            ObjectDigest(scope=scope) | ObjectSummary(scope=scope) | WantObjects(scope=scope) | Objects(scope=scope)
        ) if circle_states.is_elsewhere(ctx, link.circle_id, scope):
            _never_heard_of(ctx, link, scope, received)
        case ObjectDigest() | ObjectSummary() | WantObjects():
            _compare(ctx, link, received)
        case Objects() if _accepts(link, received.scope):
            leaving.heard(ctx, link.circle_id, received.objects)
            take(ctx, link.circle_id, received.scope, received.objects, link)
        case peer_frames.KeyPackages() if link.admitted:
            key_packages.received(ctx, link, received.packages)
        case peer_frames.VerifyCommit() | peer_frames.VerifyOpen() if link.admitted:
            verifying.received(ctx, link, received)


def _compare(ctx: Context, link: Link, received: ObjectDigest | ObjectSummary | WantObjects) -> None:
    """What a peer says that it has, or asks for; only who may have a scope learns what is here of it."""
    if not offering.is_entitled(ctx, link, received.scope):
        if isinstance(received, ObjectDigest):
            parting.ask(ctx, link, received.scope)
        elif isinstance(received, ObjectSummary):
            parting.tell(ctx, link, received.scope, _said(received))
    elif isinstance(received, ObjectDigest):
        _digest(ctx, link, received)
    elif isinstance(received, ObjectSummary):
        _summary(ctx, link, received)
    else:
        offering.ask(ctx, link, received.scope)


def _never_heard_of(ctx: Context, link: Link, scope: bytes, received: object) -> None:
    """The answers that any unknown scope gets; nothing is kept."""
    if not link.admitted:
        return
    waits = False
    if isinstance(received, Objects):
        circle = circle_states.known(ctx, link.circle_id, link.circle_id)
        outcome = receive(ObjectSet.for_conversation(ConversationId(scope), circle), _storable(received.objects))
        _check_faults(outcome)
        waits = bool(outcome.waiting)
    if waits or isinstance(received, ObjectDigest):
        offering.ask_for_everything(ctx, link, scope)


def start(ctx: Context, link: Link) -> None:
    """A link stands: digests of every scope that both sides share, and KeyPackages."""
    if not link.admitted:
        offering.ask_for_everything(ctx, link, link.circle_id)
        return
    for scope in offering.shared_scopes(ctx, link):
        offering.offer(ctx, link, scope)
    key_packages.hand_over(ctx, link)


def publish(ctx: Context, circle_id: CircleId, scope: bytes, objects: Sequence[bytes]) -> None:
    """Stores our own new objects and sends them to every linked device that may have them."""
    outcome = receive(circle_states.known(ctx, circle_id, scope), objects)
    if outcome.refused or outcome.waiting:
        raise RuntimeError("an object of our own does not follow from what is here")
    before, earlier = membership.snapshot(ctx, circle_id, scope), offering.links_of(ctx, circle_id, scope)
    _store(ctx, circle_id, scope, outcome)
    offering.hand_on(ctx, circle_id, scope, objects, earlier, None)
    _consequences(ctx, circle_id, scope, outcome, before)


def take(ctx: Context, circle_id: CircleId, scope: bytes, objects: Sequence[bytes], link: Link | None) -> None:
    """Received objects: verified, stored, handed on; what changed goes to `ctx.changed`.

    Raises PeerError for what an honest peer would never send. An object of our own that we did not issue proves that
    our vault is an old copy: the circle stops.
    """
    waiting = ctx.store.objects.waiting(scope)
    outcome = receive(circle_states.known(ctx, circle_id, scope), _storable(objects), waiting)
    _check_faults(outcome)
    before = membership.snapshot(ctx, circle_id, scope)
    earlier = offering.links_of(ctx, circle_id, scope) if outcome.decisions else []
    _store(ctx, circle_id, scope, outcome)
    held = _hold(ctx, circle_id, scope, waiting, outcome.waiting)
    if not outcome.decisions and not outcome.facts:
        if held and link is not None:
            offering.ask(ctx, link, scope)
        return
    own = circle_of(ctx, circle_id).device_id
    new: list[SignedObject] = [*outcome.decisions, *outcome.facts]
    if any(item.issuer == own for item in new):
        membership.stop_restored(ctx, circle_id)
    if outcome.decisions:
        offering.hand_on(ctx, circle_id, scope, [decision.raw for decision in outcome.decisions], earlier, link)
    if link is not None:
        farewells = [d.raw for d in outcome.decisions if leaving.is_farewell(d) and d.issuer == link.device_id]
        offering.send(ctx, link, scope, farewells)
    offering.GOSSIP.plan(ctx, circle_id + scope)
    _consequences(ctx, circle_id, scope, outcome, before)
    if link is not None and ctx.links.get(link.conn) is link and link.admitted:
        if held:
            offering.ask(ctx, link, scope)
        elif outcome.decisions and offering.is_entitled(ctx, link, scope):
            offering.offer(ctx, link, scope)


def adopt(ctx: Context, circle_id: CircleId, outcome: Received) -> None:
    """Stores the circle's objects that an inviter handed over, once they were judged as a whole."""
    _store(ctx, circle_id, circle_id, outcome)
    ctx.changed.add((circle_id, circle_id))


def _digest(ctx: Context, link: Link, theirs: ObjectDigest) -> None:
    ours, said = circle_states.digests(ctx, link.circle_id, theirs.scope), (theirs.decisions, theirs.facts)
    before = link.heard_objects.get(theirs.scope)
    link.heard_objects[theirs.scope] = said
    if ours[0] == said[0] and (before is None or before[0] != said[0]):
        ctx.changed.add((link.circle_id, theirs.scope))  # of one mind: what waited for this link may go on
    if ours != said:
        offering.ask(ctx, link, theirs.scope)


def _summary(ctx: Context, link: Link, theirs: ObjectSummary) -> None:
    said = _said(theirs)
    known = circle_states.known(ctx, link.circle_id, theirs.scope)
    offering.send(ctx, link, theirs.scope, missing(known, said))
    if theirs.scope in link.wanted:
        link.wanted.discard(theirs.scope)
        if has_all(known, said):
            link.whole.add(theirs.scope)
            ctx.changed.add((link.circle_id, theirs.scope))


def _said(theirs: ObjectSummary) -> Summary:
    return Summary(
        tuple(CutEntry(*chain) for chain in theirs.chains),
        tuple(FactMark(*fact) for fact in theirs.facts),
    )


def _accepts(link: Link, scope: bytes) -> bool:
    """Objects of the circle are taken from whoever is linked; of a conversation from its people, or its beginning."""
    return scope == link.circle_id or link.admitted


def _check_faults(outcome: Received) -> None:
    for refusal in outcome.refused:
        if refusal.error.code in _FAULTS:
            raise refusal.error


def _storable(objects: Iterable[bytes]) -> Iterable[bytes]:
    """Drops facts whose revision no honest device reaches and the vault cannot hold.

    What is not even well-formed ends the batch at once: a frame has room for 65,536 of its kind.
    """
    for raw in objects:
        try:
            claimed = parse_object(raw).claimed
        except PeerError as error:
            if error.code in _FAULTS:
                raise
            yield raw
            continue
        if not isinstance(claimed, Fact) or claimed.revision <= HIGHEST_NUMBER:
            yield raw


def _store(ctx: Context, circle_id: CircleId, scope: bytes, outcome: Received) -> None:
    new: list[SignedObject] = [*outcome.decisions, *outcome.facts]
    for item in new:
        if isinstance(item, Decision):
            number, subject = min(item.serial, HIGHEST_NUMBER), b""
        else:
            number, subject = item.revision, item.subject
        stored = StoredObject(circle_id, scope, item.id, item.number, item.issuer, subject, number, item.raw, ctx.now)
        if isinstance(item, Decision):
            ctx.store.objects.add_decision(stored)
        else:
            ctx.store.objects.put_fact(stored)
    for proof in outcome.proofs:
        if ctx.store.objects.add_evidence(circle_id, scope, "two-faced", proof.one, proof.other, ctx.now):
            ctx.note("evidence", circle=to_base32(circle_id), issuer=to_base32(proof.issuer))
    circle_states.replace_known(ctx, scope, outcome.known)


def _hold(ctx: Context, circle_id: CircleId, scope: bytes, before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    """Keeps what waits now, drops what waits no more; True when something new waits."""
    old, new = set(before), set(after)
    for raw in old - new:
        ctx.store.objects.drop_waiting(parse_object(raw).claimed.id)
    for raw in after:
        if raw not in old:
            ctx.store.objects.add_waiting(circle_id, scope, parse_object(raw).claimed.id, raw, ctx.now)
    return bool(new - old)


def _consequences(
    ctx: Context, circle_id: CircleId, scope: bytes, outcome: Received, before: membership.Snapshot
) -> None:
    """What new objects mean for links, for whom to dial, and for our own place in the circle."""
    if not outcome.decisions and not outcome.facts:
        return
    ctx.changed.add((circle_id, scope))
    if scope != circle_id:
        return
    if outcome.decisions:
        _retry_conversations(ctx, circle_id)
        for link in membership.follow(ctx, circle_id, before):
            ctx.linked.append(link)
            start(ctx, link)
    for fact in outcome.facts:
        if fact.number in (ObjectType.CARD, ObjectType.ADDRESS):
            watching.watch(ctx, circle_id, DeviceId(fact.issuer))


def _retry_conversations(ctx: Context, circle_id: CircleId) -> None:
    """Objects of conversations may have waited for a device of the circle that is known now."""
    for conversation in ctx.store.conversations.all(circle_id):
        if ctx.store.objects.waiting(conversation.conversation_id):
            take(ctx, circle_id, conversation.conversation_id, (), None)
