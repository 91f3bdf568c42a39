"""What we say of objects to others: digests, summaries, what is missing, and what is new.

A new object of ours goes to every linked device that may have it. Who learns a decision hands it on to a few of its own
links at once; digests, a little later, bring it and the facts of others wherever they are still missing. So what is
new is everywhere within moments, and a circle of many linked devices does not repeat everything to everybody.
"""

from collections.abc import Iterable, Sequence

from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.links import Link
from coterie.core.engine.state.quiet import Quiet
from coterie.core.kernel.ids import CircleId
from coterie.core.kernel.world import SECOND
from coterie.core.trust.circle_bodies import Removal, Revocation
from coterie.core.trust.conversation_bodies import Leave, Member
from coterie.core.trust.objects import parse_object
from coterie.core.trust.summary import Summary, missing, summary
from coterie.core.wire import peer_frames
from coterie.core.wire.peer_frames import ObjectDigest, Objects, ObjectSummary, WantObjects

FRAME_BYTES = 256 * 1024
"""Objects of one frame, in bytes, unless a single one is larger."""

GOSSIP = Quiet("circle/gossip/", 2 * SECOND, 10 * SECOND)
"""How long what others say is gathered before a digest offers it to the other links."""

HAND_ON = 6
"""Links to which a decision of somebody else is handed on at once: enough that a rumour reaches nearly everybody."""


def shared_scopes(ctx: Context, link: Link) -> list[bytes]:
    """The circle, and every conversation of ours that this device's person is in."""
    scopes: list[bytes] = [link.circle_id]
    for conversation in ctx.store.conversations.all(link.circle_id):
        scope = conversation.conversation_id
        if circle_states.may_have(ctx, link.circle_id, scope, link.device_id):
            scopes.append(scope)
    return scopes


def is_entitled(ctx: Context, link: Link, scope: bytes) -> bool:
    """Whether this peer may learn what we have of a scope."""
    return link.admitted and circle_states.may_have(ctx, link.circle_id, scope, link.device_id)


def links_of(ctx: Context, circle_id: CircleId, scope: bytes) -> list[Link]:
    """The links whose devices may have objects of this scope."""
    return [link for link in ctx.links.of_circle(circle_id) if is_entitled(ctx, link, scope)]


def offer(ctx: Context, link: Link, scope: bytes) -> None:
    """Our digests of one scope."""
    decisions, facts = circle_states.digests(ctx, link.circle_id, scope)
    ctx.emit(Transmit(link.conn, peer_frames.OBJECT_DIGEST, ObjectDigest(scope, decisions, facts).encode()))


def ask(ctx: Context, link: Link, scope: bytes) -> None:
    """Says what we have of a scope; the answer is what we lack. Who may not know it is asked as by a newcomer."""
    if not is_entitled(ctx, link, scope):
        ask_for_everything(ctx, link, scope)
        return
    own = summary(circle_states.known(ctx, link.circle_id, scope))
    said = ObjectSummary(
        scope,
        tuple((entry.issuer, entry.serial, entry.hash) for entry in own.chains),
        tuple((mark.issuer, mark.number, mark.subject, mark.revision) for mark in own.facts),
    )
    ctx.emit(Transmit(link.conn, peer_frames.OBJECT_SUMMARY, said.encode()))


def ask_for_everything(ctx: Context, link: Link, scope: bytes) -> None:
    """Asks as a newcomer does: that we have nothing is what we say of any scope of which the peer may not know."""
    ctx.emit(Transmit(link.conn, peer_frames.OBJECT_SUMMARY, ObjectSummary(scope, (), ()).encode()))


def ask_for_all(ctx: Context, link: Link, scope: bytes) -> None:
    """Asks for what we lack, and then for what the peer has: so we know when all of it is here (`link.whole`)."""
    if scope not in link.whole and scope not in link.wanted:
        link.wanted.add(scope)
        ask(ctx, link, scope)
        ctx.emit(Transmit(link.conn, peer_frames.WANT_OBJECTS, WantObjects(scope).encode()))


def gossip(ctx: Context, circle_id: CircleId, scope: bytes) -> None:
    """Offers our digests of a scope to every link that may have it and has not said that it has the same."""
    if not GOSSIP.is_due(ctx, circle_id + scope):
        return
    ours = circle_states.digests(ctx, circle_id, scope)
    for link in links_of(ctx, circle_id, scope):
        if link.heard_objects.get(scope) != ours:
            offer(ctx, link, scope)


def hand_on(
    ctx: Context, circle_id: CircleId, scope: bytes, objects: Sequence[bytes], earlier: list[Link], source: Link | None
) -> None:
    """New objects to whoever may have them. Who is put out by them still gets what says so, who comes in gets all."""
    now, before = links_of(ctx, circle_id, scope), {link.conn for link in earlier}
    inside = {link.conn for link in now}
    for link in earlier:
        if link.conn not in inside and (source is None or link.conn != source.conn):
            send(ctx, link, scope, [raw for raw in objects if _takes_away(raw)])
    others = [link for link in now if source is None or link.conn != source.conn]
    chosen = others if source is None else _some(ctx, others)
    _send_all(ctx, [link for link in chosen if link.conn in before], scope, objects)
    if new := [link for link in chosen if link.conn not in before]:
        _send_all(ctx, new, scope, missing(circle_states.known(ctx, circle_id, scope), Summary((), ())))


def send(ctx: Context, link: Link, scope: bytes, objects: Iterable[bytes]) -> None:
    """Objects of one scope, in as many frames as they need. The scope then counts as different there."""
    batch: list[bytes] = []
    size = 0
    for raw in objects:
        if batch and size + len(raw) > FRAME_BYTES:
            ctx.emit(Transmit(link.conn, peer_frames.OBJECTS, Objects(scope, tuple(batch)).encode()))
            batch, size = [], 0
        batch.append(raw)
        size += len(raw)
    if batch:
        ctx.emit(Transmit(link.conn, peer_frames.OBJECTS, Objects(scope, tuple(batch)).encode()))


def _send_all(ctx: Context, links: Iterable[Link], scope: bytes, objects: Iterable[bytes]) -> None:
    """The same objects to several links."""
    for link in links:
        send(ctx, link, scope, objects)


def _some(ctx: Context, links: list[Link]) -> list[Link]:
    """At most `HAND_ON` of them, by chance."""
    if len(links) <= HAND_ON:
        return links
    return sorted(links, key=lambda _: ctx.entropy.random(8))[:HAND_ON]


def _takes_away(raw: bytes) -> bool:
    return isinstance(parse_object(raw).claimed.body, Removal | Revocation | Member | Leave)
