"""The link handshake and what stands after it: which device is at the other end, and which of two links stays."""

from coterie.core.engine.circle import handshaking, introducing, sync
from coterie.core.engine.circle.card_checks import VerifiedCard, card_object
from coterie.core.engine.circle.handshaking import Dialling, Listening
from coterie.core.engine.circle.identity import BLOCK
from coterie.core.engine.ports.effects import CloseConnection, SealLink, SetTimer
from coterie.core.engine.ports.inputs import Opened
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, suite_of
from coterie.core.engine.state.links import Link
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, PersonId, to_base32
from coterie.core.kernel.limits import LINK_HOURS
from coterie.core.kernel.world import HOUR, Instant
from coterie.core.trust.facts import Card
from coterie.core.wire.introduction import Introduction
from coterie.core.wire.link_handshake import (
    Answered,
    CardShown,
    Established,
    Greeted,
    Introduced,
    Keyed,
    LinkDialler,
    LinkListener,
    NewerCardShown,
    OwnSide,
    PeerCard,
)
from coterie.core.wire.link_states import LinkFrame

AGE_TIMER = "circle/link/"


def opened(ctx: Context, event: Opened) -> None:
    """A connection between peer endpoints: the dialler speaks first."""
    circle = circle_of(ctx, event.circle_id)
    if circle.state not in ("active", "left"):
        raise PeerError("not-a-member", "we are not in this circle any more")
    own = _own_side(ctx, event.circle_id)
    if event.dialled:
        _dial(ctx, event, own)
        return
    known = device_at(ctx, event.circle_id, event.remote) is not None
    machine = LinkListener(own, event.remote)
    handshaking.add(ctx, Listening(event.conn, event.circle_id, event.remote, machine, known, ctx.now, ctx.now))


def dialler_frame(ctx: Context, dialling: Dialling, frame_type: int, body: bytes) -> None:
    """One frame of the listener."""
    dialling.answered = True
    match dialling.machine.receive(frame_type, body):
        case Answered() as answered:
            peer = dialling.held
            if answered.card and answered.greeting.revision > peer.revision:
                peer = _shown(ctx, dialling.circle_id, answered.card, dialling.device_id, dialling.remote).for_link()
                sync.take(ctx, dialling.circle_id, dialling.circle_id, [answered.card], None)
            elif answered.greeting.revision == peer.revision:
                _held_card(ctx, dialling.circle_id, dialling.device_id).body.check_time(ctx.now)
            frames = dialling.machine.accept(peer, ctx.entropy)
            handshaking.transmit(ctx, dialling.conn, frames)
            if answered.greeting.revision < peer.revision:
                handshaking.end(ctx, dialling.conn, "newer-card")
        case Keyed(frames=frames):
            handshaking.transmit(ctx, dialling.conn, frames)
        case NewerCardShown(card=card):
            _newer(ctx, dialling.conn, dialling.circle_id, card)
        case Established() as established:
            _establish(ctx, dialling.conn, dialling.circle_id, established, dialled=True)


def listener_frame(ctx: Context, listening: Listening, frame_type: int, body: bytes) -> None:
    """One frame of the dialler. An endpoint that is not known may say nothing but an introduction first."""
    if not listening.known and listening.introduced is None and frame_type != LinkFrame.INTRODUCTION:
        raise PeerError("unknown-endpoint", "an endpoint that is not known in this circle")
    match listening.machine.receive(frame_type, body):
        case Introduced(introduction=introduction):
            if not listening.known:
                _introduced(ctx, listening, introduction)
        case Greeted() as greeted:
            _greeted(ctx, listening, greeted)
        case CardShown() as shown:
            _card_shown(ctx, listening, shown)
        case NewerCardShown(card=card):
            _newer(ctx, listening.conn, listening.circle_id, card)
        case Established() as established:
            _establish(ctx, listening.conn, listening.circle_id, established, dialled=False)


def closed(ctx: Context, dialling: Dialling) -> None:
    """Closed without a byte: the listener may not know us. The next attempt begins with an introduction."""
    if not dialling.answered and not dialling.introduced:
        ctx.memory.caches["introduce", dialling.device_id] = True


