"""Circles to test with: people and devices that issue decisions, honest or not, in a few calls.

By default signatures are stand-ins, so thousands of sets cost nothing and only evaluation is tested; with
`signed=True` every signature is real and the objects may go through intake.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from coterie.core.codec.tls import Writer
from coterie.core.crypto.signature import SoftwareSigner, generate_signer
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.ids import ZERO_ID
from coterie.core.kernel.world import Instant
from coterie.core.trust import build
from coterie.core.trust import circle_bodies as body
from coterie.core.trust.bodies import DecisionBody
from coterie.core.trust.certificates import (
    Certificate,
    CertificateFields,
    parse_certificate,
    sign_further_certificate,
    sign_request,
)
from coterie.core.trust.circle_state import CircleState, evaluate_circle
from coterie.core.trust.conversation_bodies import Start
from coterie.core.trust.cut import Cut, CutEntry, cut_of
from coterie.core.trust.facts import ED25519_SUITE
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.object_types import LAST_SERIAL
from coterie.core.trust.objects import Decision, Place, sign_decision
from coterie.core.trust.roles import Kind, Role
from coterie.testing.entropy import SeededEntropy

T = TypeVar("T")
NOW = Instant(1_700_000_000_000)
EXPIRY = 2_000_000_000


class StandInSigner:
    """A signer whose signatures nobody can verify: for tests of what follows from decisions that were verified."""

    def __init__(self, circle_suite: Suite, entropy: SeededEntropy) -> None:
        self.suite = circle_suite
        self.public_key = entropy.random(32)

    def sign(self, message: bytes) -> bytes:
        return hashlib.sha512(self.public_key + message).digest()


AnySigner = SoftwareSigner | StandInSigner


def drive(work: Generator[bytes, bytes, T], signer: AnySigner) -> T:
    """Runs a `Signing` with either kind of signer."""
    try:
        to_sign = next(work)
        while True:
            to_sign = work.send(signer.sign(to_sign))
    except StopIteration as done:
        result: T = done.value
        return result


@dataclass(eq=False)
class Pen:
    """One issuer: a device or a recovery key, with its place in its chain."""

    book: "CircleBook"
    id: bytes
    person_id: bytes
    first: Certificate
    certificate: Certificate | None
    signer: AnySigner
    recovery: "Pen | None" = None
    chain: list[Decision] = field(default_factory=list)

    @property
    def head(self) -> CutEntry:
        """The newest decision of this chain, as a cut names it."""
        return self.cut_at(len(self.chain))

    def cut_at(self, serial: int) -> CutEntry:
        """This chain up to a serial."""
        return CutEntry(self.id, serial, self.chain[serial - 1].id) if serial else CutEntry(self.id, 0, ZERO_ID)

    def issue(self, content: DecisionBody) -> Decision:
        """The next decision."""
        previous = self.chain[-1].id if self.chain else ZERO_ID
        decision = self.book.write(self, Place(self.book.scope, self.id, len(self.chain) + 1, previous), content)
        self.chain.append(decision)
        return decision

    def fork(self, serial: int, *contents: DecisionBody) -> list[Decision]:
        """Rivals: another decision with this serial, and more that follow it. The honest chain stays the pen's own."""
        previous = self.chain[serial - 2].id if serial > 1 else ZERO_ID
        branch: list[Decision] = []
        for offset, content in enumerate(contents):
            place = Place(self.book.scope, self.id, serial + offset, branch[-1].id if branch else previous)
            branch.append(self.book.write(self, place, content))
        return branch

    def grant(self, role: Role = Role.MEMBER, kind: Kind = Kind.PERSON) -> Decision:
        """A grant with an invitation key of its own, which the book keeps."""
        signer = self.book.new_signer(ED25519_SUITE)
        decision = self.issue(body.Grant(signer.public_key, role, kind, EXPIRY, False))
        self.book.invitations[decision.id] = signer
        return decision

    def admission(self, grant: Decision, joiner: "Pen") -> body.Admission:
        """The body that admits `joiner` with this grant."""
        work = build.sign_invitation(grant.id, joiner.first.raw)
        return body.Admission(grant.id, joiner.first, drive(work, self.book.invitations[grant.id]))

    def admit(self, role: Role = Role.MEMBER, joiner: "Pen | None" = None) -> "Pen":
        """Grant and admission at once."""
        grant = self.grant(role)
        newcomer = joiner or self.book.stranger()
        self.issue(self.admission(grant, newcomer))
        return newcomer

    def certify(self) -> "Pen":
        """A further device of this person, below this one."""
        newcomer = self.book.further_device(self)
        if newcomer.certificate is None:
            raise ValueError("a further device has a certificate")
        self.issue(body.FurtherCertificate(newcomer.certificate))
        return newcomer

    def remove(self, person: "Pen", *entries: CutEntry) -> Decision:
        """A removal with this cut."""
        return self.issue(body.Removal(person.person_id, cut_of(entries)))

    def revoke(self, device: "Pen", *entries: CutEntry) -> Decision:
        """A revocation with this cut."""
        return self.issue(body.Revocation(device.id, cut_of(entries)))

    def set_role(
        self, person: "Pen", role: Role, version: int, before: Role = Role.MEMBER, cut: Iterable[CutEntry] = ()
    ) -> Decision:
        """A role with this cut."""
        return self.issue(body.RoleChange(person.first, role, version, before, cut_of(cut)))

    def withdraw(self, grant: Decision, *entries: CutEntry) -> Decision:
        """A withdrawal of a grant."""
        return self.issue(body.Withdrawal(grant.id, cut_of(entries)))

    def name_successor(self) -> "Pen":
        """What a restored device does: one certificate with the reserved serial."""
        newcomer = self.book.further_device(self)
        if newcomer.certificate is None:
            raise ValueError("a further device has a certificate")
        place = Place(self.book.scope, self.id, LAST_SERIAL, ZERO_ID)
        self.book.write(self, place, body.FurtherCertificate(newcomer.certificate))
        return newcomer


