"""What the objects say, ready to ask: verified sets and the states that follow from them, kept between steps.

Caches are keyed by scope and dropped when a step fails; the truth is in the store.
"""

from coterie.core.crypto.suites import suite
from coterie.core.engine.ports.objects import StoredObject
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, PersonId
from coterie.core.trust.circle_bodies import First
from coterie.core.trust.circle_state import CircleState, Device, Person, evaluate_circle
from coterie.core.trust.conversation_bodies import Start, own_conversation_id, two_person_conversation_id
from coterie.core.trust.conversation_state import ConversationState, evaluate_conversation
from coterie.core.trust.facts import Card
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import Decision, Fact, stored_object
from coterie.core.trust.summary import decisions_digest, facts_digest

_OBJECTS, _CIRCLE, _CONVERSATION, _DIGESTS, _PEOPLE = "objects", "circle", "conversation", "digests", "people-of"


def known(ctx: Context, circle_id: CircleId, scope: bytes) -> ObjectSet:
    """The verified objects of a scope; empty for a conversation that we know nothing of."""
    cached = ctx.memory.caches.get((_OBJECTS, scope))
    if isinstance(cached, ObjectSet) and scope == circle_id:
        return cached
    circle = None if scope == circle_id else known(ctx, circle_id, circle_id)
    if isinstance(cached, ObjectSet) and circle is not None:
        if cached.circle is not circle:
            cached = cached.with_circle(circle)
            ctx.memory.caches[_OBJECTS, scope] = cached
        return cached
    if circle is None:
        empty = ObjectSet.for_circle(circle_id, suite(circle_of(ctx, circle_id).suite_id))
    else:
        empty = ObjectSet.for_conversation(ConversationId(scope), circle)
    loaded = _load(empty, ctx.store.objects.decisions(scope), ctx.store.objects.facts(scope))
    replace_known(ctx, scope, loaded)
    return loaded


def replace_known(ctx: Context, scope: bytes, objects: ObjectSet) -> None:
    """The set after new objects were stored."""
    if objects.decisions or objects.facts:  # of a scope that somebody made up nothing is kept
        ctx.memory.caches[_OBJECTS, scope] = objects


def digests(ctx: Context, circle_id: CircleId, scope: bytes) -> tuple[bytes, bytes]:
    """(digest of the decisions, digest of the facts) of a scope."""
    objects = known(ctx, circle_id, scope)
    cached = ctx.memory.caches.get((_DIGESTS, scope))
    if isinstance(cached, tuple) and cached[0] is objects:
        return cached[1], cached[2]
    decisions, facts = decisions_digest(objects), facts_digest(objects)
    ctx.memory.caches[_DIGESTS, scope] = (objects, decisions, facts)
    return decisions, facts


def circle_state(ctx: Context, circle_id: CircleId) -> CircleState:
    """Who is in the circle, with which devices, roles and policy."""
    count = len(known(ctx, circle_id, circle_id).decisions)
    cached = ctx.memory.caches.get((_CIRCLE, circle_id))
    if isinstance(cached, tuple) and cached[0] == count:
        state: CircleState = cached[1]
        return state
    state = evaluate_circle(known(ctx, circle_id, circle_id))
    ctx.memory.caches[_CIRCLE, circle_id] = (count, state)
    return state


def conversation_state(ctx: Context, circle_id: CircleId, conversation_id: ConversationId) -> ConversationState | None:
    """Who is in a group conversation; None while its first object is not here (so always for two people)."""
    if bytes(conversation_id) == bytes(circle_id):
        return None
    circle = circle_state(ctx, circle_id)
    objects = known(ctx, circle_id, conversation_id)
    if objects.beginning is None:
        return None
    cached = ctx.memory.caches.get((_CONVERSATION, conversation_id))
    if isinstance(cached, tuple) and cached[0] == len(objects.decisions) and cached[1] is circle:
        state: ConversationState = cached[2]
        return state
    state = evaluate_conversation(objects, circle)
    ctx.memory.caches[_CONVERSATION, conversation_id] = (len(objects.decisions), circle, state)
    return state


def active_device(ctx: Context, circle_id: CircleId, device_id: bytes) -> Device | None:
    """A device that speaks for a person of the circle now; None for every other."""
    device = circle_state(ctx, circle_id).devices.get(device_id)
    return device if device is not None and device.active else None