def device_at(ctx: Context, circle_id: CircleId, endpoint_id: EndpointId) -> DeviceId | None:
    """The active device whose newest card names this endpoint."""
    objects, state = circle_states.known(ctx, circle_id, circle_id), circle_states.circle_state(ctx, circle_id)
    cached = ctx.memory.caches.get(("endpoints", circle_id))
    if not (isinstance(cached, tuple) and cached[0] is objects):
        found = {
            fact.body.endpoint_id: DeviceId(fact.issuer)
            for fact in objects.facts.values()
            if isinstance(fact.body, Card) and state.is_active(fact.issuer)
        }
        cached = (objects, found)
        ctx.memory.caches["endpoints", circle_id] = cached
    device: DeviceId | None = cached[1].get(endpoint_id)
    return device


def _own_side(ctx: Context, circle_id: CircleId) -> OwnSide:
    circle = circle_of(ctx, circle_id)
    card = circle_states.card_of(ctx, circle_id, circle.device_id)
    if card is None or not isinstance(card.body, Card):
        raise RuntimeError("a device without a card")
    block = next(key for key in ctx.store.circles.keys(circle_id, BLOCK) if key.public == card.body.block_key)
    return OwnSide(
        suite=suite_of(ctx, circle_id),
        circle_id=circle_id,
        device_id=circle.device_id,
        endpoint_id=EndpointId(card.body.endpoint_id),
        boot_id=ctx.memory.boot_id,
        card=card.raw,
        revision=card.revision,
        block_private=block.private,
    )


def _dial(ctx: Context, event: Opened, own: OwnSide) -> None:
    device_id = event.device_id
    if device_id is None or circle_states.active_device(ctx, event.circle_id, device_id) is None:
        raise PeerError("not-a-member", "a device that is not in the circle any more")
    card = circle_states.card_of(ctx, event.circle_id, device_id)
    if card is None or not isinstance(card.body, Card) or card.body.endpoint_id != event.remote:
        raise PeerError("wrong-endpoint", "the dialled endpoint is not that of the newest card")
    held = PeerCard(card.raw, card.revision, card.body.block_key)
    machine = LinkDialler(own, device_id, event.remote, held)
    introduction = _introduction(ctx, event.circle_id, device_id, own.card)
    dialling = Dialling(
        event.conn, event.circle_id, event.remote, device_id, machine, held, ctx.now, ctx.now, introduction is not None
    )
    handshaking.transmit(ctx, event.conn, machine.start(introduction, ctx.entropy))
    handshaking.add(ctx, dialling)


def _introduction(ctx: Context, circle_id: CircleId, device_id: DeviceId, card: bytes) -> Introduction | None:
    """Needed by a device that we never were linked with, unless it admitted us or we it."""
    if ctx.memory.caches.get(("introduce", device_id)):
        return introducing.our_introduction(ctx, circle_id, card)
    state, circle = circle_states.circle_state(ctx, circle_id), circle_of(ctx, circle_id)
    ours, theirs = state.people[circle.person_id], state.person_of(device_id)
    by_them = ours.admission is not None and ours.admission.issuer == device_id
    by_us = theirs is not None and theirs.admission is not None and theirs.admission.issuer == circle.device_id
    if by_them or by_us or ctx.store.peers.own_key_packages(circle_id, device_id):
        return None
    return introducing.our_introduction(ctx, circle_id, card)


def _introduced(ctx: Context, listening: Listening, introduction: Introduction) -> None:
    found = introducing.verify_introduction(ctx, listening.circle_id, introduction, listening.remote)
    listening.introduced = (found.device_id, found.public_key, found.card.for_link())


def _greeted(ctx: Context, listening: Listening, greeted: Greeted) -> None:
    device_id = greeted.greeting.device_id
    listening.device_id = device_id
    if listening.introduced is not None:
        if device_id != listening.introduced[0]:
            raise PeerError("wrong-device", "another device greets than the one that was introduced")
        held = listening.introduced[2]
    else:
        if device_at(ctx, listening.circle_id, listening.remote) != device_id:
            raise PeerError("wrong-device", "another device greets than the one whose endpoint this is")
        card = _held_card(ctx, listening.circle_id, device_id)
        held = card.for_link()
        if greeted.greeting.revision == card.revision:
            card.body.check_time(ctx.now)
    frames = listening.machine.answer(held, ctx.entropy)
    handshaking.transmit(ctx, listening.conn, frames)
    if greeted.greeting.revision < held.revision:
        handshaking.end(ctx, listening.conn, "newer-card")