class CircleBook:
    """All that was issued in one circle, in the order in which it was."""

    def __init__(self, seed: str = "book", signed: bool = False, suite_id: int = 0x0001) -> None:
        self.entropy = SeededEntropy(seed)
        self.signed = signed
        self.suite = suite(suite_id)
        self.scope = ZERO_ID
        self.invitations: dict[bytes, AnySigner] = {}
        self.decisions: list[Decision] = []
        self.devices: list[Pen] = []
        self.now = NOW
        self.founder = self._found()

    def new_signer(self, signing_suite: Suite) -> AnySigner:
        """A fresh key, real or a stand-in."""
        make: Callable[[Suite, SeededEntropy], AnySigner] = generate_signer if self.signed else StandInSigner
        return make(signing_suite, self.entropy)

    def stranger(self, kind: Kind = Kind.PERSON) -> Pen:
        """Somebody with a first certificate whom nobody has admitted."""
        signer, recovery = self.new_signer(self.suite), self.new_signer(self.suite)
        work = build.first_certificate(self.scope, self.suite, signer.public_key, recovery.public_key, self.now, kind)
        certificate = drive(work, signer)
        return self._pen(certificate, signer, recovery)

    def further_device(self, parent: Pen) -> Pen:
        """A device that `parent` (a device or a recovery key) has certified but not announced."""
        signer = self.new_signer(self.suite)
        fields = CertificateFields(
            self.scope, parent.first.fields.kind, parent.id, self.suite.id, signer.public_key, b"", self.now
        )
        if self.signed:
            own = drive(sign_request(fields), signer)
            certificate = drive(sign_further_certificate(fields, own), parent.signer)
        else:
            certificate = _unchecked_certificate(fields, signer, parent.signer)
        pen = Pen(self, certificate.device_id, parent.person_id, parent.first, certificate, signer, parent.recovery)
        self.devices.append(pen)
        return pen

    def write(self, pen: Pen, place: Place, content: DecisionBody) -> Decision:
        """Signs and records one decision."""
        decision = drive(sign_decision(place, content, self.now), pen.signer)
        self.decisions.append(decision)
        return decision

    def cut(self, *pens: Pen) -> Cut:
        """A cut at the heads of these chains."""
        return cut_of(pen.head for pen in pens)

    def known(self, decisions: Iterable[Decision] | None = None) -> ObjectSet:
        """A set of these decisions, in an order in which each has its predecessors (others are left out)."""
        return set_of(self.scope, self.suite, self.decisions if decisions is None else decisions)

    def state(self, decisions: Iterable[Decision] | None = None) -> CircleState:
        """The state that follows."""
        return evaluate_circle(self.known(decisions))

    def _found(self) -> Pen:
        signer, recovery = self.new_signer(self.suite), self.new_signer(self.suite)
        work = build.found_circle(self.suite, signer.public_key, recovery.public_key, "circle", self.now)
        founded = drive(work, signer)
        self.scope = founded.circle_id
        founder = self._pen(founded.certificate, signer, recovery)
        founder.chain.append(founded.first)
        self.decisions.append(founded.first)
        return founder

    def _pen(self, certificate: Certificate, signer: AnySigner, recovery: AnySigner) -> Pen:
        person_id = certificate.person_id
        spare = Pen(self, person_id, person_id, certificate, None, recovery)
        pen = Pen(self, certificate.device_id, person_id, certificate, certificate, signer, spare)
        self.devices.append(pen)
        return pen


def set_of(scope: bytes, circle_suite: Suite, decisions: Iterable[Decision]) -> ObjectSet:
    """A set of decisions that count as verified; those whose predecessor is not among them are left out."""
    known = ObjectSet.for_circle(scope, circle_suite)
    fill(known, decisions)
    return known


def fill(known: ObjectSet, decisions: Iterable[Decision]) -> None:
    """Adds decisions in any order, each once its predecessor is there; the scope's first object before all."""
    waiting: dict[bytes, list[Decision]] = {}
    for decision in sorted(decisions, key=lambda decision: not _begins(decision)):
        line = [decision]
        while line:
            current = line.pop(0)
            if current.previous == ZERO_ID or current.previous in known.decisions:
                known.add_decision(current)
                line.extend(waiting.pop(current.id, []))
            else:
                waiting.setdefault(current.previous, []).append(current)


def _begins(decision: Decision) -> bool:
    return isinstance(decision.body, body.First | Start)


def _unchecked_certificate(fields: CertificateFields, own: AnySigner, issuer: AnySigner) -> Certificate:
    content = fields.encode()
    return parse_certificate(Writer().fixed(content).opaque(own.sign(content)).opaque(issuer.sign(content)).bytes())
