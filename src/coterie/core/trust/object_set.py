"""The verified objects of one scope, with what follows from each by itself: keys, chains, newest facts, proofs.

`intake.receive` is the only way in for bytes of a peer. A set is a value: `receive` returns a new one, so the caller may
keep the old one until its transaction has committed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from coterie.core.crypto.suites import Suite
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import ZERO_ID, ObjectId
from coterie.core.kernel.limits import CHAIN_SIBLINGS
from coterie.core.trust import circle_bodies as circle
from coterie.core.trust.certificates import Certificate
from coterie.core.trust.chain import Chain
from coterie.core.trust.objects import Decision, Fact, Place, stored_object

FactKey: TypeAlias = tuple[bytes, int, bytes]
"""(issuer, type number, subject)"""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device whose certificate stands in a verified decision: whose signatures can be checked, no more."""

    certificate: Certificate
    person_id: bytes

    @property
    def public_key(self) -> bytes:
        """Its signature key."""
        return self.certificate.fields.signature_key


@dataclass(frozen=True, slots=True)
class Proof:
    """Two different signed objects where an honest issuer has one: same serial, or same revision. Evidence, for ever."""

    issuer: bytes
    one: bytes
    other: bytes


class ObjectSet:
    """All verified objects of one circle or one conversation."""

    def __init__(self, scope: bytes, suite: Suite, circle: "ObjectSet | None" = None) -> None:
        self.scope = scope
        self.suite = suite
        self.circle = circle
        self.decisions: dict[ObjectId, Decision] = {}
        self.chains: dict[bytes, Chain] = {}
        self.facts: dict[FactKey, Fact] = {}
        self.proofs: dict[tuple[bytes, bytes], Proof] = {}
        self.beginning: Decision | None = None
        self._devices: dict[bytes, KnownDevice] = {}
        self._recovery_keys: dict[bytes, bytes] = {}
        self._recovery_keys_after: dict[bytes, bytes] = {}
        self._proven_facts: set[FactKey] = set()
        self._own: set[bytes] = set()

    @classmethod
    def for_circle(cls, circle_id: bytes, suite: Suite) -> "ObjectSet":
        """The empty set of a circle, with the circle's suite."""
        return cls(circle_id, suite)

    @classmethod
    def for_conversation(cls, conversation_id: bytes, circle: "ObjectSet") -> "ObjectSet":
        """The empty set of a conversation; its issuers are devices that `circle` knows."""
        return cls(conversation_id, circle.suite, circle)

    def load(self, stored: Iterable[bytes]) -> "ObjectSet":
        """With the objects that this device has stored, in the order in which it took them; no signature is checked again."""
        draft = self.copy()
        for raw in stored:
            item = stored_object(raw)
            if isinstance(item, Decision):
                draft.add_decision(item)
            else:
                draft.add_fact(item)
        return draft

    def with_circle(self, circle: "ObjectSet") -> "ObjectSet":
        """The same conversation, with a newer set of its circle."""
        draft = self.copy()
        draft.circle = circle
        return draft

    @property
    def devices(self) -> Mapping[bytes, KnownDevice]:
        """Every device whose certificate is here, in the circle or not."""
        return self._devices if self.circle is None else self.circle.devices

    def copy(self) -> "ObjectSet":
        """A draft; chains are copied when they are first written."""
        draft = ObjectSet(self.scope, self.suite, self.circle)
        draft.decisions, draft.chains = dict(self.decisions), dict(self.chains)
        draft.facts, draft.proofs = dict(self.facts), dict(self.proofs)
        draft.beginning, draft._proven_facts = self.beginning, set(self._proven_facts)
        draft._devices, draft._recovery_keys = dict(self._devices), dict(self._recovery_keys)
        draft._recovery_keys_after = dict(self._recovery_keys_after)
        return draft

    def verification_key(self, issuer: bytes, previous: bytes) -> bytes | None:
        """The key with which `issuer` signs after `previous`; None while it is not known.

        Only a recovery chain's key depends on `previous`, and it may be empty: that person has no recovery key.
        """
        device = self.devices.get(issuer)
        if device is not None:
            return device.public_key
        return self._recovery_key(issuer, previous)

    def is_recovery_chain(self, issuer: bytes) -> bool:
        """Whether `issuer` is a person_id."""
        return issuer in self._recovery_keys

    def place(self, issuer: bytes) -> Place:
        """Where the next decision of this device goes. UserError `forked` or `chain-ended` if there is none."""
        chain = self.chains.get(issuer)
        if chain is None or not chain.by_id:
            return Place(self.scope, issuer, 1)
        if chain.finals:
            raise UserError("chain-ended", "this device has named its successor", "use the successor")
        if chain.forked:
            raise UserError("forked", "this device has decided twice with one number", "restore or replace the device")
        tip = chain.tips()[0]
        return Place(self.scope, issuer, tip.serial + 1, tip.id)

    def add_decision(self, decision: Decision) -> Proof | None:
        """Takes a verified decision that fits its chain; the proof, if it has a rival and evidence is not enough yet.

        However many rivals there are, all are taken: devices that kept different ones would see different circles.
        """
        if decision.id in self.decisions:
            return None
        if decision.issuer not in self._own:
            held = self.chains.get(decision.issuer)
            self.chains[decision.issuer] = Chain() if held is None else held.copy()
            self._own.add(decision.issuer)
        chain = self.chains[decision.issuer]
        rivals = chain.siblings(decision)
        chain.add(decision)
        self.decisions[decision.id] = decision
        if self.beginning is None and (decision.serial == 1):
            self.beginning = decision
        self._learn(decision)
        if not 0 < len(rivals) < CHAIN_SIBLINGS:
            return None
        return self._prove(decision.issuer, rivals[0].raw, decision.raw)

    def add_fact(self, fact: Fact) -> Proof | None:
        """Takes a verified fact if it is the newest; the proof, if one of the same revision says something else.

        Of two with one revision the one with the lower id stays, so the order of arrival does not matter. One proof
        for each kind of fact is enough.
        """
        key = (fact.issuer, fact.number, fact.subject)
        held = self.facts.get(key)
        if held is None or (fact.revision, held.id) > (held.revision, fact.id):
            self.facts[key] = fact
        rivals = held is not None and held.revision == fact.revision and held.id != fact.id
        if held is None or not rivals or key in self._proven_facts:
            return None
        self._proven_facts.add(key)
        return self._prove(fact.issuer, held.raw, fact.raw)

    def _prove(self, issuer: bytes, one: bytes, other: bytes) -> Proof:
        proof = Proof(issuer, min(one, other), max(one, other))
        self.proofs[(proof.one, proof.other)] = proof
        return proof

    def _learn(self, decision: Decision) -> None:
        match decision.body:
            case circle.First(certificate=first) | circle.Admission(certificate=first):
                self._learn_person(first)
            case circle.RoleChange(certificate=first):
                self._learn_person(first)
            case circle.FurtherCertificate(certificate=further):
                issuer = self._devices.get(decision.issuer)
                person_id = decision.issuer if issuer is None else issuer.person_id
                self._devices[further.device_id] = KnownDevice(further, person_id)
            case _:
                pass
        before = self._recovery_key(decision.issuer, decision.previous)
        if before is not None:
            body = decision.body
            self._recovery_keys_after[decision.id] = body.recovery_key if isinstance(body, circle.Recovery) else before

    def _recovery_key(self, person_id: bytes, previous: bytes) -> bytes | None:
        first = self._recovery_keys.get(person_id)
        return first if first is None or previous == ZERO_ID else self._recovery_keys_after.get(previous)

    def _learn_person(self, first: Certificate) -> None:
        person_id = first.person_id
        self._devices.setdefault(first.device_id, KnownDevice(first, person_id))
        self._recovery_keys.setdefault(person_id, first.fields.recovery_key)