def _held_card(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> VerifiedCard:
    """The newest card of another device that we hold; it may be too old to open links."""
    card = circle_states.card_of(ctx, circle_id, device_id)
    if card is None or not isinstance(card.body, Card):
        raise PeerError("wrong-device", "a device without a card")
    return VerifiedCard(card.raw, card.revision, card.body)


def _card_shown(ctx: Context, listening: Listening, shown: CardShown) -> None:
    if listening.device_id is None:
        raise PeerError("out-of-order", "a card before the greeting")
    if listening.introduced is not None:
        key = listening.introduced[1]
        card = card_object(ctx, listening.circle_id, shown.card, listening.device_id, key)
        if card.body.endpoint_id != listening.remote:
            raise PeerError("wrong-endpoint", "a card that names another endpoint than this connection's")
    else:
        card = _shown(ctx, listening.circle_id, shown.card, listening.device_id, listening.remote)
        sync.take(ctx, listening.circle_id, listening.circle_id, [shown.card], None)
    frames = listening.machine.accept(card.for_link(), ctx.entropy)
    handshaking.transmit(ctx, listening.conn, frames)


def _shown(ctx: Context, circle_id: CircleId, raw: bytes, device_id: DeviceId, remote: EndpointId) -> VerifiedCard:
    """A newer card of an active device, good and of this connection's endpoint."""
    device = circle_states.active_device(ctx, circle_id, device_id)
    if device is None:
        raise PeerError("not-a-member", "a device that is not in the circle")
    card = card_object(ctx, circle_id, raw, device_id, device.certificate.fields.signature_key)
    if card.body.endpoint_id != remote:
        raise PeerError("wrong-endpoint", "a card that names another endpoint than this connection's")
    return card


def _newer(ctx: Context, conn: int, circle_id: CircleId, card: bytes) -> None:
    """The peer knows a newer card of ours than we do. If we signed it, our vault is an old copy."""
    sync.take(ctx, circle_id, circle_id, [card], None)
    handshaking.end(ctx, conn, "newer-card")


def _establish(ctx: Context, conn: int, circle_id: CircleId, established: Established, dialled: bool) -> None:
    """The other's first sealed frame opened: the link stands, unless an equal one is to stay."""
    ctx.memory.handshakes.pop(conn, None)
    device_id = established.device_id
    handshaking.transmit(ctx, conn, established.frames)
    ctx.emit(SealLink(conn, device_id, established.cipher))
    admitted = circle_states.active_device(ctx, circle_id, device_id) is not None
    link = Link(conn, circle_id, device_id, established.boot_id, dialled, ctx.now, admitted)
    old = ctx.links.to(circle_id, device_id)
    if old is not None and old.boot_id == link.boot_id and not _stays(ctx, link, old):
        ctx.emit(CloseConnection(conn, "link-stands-already"))
        return
    if old is not None:
        ctx.emit(CloseConnection(old.conn, "replaced"))
    ctx.memory.caches.pop(("introduce", device_id), None)
    ctx.links.add(link)
    ctx.emit(SetTimer(f"{AGE_TIMER}{conn}", Instant(ctx.now + LINK_HOURS * HOUR)))
    if link.admitted:
        ctx.linked.append(link)
        note(ctx, link, "link-up")
    sync.start(ctx, link)


def _stays(ctx: Context, new: Link, old: Link) -> bool:
    """Within one pair of boots the link that the lower device id dialled stays; of two alike the newer one."""
    own = circle_of(ctx, new.circle_id).device_id
    by_lower = own < new.device_id
    return new.dialled == old.dialled or new.dialled == by_lower


def note(ctx: Context, link: Link, kind: str) -> None:
    """The events `link-up` and `link-down`."""
    person = circle_states.circle_state(ctx, link.circle_id).person_of(link.device_id)
    who = "" if person is None else to_base32(PersonId(person.id))
    ctx.note(kind, circle=to_base32(link.circle_id), person=who, device=to_base32(link.device_id))
