"""What somebody who was put out of a conversation may still have: the decisions that say so, with what they build on."""

from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.conversation_state import ConversationState
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.objects import Decision
from coterie.core.trust.roles import Role


def parting(known: ObjectSet, state: ConversationState, person_id: bytes) -> frozenset[bytes]:
    """Ids of the decision that put this person out last, of its chain before it, and of what made its issuer an admin.

    All of that was theirs to have while they were in. Empty for who is in, was never in, or left by their own word.
    """
    person = state.people.get(person_id)
    if person is None or person.role is not Role.NONE:
        return frozenset()
    counting = [decision for decision in known.decisions.values() if state.counts(decision.id)]
    todo = [decision for decision in counting if _puts_out(decision, person_id, person.version)]
    found: set[bytes] = set()
    while todo:
        decision = todo.pop()
        if decision.id not in found:
            found.update(past.id for past in known.chains[decision.issuer].ancestors(decision))
            issuer = state.circle.devices[decision.issuer].person_id
            todo += [other for other in counting if _makes_admin(other, issuer)]
    return frozenset(found)


def _puts_out(decision: Decision, person_id: bytes, version: int) -> bool:
    said = decision.body
    return isinstance(said, body.Member) and not said.added and (said.person_id, said.version) == (person_id, version)


def _makes_admin(decision: Decision, person_id: bytes) -> bool:
    """By name; or, for whoever is the next when the last admin leaves, that leave."""
    said = decision.body
    if isinstance(said, body.ConversationRole):
        return said.person_id == person_id and said.role is Role.ADMIN
    return isinstance(said, body.Leave)