def active_devices(ctx: Context, circle_id: CircleId) -> list[DeviceId]:
    """Every active device, the most senior first."""
    return [DeviceId(device_id) for device_id in circle_state(ctx, circle_id).active_devices()]


def devices_of(ctx: Context, circle_id: CircleId, person_id: PersonId) -> tuple[DeviceId, ...]:
    """The active devices of a person, the one nearest the root first."""
    person = circle_state(ctx, circle_id).people.get(person_id)
    return () if person is None else tuple(DeviceId(device_id) for device_id in person.devices)


def own_person(ctx: Context, circle_id: CircleId) -> Person | None:
    """Ourselves, as the objects have it; None before our admission is here."""
    return circle_state(ctx, circle_id).people.get(circle_of(ctx, circle_id).person_id)


def people_of(ctx: Context, circle_id: CircleId, conversation_id: ConversationId) -> frozenset[PersonId]:
    """The people of a conversation who are in the circle: of a group by its objects, of two people by its id."""
    circle, state = circle_state(ctx, circle_id), conversation_state(ctx, circle_id, conversation_id)
    cached = ctx.memory.caches.get((_PEOPLE, conversation_id))
    if isinstance(cached, tuple) and cached[0] is circle and cached[1] is state:
        people: frozenset[PersonId] = cached[2]
        return people
    people = frozenset(_people_of(ctx, circle_id, conversation_id, state))
    if people:  # of an id that somebody made up nothing is kept
        ctx.memory.caches[_PEOPLE, conversation_id] = (circle, state, people)
    return people


def _people_of(
    ctx: Context, circle_id: CircleId, conversation_id: ConversationId, state: ConversationState | None
) -> set[PersonId]:
    active = {PersonId(person.id) for person in circle_state(ctx, circle_id).active_people()}
    if state is not None:
        return {PersonId(person_id) for person_id in conversation_people(state)} & active
    own = circle_of(ctx, circle_id).person_id
    if conversation_id == own_conversation_id(circle_id, own):
        return {own} & active
    for other in active:
        if other != own and conversation_id == two_person_conversation_id(circle_id, own, other):
            return {own, other} & active
    return set()


def conversation_people(state: ConversationState) -> set[bytes]:
    """person_ids of who is in a group conversation."""
    return {person.id for person in state.active_people()}


def is_elsewhere(ctx: Context, circle_id: CircleId, scope: bytes) -> bool:
    """Whether a scope of another circle of ours is named. A peer of this one must not learn that we know it.

    A person is somebody else in each circle, so such a scope is treated as one that nobody has ever heard of.
    """
    if scope == circle_id:
        return False
    conversation = ctx.store.conversations.get(ConversationId(scope))
    if conversation is not None:
        return conversation.circle_id != circle_id
    return ctx.store.circles.get(CircleId(scope)) is not None


def may_have(ctx: Context, circle_id: CircleId, scope: bytes, device_id: bytes) -> bool:
    """Whether a device may be given objects of this scope: the circle's by all in it, a conversation's by its people."""
    device = active_device(ctx, circle_id, device_id)
    if device is None:
        return False
    if scope == circle_id:
        return True
    return PersonId(device.person_id) in people_of(ctx, circle_id, ConversationId(scope))


def card_of(ctx: Context, circle_id: CircleId, device_id: bytes) -> Fact | None:
    """The newest card that we know of this device."""
    stored = ctx.store.objects.fact(circle_id, device_id, ObjectType.CARD, device_id)
    if stored is None:
        return None
    fact = stored_object(stored.data)
    return fact if isinstance(fact, Fact) and isinstance(fact.body, Card) else None


def _load(empty: ObjectSet, decisions: list[StoredObject], facts: list[StoredObject]) -> ObjectSet:
    """The stored objects in an order in which each follows what it builds on; no signature is checked again."""
    loaded = empty.copy()
    work: list[Decision] = []
    for stored in decisions:
        item = stored_object(stored.data)
        if isinstance(item, Decision):
            if isinstance(item.body, First | Start) and loaded.beginning is None:
                loaded.add_decision(item)
            else:
                work.append(item)
    while work:
        later = []
        for decision in work:
            if loaded.verification_key(decision.issuer, decision.previous) is None:
                later.append(decision)
            else:
                loaded.add_decision(decision)
        if len(later) == len(work):
            raise RuntimeError("stored decisions do not follow from each other")
        work = later
    for stored in facts:
        fact = stored_object(stored.data)
        if isinstance(fact, Fact):
            loaded.add_fact(fact)
    return loaded
