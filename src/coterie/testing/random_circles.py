"""Random circles with dishonest people in them: sets of decisions for the properties of the state.

Everybody may try everything: cuts at wrong serials and with wrong hashes, forks of old serials, decisions after a
removal, devices certified by who is out, grants used twice. What counts is for the evaluation to find out.
"""

import random
from collections.abc import Callable

from coterie.core.codec.items import Item
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.bodies import DecisionBody
from coterie.core.trust.cut import Cut, CutEntry, cut_of
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision
from coterie.core.trust.roles import Role
from coterie.testing.circle_book import CircleBook, Pen

ROLES = (Role.GUEST, Role.MEMBER, Role.MEMBER, Role.ADMIN, Role.OWNER)


class RandomCircle:
    """A book that writes itself: `steps` random attempts by random people, all from one seed."""

    def __init__(self, seed: int, steps: int, signed: bool = False, honest: bool = False) -> None:
        self.random = random.Random(seed)
        self.book = CircleBook(f"random {seed}", signed)
        self.honest = honest
        self._grants: list[tuple[Pen, Decision]] = []
        self._warm_up()
        for _ in range(steps):
            self._step()

    def people(self) -> list[Pen]:
        """The first device of everybody."""
        return [pen for pen in self.book.devices if pen.certificate is pen.first]

    def _warm_up(self) -> None:
        """A few people, so that the rest has somebody to act on."""
        founder = self.book.founder
        for role in (Role.ADMIN, Role.MEMBER, Role.ADMIN):
            founder.admit(role)
        giver = founder
        for _ in range(self.random.randint(1, 3)):
            owner = giver.admit(Role.MEMBER)
            giver.set_role(owner, Role.OWNER, 1, cut=[owner.head])
            giver = owner if self.random.random() < 0.6 else founder

    def _step(self) -> None:
        acts: list[tuple[int, Callable[[Pen], object]]] = [
            (5, self._admit),
            (2, self._certify),
            (3, self._remove),
            (2, self._revoke),
            (4, self._role),
            (1, self._policy),
            (2, self._grant),
            (2, self._reuse),
            (2, self._withdraw),
            (1, self._recover),
        ]
        if not self.honest:
            acts += [(3, self._fork), (1, self._succeed), (1, self._admit_again), (1, self._part)]
        weights = [weight for weight, _ in acts]
        act = self.random.choices([act for _, act in acts], weights)[0]
        act(self.random.choice(self.book.devices))

    def _admit(self, pen: Pen) -> None:
        pen.admit(self.random.choice(ROLES[:4]))

    def _certify(self, pen: Pen) -> None:
        pen.certify()

    def _remove(self, pen: Pen) -> None:
        pen.issue(self._removal(self.random.choice(self.people())))

    def _removal(self, person: Pen) -> body.Removal:
        return body.Removal(person.person_id, self._cut(person))

    def _revoke(self, pen: Pen) -> None:
        own = [other for other in self.book.devices if other.person_id == pen.person_id]
        target = self.random.choice(own if self.random.random() < 0.6 else self.book.devices)
        pen.issue(body.Revocation(target.id, self._cut(target)))

    def _role(self, pen: Pen) -> None:
        pen.issue(self._role_change())

    def _role_change(self) -> body.RoleChange:
        person = self.random.choice(self.people())
        role, before = self.random.choice(ROLES), self.random.choice(ROLES)
        first = person.first if self.honest or self.random.random() < 0.95 else self.book.stranger().first
        return body.RoleChange(first, role, self.random.randint(1, 4), before, self._cut(person))

    def _policy(self, pen: Pen) -> None:
        pen.issue(self._limits())

    def _limits(self) -> body.Policy:
        lowest = self.random.choice((Role.MEMBER, Role.ADMIN, Role.OWNER))
        limits = (Item(body.LIMIT_INVITE, True, bytes([lowest])),)
        cut = cut_of(device.head for device in self.book.devices if self.random.random() < 0.8)
        return body.Policy(self.random.randint(1, 3), ZERO_ID, limits, cut)

    def _grant(self, pen: Pen) -> None:
        self._grants.append((pen, pen.grant(self.random.choice(ROLES[:4]))))

    def _reuse(self, pen: Pen) -> None:
        if not self._grants:
            return
        owner, grant = self.random.choice(self._grants)
        joiner = self.book.stranger() if self.random.random() < 0.8 else self.random.choice(self.people())
        issuer = owner if self.random.random() < 0.8 else pen
        issuer.issue(issuer.admission(grant, joiner))

    def _withdraw(self, pen: Pen) -> None:
        if self._grants:
            owner, grant = self.random.choice(self._grants)
            issuer = owner if self.random.random() < 0.6 else pen
            issuer.issue(body.Withdrawal(grant.id, self._cut(owner)))

    def _recover(self, pen: Pen) -> None:
        recovery = pen.recovery
        if recovery is None:
            return
        if self.random.random() < 0.5:
            target = pen if self.honest or self.random.random() < 0.8 else self.random.choice(self.book.devices)
            recovery.issue(body.Revocation(target.id, self._cut(target)))
        else:
            recovery.certify()

    def _fork(self, pen: Pen) -> None:
        if pen is self.book.founder and self.random.random() < 0.7:
            return
        lowest = 2 if pen is self.book.founder else 1
        if len(pen.chain) < lowest:
            return
        contents = [self._rival(pen) for _ in range(self.random.randint(1, 3))]
        pen.fork(self.random.randint(lowest, len(pen.chain)), *contents)

    def _rival(self, pen: Pen) -> DecisionBody:
        """What takes away, mostly, and now and then what gives."""
        chance = self.random.random()
        if chance < 0.4:
            return self._removal(self.random.choice(self.people()))
        if chance < 0.8:
            return self._role_change()
        if chance < 0.9 or not self._grants:
            return self._limits()
        return pen.admission(self.random.choice(self._grants)[1], self.book.stranger())

    def _admit_again(self, pen: Pen) -> None:
        grant = pen.grant(self.random.choice(ROLES[:4]))
        pen.issue(pen.admission(grant, self.random.choice(self.people())))

    def _part(self, _: Pen) -> None:
        """One of those who began goes, and may say anything of the chains of others."""
        pen = self.random.choice(self.book.devices[:7])
        others = {device.id: self._entry(device) for device in self.book.devices if self.random.random() < 0.3}
        pen.issue(body.Removal(pen.person_id, cut_of({**others, pen.id: pen.head}.values())))

    def _succeed(self, pen: Pen) -> None:
        if self.random.random() < 0.3:
            pen.name_successor()

    def _cut(self, person: Pen) -> Cut:
        pens = [pen for pen in self.book.devices if pen.person_id == person.person_id]
        if person.recovery is not None:
            pens.append(person.recovery)
        named = [pen for pen in pens if self.honest or self.random.random() < 0.9]
        return cut_of([*(self._entry(pen) for pen in named), *self._successors(named)])

    def _successors(self, pens: list[Pen]) -> list[CutEntry]:
        ids = {pen.id for pen in pens if self.honest or self.random.random() < 0.7}
        finals = {d.issuer: d.id for d in self.book.decisions if d.serial == LAST_SERIAL and d.issuer in ids}
        return [CutEntry(issuer, LAST_SERIAL, final) for issuer, final in finals.items()]

    def _entry(self, pen: Pen) -> CutEntry:
        chance = self.random.random()
        if self.honest or chance < 0.6 or not pen.chain:
            return pen.head
        if chance < 0.7:
            return CutEntry(pen.id, 0, ZERO_ID)
        if chance < 0.9:
            return pen.cut_at(self.random.randint(0, len(pen.chain)))
        return CutEntry(pen.id, self.random.randint(1, len(pen.chain) + 2), self.random.randbytes(32))
