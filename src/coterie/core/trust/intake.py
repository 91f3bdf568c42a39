"""Received objects into a set: in any order, in any batching, each verified before it counts as known (PROTOCOL 2).

A decision with serial n comes in only after n − 1 with the hash that it names, and only once its issuer's
certificate is here; until then it waits, in a bounded place. Nothing but PeerError describes what is wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import ZERO_ID, ObjectId
from coterie.core.kernel.limits import WAITING_OBJECTS
from coterie.core.trust.chain import Chain
from coterie.core.trust.circle_bodies import Admission, First, FurtherCertificate, RoleChange
from coterie.core.trust.intake_checks import begins, check_decision, check_fact, check_scope
from coterie.core.trust.object_set import ObjectSet, Proof
from coterie.core.trust.objects import Decision, Fact, Unverified, parse_object, verify_object

FACTS_PER_ISSUER = 64
"""Different (type, subject) facts of one device in one scope; version 1 needs three."""

_BEGINNING = b"beginning"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One received object that was not taken. `index` is its place in the batch."""

    index: int
    error: PeerError


@dataclass(frozen=True, slots=True)
class Received:
    """What a batch came to. Decisions are in an order in which each follows what it builds on."""

    known: ObjectSet
    decisions: tuple[Decision, ...]
    facts: tuple[Fact, ...]
    waiting: tuple[bytes, ...]
    proofs: tuple[Proof, ...]
    refused: tuple[Refusal, ...]


def receive(known: ObjectSet, batch: Iterable[bytes], waiting: Iterable[bytes] = ()) -> Received:
    """Takes raw objects of a peer into a copy of `known`, which stays as it was.

    `waiting` is what an earlier call returned as such. Own objects take the same way. An object of our own
    device among `decisions` or `facts` that this device did not issue proves an old copy of the vault (PROTOCOL 4).
    """
    work = _Intake(known.copy())
    for raw in waiting:
        work.offer(None, raw)
    for index, raw in enumerate(batch):
        work.offer(index, raw)
    return work.result()


class _Intake:
    """One batch on its way."""

    def __init__(self, draft: ObjectSet) -> None:
        self._known = draft
        self._decisions: list[Decision] = []
        self._facts: list[Fact] = []
        self._proofs: list[Proof] = []
        self._refused: list[Refusal] = []
        self._waiting: dict[bytes, list[tuple[int | None, Unverified]]] = {}
        self._count = 0
        self._held: set[ObjectId] = set()

    def offer(self, index: int | None, raw: bytes) -> None:
        """Takes, parks or refuses one object, and then whatever waited for it."""
        try:
            item = parse_object(raw)
        except PeerError as error:
            self._refuse(index, error)
            return
        work = [(index, item)]
        while work:
            work.extend(self._settle(*work.pop()))

    def result(self) -> Received:
        """The outcome of all that was offered."""
        rest = [entry for group in self._waiting.values() for entry in group]
        for index, _ in rest[WAITING_OBJECTS:]:
            self._refuse(index, PeerError("too-many-waiting", "too many objects wait for their predecessors"))
        return Received(
            known=self._known,
            decisions=tuple(self._decisions),
            facts=tuple(self._facts),
            waiting=tuple(item.claimed.raw for _, item in rest[:WAITING_OBJECTS]),
            proofs=tuple(self._proofs),
            refused=tuple(self._refused),
        )

    def _settle(self, index: int | None, item: Unverified) -> list[tuple[int | None, Unverified]]:
        try:
            missing = self._try(item)
        except PeerError as error:
            self._refuse(index, error)
            return []
        if missing is not None:
            self._park(missing, index, item)
            return []
        return self._woken(item.claimed)

    def _try(self, item: Unverified) -> bytes | None:
        """Takes it (None), or says what it waits for; raises PeerError if it can never come in."""
        claimed = item.claimed
        check_scope(self._known, claimed)
        if isinstance(claimed, Decision):
            return self._try_decision(item, claimed)
        key = self._known.verification_key(claimed.issuer, ZERO_ID)
        if key is None or claimed.issuer not in self._known.devices:
            return claimed.issuer
        verify_object(item, self._known.suite, key)
        self._take_fact(claimed)
        return None

    def _try_decision(self, item: Unverified, decision: Decision) -> bytes | None:
        known = self._known
        if decision.id in known.decisions:
            return None
        if known.beginning is None and not begins(known, decision):
            return _BEGINNING
        key = _beginner_key(decision) if known.beginning is None and known.circle is None else None
        key = key or known.verification_key(decision.issuer, decision.previous)
        if key is None:
            recovery = known.is_recovery_chain(decision.issuer)
            return decision.previous if recovery else decision.issuer
        verify_object(item, known.suite, key)
        chain = known.chains.get(decision.issuer) or Chain()
        if not chain.fits(decision):
            if decision.previous in chain.by_id:
                raise PeerError("bad-chain", "a serial that does not follow its predecessor's")
            return decision.previous
        check_decision(known, decision, key)
        proof = known.add_decision(decision)
        self._decisions.append(decision)
        if proof is not None:
            self._proofs.append(proof)
        return None

    def _take_fact(self, fact: Fact) -> None:
        known = self._known
        key = (fact.issuer, fact.number, fact.subject)
        held = known.facts.get(key)
        if held is not None and (held.revision > fact.revision or held.id == fact.id):
            return
        check_fact(known, fact)
        if held is None and sum(1 for other in known.facts if other[0] == fact.issuer) >= FACTS_PER_ISSUER:
            raise PeerError("too-many-facts", "one device states too many facts")
        proof = known.add_fact(fact)
        if proof is not None:
            self._proofs.append(proof)
        if known.facts[key].id == fact.id:
            self._facts.append(fact)

    def _park(self, missing: bytes, index: int | None, item: Unverified) -> None:
        if item.claimed.id in self._held:
            return
        if self._count >= 2 * WAITING_OBJECTS:
            self._refuse(index, PeerError("too-many-waiting", "too many objects wait for their predecessors"))
            return
        self._count += 1
        self._held.add(item.claimed.id)
        self._waiting.setdefault(missing, []).append((index, item))

    def _woken(self, taken: Decision | Fact) -> list[tuple[int | None, Unverified]]:
        if isinstance(taken, Fact):
            return []
        woken = self._waiting.pop(taken.id, [])
        woken += self._waiting.pop(_BEGINNING, [])
        for issuer in _named_by(taken):
            woken += self._waiting.pop(issuer, [])
        for _, item in woken:
            self._held.discard(item.claimed.id)
        self._count -= len(woken)
        return woken

    def _refuse(self, index: int | None, error: PeerError) -> None:
        if index is not None:
            self._refused.append(Refusal(index, error))


def _beginner_key(decision: Decision) -> bytes | None:
    match decision.body:
        case First(certificate=certificate):
            return certificate.fields.signature_key
        case _:
            return None


def _named_by(decision: Decision) -> tuple[bytes, ...]:
    """The issuers whose signatures can be checked once this decision is here."""
    match decision.body:
        case First(certificate=first) | Admission(certificate=first) | RoleChange(certificate=first):
            return (first.device_id, first.person_id)
        case FurtherCertificate(certificate=further):
            return (further.device_id,)
        case _:
            return ()
