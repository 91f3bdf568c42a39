"""Who belongs to a conversation, as the objects have it now, and whether they ever said so (PROTOCOL 2 and 5)."""

from collections.abc import Mapping

from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId, PersonId
from coterie.core.mls.leaf_node import LeafNode
from coterie.core.trust import circle_bodies, conversation_bodies
from coterie.core.trust.conversation_bodies import two_person_conversation_id
from coterie.core.trust.facts import Rejoin
from coterie.core.trust.object_types import ObjectType

Seniority = tuple[int, bytes, int, bytes]


def people(ctx: Context, conversation: Conversation) -> frozenset[PersonId]:
    """The people of a conversation who are in the circle."""
    circle_id = conversation.circle_id
    if conversation.kind == "two":
        pair = {circle_of(ctx, circle_id).person_id, PersonId(conversation.partner)}
        known = circle_states.circle_state(ctx, circle_id).people
        return frozenset(person for person in pair if person in known and not known[person].removed)
    return circle_states.people_of(ctx, circle_id, conversation.conversation_id)


def allowed(ctx: Context, conversation: Conversation) -> Mapping[DeviceId, PersonId]:
    """The devices that are to have leaves: the active ones of the conversation's people. Kept while nothing changed."""
    circle = circle_states.circle_state(ctx, conversation.circle_id)
    state = None
    if conversation.kind == "group":
        state = circle_states.conversation_state(ctx, conversation.circle_id, conversation.conversation_id)
    key = ("allowed", conversation.conversation_id)
    cached = ctx.memory.caches.get(key)
    if isinstance(cached, tuple) and cached[0] is circle and cached[1] is state:
        kept: Mapping[DeviceId, PersonId] = cached[2]
        return kept
    found = {
        device: person
        for person in sorted(people(ctx, conversation))
        for device in circle_states.devices_of(ctx, conversation.circle_id, person)
    }
    ctx.memory.caches[key] = (circle, state, found)
    return found


def shares(ctx: Context, conversation: Conversation, device: DeviceId) -> bool:
    """Whether this device is one of the conversation's."""
    return device in allowed(ctx, conversation)


def seniority(ctx: Context, conversation: Conversation, device: DeviceId) -> Seniority:
    """The order of devices in a conversation, the most senior lowest; strangers after everybody.

    Between two people the lower person_id comes first; of one person the device nearer the root.
    """
    circle = circle_states.circle_state(ctx, conversation.circle_id)
    known = circle.devices.get(device)
    if known is None:
        return (1 << 62, b"", 0, device)
    if conversation.kind == "group":
        state = circle_states.conversation_state(ctx, conversation.circle_id, conversation.conversation_id)
        if state is not None and device in state.order:
            return (state.order[device], b"", 0, device)
        return (1 << 61, b"", circle.seniority(device), device)
    return (0, known.person_id, known.depth, device)


def has_come_back(ctx: Context, conversation: Conversation, device: DeviceId) -> bool:
    """Whether a device of a group is in it not for the first time."""
    if conversation.kind != "group":
        return False
    state = circle_states.conversation_state(ctx, conversation.circle_id, conversation.conversation_id)
    person = None if state is None else state.participant_of(device)
    return person is not None and person.version > 1


def knows_leaf(ctx: Context, circle_id: CircleId, leaf: LeafNode) -> bool:
    """Whether a certificate of the circle has just this person, device and signature key."""
    identity = leaf.credential.identity
    device = circle_states.circle_state(ctx, circle_id).devices.get(identity[32:])
    if device is None or device.person_id != identity[:32]:
        return False
    return device.certificate.fields.signature_key == leaf.signature_key


def was_admitted(ctx: Context, conversation: Conversation, person: PersonId) -> bool:
    """Whether a decision, counted or not, ever put this person into the conversation."""
    if person not in circle_states.circle_state(ctx, conversation.circle_id).people:
        return False
    if conversation.kind == "two":
        own = circle_of(ctx, conversation.circle_id).person_id
        return person in (own, conversation.partner)
    objects = circle_states.known(ctx, conversation.circle_id, conversation.conversation_id)
    for decision in objects.decisions.values():
        body = decision.body
        if isinstance(body, conversation_bodies.Start) and person in (body.creator, *body.members):
            return True
        if isinstance(body, conversation_bodies.Member) and body.added and body.person_id == person:
            return True
    return False


def was_taken_out(ctx: Context, conversation: Conversation, person: PersonId, device: DeviceId) -> bool:
    """Whether a removal, revocation or leave, counted or not, takes this device out."""
    if device not in allowed(ctx, conversation):
        return True
    circle = circle_states.known(ctx, conversation.circle_id, conversation.circle_id)
    for decision in circle.decisions.values():
        body = decision.body
        if isinstance(body, circle_bodies.Removal) and body.person_id == person:
            return True
        if isinstance(body, circle_bodies.Revocation) and body.device_id == device:
            return True
    objects = circle_states.known(ctx, conversation.circle_id, conversation.conversation_id)
    devices = circle_states.circle_state(ctx, conversation.circle_id).devices
    for decision in objects.decisions.values():
        body = decision.body
        if isinstance(body, conversation_bodies.Member) and not body.added and body.person_id == person:
            return True
        issuer = devices.get(decision.issuer)
        if isinstance(body, conversation_bodies.Leave) and issuer is not None and issuer.person_id == person:
            return True
    return False


def was_put_out(ctx: Context, circle_id: CircleId, person: PersonId) -> bool:
    """Whether somebody else removed this person from the circle: from then on nothing of theirs is believed (T030)."""
    state = circle_states.circle_state(ctx, circle_id)
    known = state.people.get(person)
    if known is None or not known.removed:
        return False
    for decision in circle_states.known(ctx, circle_id, circle_id).decisions.values():
        if isinstance(decision.body, circle_bodies.Removal) and decision.body.person_id == person:
            issuer = state.devices.get(decision.issuer)
            if state.counts(decision.id) and issuer is not None and issuer.person_id != person:
                return True
    return False


def asked_to_rejoin(ctx: Context, conversation: Conversation, device: DeviceId) -> Rejoin | None:
    """The `rejoin` of this device that stands, if it has one that was not answered."""
    asked = _rejoin(ctx, conversation, device)
    return asked if asked is not None and asked.key_package else None


def ever_asked_to_rejoin(ctx: Context, conversation: Conversation, group_id: bytes, device: DeviceId) -> bool:
    """Whether this device ever asked to be added anew to this group; the request may have been answered since."""
    asked = _rejoin(ctx, conversation, device)
    return asked is not None and asked.group_id == group_id


def _rejoin(ctx: Context, conversation: Conversation, device: DeviceId) -> Rejoin | None:
    objects = circle_states.known(ctx, conversation.circle_id, conversation.conversation_id)
    fact = objects.facts.get((device, ObjectType.REJOIN, conversation.conversation_id))
    return fact.body if fact is not None and isinstance(fact.body, Rejoin) else None


def two_person_id(circle_id: CircleId, one: PersonId, other: PersonId) -> ConversationId:
    """id("two", …) of two people of a circle."""
    return two_person_conversation_id(circle_id, one, other)
