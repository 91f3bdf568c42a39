"""Group conversations to test with, inside a `CircleBook`."""

from collections.abc import Iterable

from coterie.core.kernel.ids import ZERO_ID, PersonId
from coterie.core.trust import build
from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.bodies import DecisionBody
from coterie.core.trust.conversation_state import ConversationState, evaluate_conversation
from coterie.core.trust.cut import Cut, CutEntry, cut_of
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.objects import Decision, Place, sign_decision
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook, Pen, drive, fill


class GroupBook:
    """All that was decided about one group, in the order in which it was."""

    def __init__(self, circle: CircleBook, creator: Pen, *members: Pen) -> None:
        self.circle = circle
        self.decisions: list[Decision] = []
        self.chains: dict[bytes, list[Decision]] = {}
        others = tuple(member.person_id for member in members)
        nonce = circle.entropy.random(body.NONCE_SIZE)
        person_id = PersonId(creator.person_id)
        work = build.start_group(circle.scope, creator.id, person_id, "title", others, nonce, circle.now)
        started = drive(work, creator.signer)
        self.id = started.conversation_id
        self._take(creator, started.start)

    def issue(self, pen: Pen, content: DecisionBody) -> Decision:
        """The next decision of a device here."""
        chain = self.chains.get(pen.id, [])
        previous = chain[-1].id if chain else ZERO_ID
        decision = self._write(pen, Place(self.id, pen.id, len(chain) + 1, previous), content)
        self._take(pen, decision)
        return decision

    def fork(self, pen: Pen, serial: int, content: DecisionBody) -> Decision:
        """A rival of the decision with this serial."""
        previous = self.chains[pen.id][serial - 2].id if serial > 1 else ZERO_ID
        decision = self._write(pen, Place(self.id, pen.id, serial, previous), content)
        self.decisions.append(decision)
        return decision

    def add(self, pen: Pen, person: Pen, version: int = 1, cut: Cut = ()) -> Decision:
        """A person comes in."""
        return self.issue(pen, body.Member(person.person_id, version, True, cut))

    def put_out(self, pen: Pen, person: Pen, version: int = 1, cut: Cut = ()) -> Decision:
        """A person is put out."""
        return self.issue(pen, body.Member(person.person_id, version, False, cut))

    def role(self, pen: Pen, person: Pen, role: Role, version: int = 1, cut: Cut = ()) -> Decision:
        """A member becomes an admin, or the reverse."""
        return self.issue(pen, body.ConversationRole(person.person_id, version, role, cut))

    def head(self, pen: Pen) -> CutEntry:
        """The newest decision of a device here, as a cut names it."""
        chain = self.chains.get(pen.id, [])
        return CutEntry(pen.id, len(chain), chain[-1].id) if chain else CutEntry(pen.id, 0, ZERO_ID)

    def cut(self, *pens: Pen) -> Cut:
        """A cut at these devices' newest decisions."""
        return cut_of(self.head(pen) for pen in pens)

    def known(self, decisions: Iterable[Decision] | None = None) -> ObjectSet:
        """The set, in an order in which each has its predecessors."""
        known = ObjectSet.for_conversation(self.id, self.circle.known())
        fill(known, self.decisions if decisions is None else decisions)
        return known

    def state(self, decisions: Iterable[Decision] | None = None) -> ConversationState:
        """The state that follows, in the circle as it is."""
        return evaluate_conversation(self.known(decisions), self.circle.state())

    def _write(self, pen: Pen, place: Place, content: DecisionBody) -> Decision:
        return drive(sign_decision(place, content, self.circle.now), pen.signer)

    def _take(self, pen: Pen, decision: Decision) -> None:
        self.decisions.append(decision)
        self.chains.setdefault(pen.id, []).append(decision)
