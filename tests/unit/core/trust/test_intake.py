"""Received objects into a set: any order, any batching, nothing unverified, everything bounded."""

import random
from dataclasses import replace

import pytest

from coterie.core.codec.tls import Writer
from coterie.core.crypto.signature import SoftwareSigner
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import ZERO_ID, PersonId
from coterie.core.kernel.limits import CHAIN_SIBLINGS, WAITING_OBJECTS
from coterie.core.trust import build, facts
from coterie.core.trust import circle_bodies as body
from coterie.core.trust import conversation_bodies as conversation
from coterie.core.trust.bodies import FactBody, Unknown
from coterie.core.trust.certificates import Certificate, parse_certificate
from coterie.core.trust.circle_state import evaluate_circle
from coterie.core.trust.facts import CARD_LIFETIME
from coterie.core.trust.intake import Received, receive
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.objects import Fact, Place, circle_id_of, parse_object, sign_decision, sign_fact
from coterie.core.trust.roles import Kind, Role
from coterie.core.trust.summary import decisions_digest
from coterie.testing.circle_book import NOW, CircleBook, Pen, drive
from coterie.testing.random_circles import RandomCircle


def empty(book: CircleBook) -> ObjectSet:
    return ObjectSet.for_circle(book.scope, book.suite)


def no_objects() -> tuple[bytes, ...]:
    return ()


def all_of(book: CircleBook) -> ObjectSet:
    return receive(empty(book), [d.raw for d in book.decisions]).known


def codes(received: Received) -> list[str]:
    return [refusal.error.code for refusal in received.refused]


@pytest.fixture(scope="module")
def book() -> CircleBook:
    written = CircleBook("intake", signed=True)
    k = written.founder.admit()
    m = k.admit()
    laptop = k.certify()
    written.founder.set_role(m, Role.ADMIN, 1, cut=[m.head])
    laptop.grant()
    assert k.recovery is not None
    k.recovery.issue(body.Recovery(k.signer.public_key))
    return written


def test_any_order_and_any_batching_give_the_same_set(book: CircleBook) -> None:
    raws = [d.raw for d in book.decisions]
    expected = all_of(book)
    assert len(expected.decisions) == len(raws)
    for seed in range(8):
        chance = random.Random(seed)
        mixed = raws * 2
        chance.shuffle(mixed)
        known, waiting = empty(book), no_objects()
        while mixed:
            size = chance.randint(1, 5)
            received = receive(known, mixed[:size], waiting)
            assert received.refused == ()
            known, waiting, mixed = received.known, received.waiting, mixed[size:]
        assert waiting == ()
        assert decisions_digest(known) == decisions_digest(expected)
        assert evaluate_circle(known) == evaluate_circle(expected)


def test_random_sets_with_forks_pass_intake_in_any_order() -> None:
    for seed in range(6):
        written = RandomCircle(seed, 20, signed=True).book
        raws = [d.raw for d in written.decisions]
        random.Random(seed).shuffle(raws)
        whole = receive(empty(written), raws)
        known, waiting = empty(written), no_objects()
        for raw in reversed(raws):
            step = receive(known, [raw], waiting)
            known, waiting = step.known, step.waiting
        assert evaluate_circle(known) == evaluate_circle(whole.known), f"seed {seed}"
        assert set(known.proofs) == set(whole.known.proofs)
        assert set(codes(whole)) <= {"bad-chain"}


def test_receiving_leaves_the_given_set_as_it_was(book: CircleBook) -> None:
    known = receive(empty(book), [book.decisions[0].raw]).known
    before = decisions_digest(known)
    receive(known, [d.raw for d in book.decisions])
    assert decisions_digest(known) == before


def test_a_set_from_the_store_needs_no_verification(book: CircleBook) -> None:
    expected = all_of(book)
    loaded = empty(book).load([d.raw for d in expected.decisions.values()])
    assert decisions_digest(loaded) == decisions_digest(expected)
    assert loaded.devices.keys() == expected.devices.keys()


def test_a_decision_waits_for_the_one_before(book: CircleBook) -> None:
    founder = [d.raw for d in book.decisions if d.issuer == book.founder.id]
    received = receive(empty(book), [founder[0], *founder[2:]])
    assert len(received.decisions) == 1
    assert set(received.waiting) == set(founder[2:])
    closed = receive(received.known, [founder[1]], received.waiting)
    assert len(closed.decisions) == len(founder) - 1
    assert closed.waiting == ()


def test_what_waits_is_bounded(book: CircleBook) -> None:
    stranger = book.stranger()
    many = []
    for serial in range(2, WAITING_OBJECTS + 12):
        place = Place(book.scope, stranger.id, serial, serial.to_bytes(32, "big"))
        many.append(drive(sign_decision(place, body.Removal(ZERO_ID, ()), NOW), stranger.signer).raw)
    received = receive(all_of(book), many)
    assert len(received.waiting) == WAITING_OBJECTS
    assert codes(received) == ["too-many-waiting"] * 10


def test_what_waits_within_a_batch_is_bounded_too(book: CircleBook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many as may be left over: a batch in any order has room, and no batch has more."""
    monkeypatch.setattr("coterie.core.trust.intake.WAITING_OBJECTS", 1)
    first, *later = [d.raw for d in book.decisions if d.issuer == book.founder.id]
    received = receive(empty(book), [*later[:3], first])
    assert codes(received) == ["too-many-waiting"]
    assert [refusal.index for refusal in received.refused] == [2]


def test_what_waits_waits_once(book: CircleBook) -> None:
    raw = book.founder.chain[-1].raw
    assert receive(empty(book), [raw, raw], [raw]).waiting == (raw,)


def test_what_is_known_is_not_news_a_second_time(book: CircleBook) -> None:
    fact = profile(book.founder, 1)
    known = receive(all_of(book), [fact.raw]).known
    again = receive(known, [*(d.raw for d in book.decisions), fact.raw])
    assert (again.decisions, again.facts, again.proofs, again.refused) == ((), (), (), ())


def test_T003_a_forged_fact_is_refused(book: CircleBook) -> None:
    raw = profile(book.founder, 1).raw
    received = receive(all_of(book), [raw[:-1] + bytes([raw[-1] ^ 1])])
    assert codes(received) == ["bad-signature"]
    assert received.known.facts == {}


def test_T003_a_forged_signature_is_refused(book: CircleBook) -> None:
    raw = book.decisions[1].raw
    received = receive(empty(book), [book.decisions[0].raw, raw[:-1] + bytes([raw[-1] ^ 1])])
    assert codes(received) == ["bad-signature"]
    assert len(received.decisions) == 1


def test_T001_rubbish_is_refused_one_by_one(book: CircleBook) -> None:
    received = receive(empty(book), [b"", b"\xff" * 50, book.decisions[0].raw, book.decisions[1].raw[:-1]])
    assert [(r.index, r.error.code) for r in received.refused] == [
        (0, "malformed"),
        (1, "needs-newer-version"),
        (3, "malformed"),
    ]
    assert len(received.decisions) == 1


def test_another_circles_objects_are_refused(book: CircleBook) -> None:
    other = CircleBook("other", signed=True)
    other.founder.admit()
    received = receive(all_of(book), [d.raw for d in other.decisions])
    assert set(codes(received)) == {"wrong-scope"}
    assert received.decisions == ()


def test_the_first_object_has_no_rival() -> None:
    book = CircleBook("rival", signed=True)
    rival = book.founder.fork(1, body.Removal(ZERO_ID, ()))[0]
    for order in ([0, 1], [1, 0]):
        received = receive(empty(book), [book.decisions[i].raw for i in order])
        assert codes(received) == ["bad-chain"]
        assert rival.id not in received.known.decisions


def test_two_decisions_with_one_serial_are_kept_as_proof() -> None:
    book = CircleBook("fork", signed=True)
    member = book.founder.admit()
    member.admit()
    rival = member.fork(1, body.Removal(ZERO_ID, ()))[0]
    received = receive(empty(book), [d.raw for d in book.decisions])
    assert [proof.issuer for proof in received.proofs] == [member.id]
    assert rival.id in received.known.decisions
    with pytest.raises(UserError, match="one number"):
        received.known.place(member.id)


def test_all_rivals_are_taken_so_that_no_two_devices_hold_different_ones() -> None:
    """With a bound, whoever sends other rivals to each keeps them apart: a senior names a branch that some refuse."""
    book = CircleBook("rivals", signed=True)
    admin = book.founder.admit(Role.ADMIN)
    rivals = [admin.fork(1, body.Removal(book.founder.admit().person_id, ()))[0] for _ in range(CHAIN_SIBLINGS + 3)]
    raws = [d.raw for d in book.decisions]
    one, other = receive(empty(book), raws), receive(empty(book), reversed(raws))
    assert codes(one) == codes(other) == []
    assert decisions_digest(one.known) == decisions_digest(other.known)
    assert len(one.known.chains[admin.id].by_id) == len(rivals)
    assert len(one.known.proofs) == CHAIN_SIBLINGS - 1, "evidence is enough after eight"


def test_another_signature_over_the_same_content_proves_nothing() -> None:
    book = CircleBook("malleable", signed=True, suite_id=0x0002)
    member = book.founder.admit()
    grant = member.grant()
    parsed = parse_object(grant.raw)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    twin = Writer().fixed(parsed.signed).opaque(_negated(parsed.signature, order)).bytes()
    received = receive(empty(book), [*(d.raw for d in book.decisions), twin])
    assert received.refused == ()
    assert received.proofs == ()
    assert receive(empty(book), [*(d.raw for d in book.decisions[:-1]), twin]).refused == ()


def _negated(signature: bytes, order: int) -> bytes:
    """The other valid ECDSA signature (r, n - s) that anybody can derive."""
    first = 4 + signature[3]
    r, s = int.from_bytes(signature[4:first], "big"), int.from_bytes(signature[first + 2 :], "big")
    parts = b""
    for number in (r, order - s):
        data = number.to_bytes(number.bit_length() // 8 + 1, "big")
        parts += b"\x02" + bytes([len(data)]) + data
    return b"\x30" + bytes([len(parts)]) + parts


def test_T033_an_admission_needs_the_invitation_keys_signature() -> None:
    book = CircleBook("forged admission", signed=True)
    grant, other = book.founder.grant(), book.founder.grant()
    joiner = book.stranger()
    good = book.founder.admission(other, joiner)
    book.founder.issue(body.Admission(grant.id, joiner.first, good.signature))
    assert codes(receive(empty(book), [d.raw for d in book.decisions])) == ["bad-signature"]


def test_T033_a_decision_that_is_no_grant_admits_nobody() -> None:
    book = CircleBook("no grant", signed=True)
    other = book.founder.issue(body.Revocation(ZERO_ID, ()))
    joiner = book.stranger()
    admission = book.founder.issue(body.Admission(other.id, joiner.first, b"no signature"))
    received = receive(empty(book), [d.raw for d in book.decisions])
    assert received.refused == ()
    state = evaluate_circle(received.known)
    assert not state.counts(admission.id)
    assert joiner.person_id not in state.people


def test_a_grant_on_another_branch_is_no_grant_whatever_arrives_first() -> None:
    book = CircleBook("branches", signed=True)
    member = book.founder.admit()
    grant = member.grant()
    forged = body.Admission(grant.id, book.stranger().first, b"no signature")
    member.fork(1, body.Revocation(ZERO_ID, ()), forged)
    raws = [d.raw for d in book.decisions]
    one, other = receive(empty(book), raws), receive(empty(book), [*raws[:-3], *raws[-2:], raws[-3]])
    assert codes(one) == codes(other) == []
    assert decisions_digest(one.known) == decisions_digest(other.known)


def test_a_grant_on_another_branch_is_no_grant_also_where_the_admission_begins_the_fork() -> None:
    book = CircleBook("begins a fork", signed=True)
    member = book.founder.admit()
    member.certify()
    grant = member.grant()
    forged = body.Admission(grant.id, book.stranger().first, b"no signature")
    raws = [d.raw for d in book.decisions]
    rival = member.fork(1, forged)[0].raw
    first, last = receive(empty(book), [rival, *raws]), receive(empty(book), [*raws, rival])
    assert codes(first) == codes(last) == []
    assert decisions_digest(first.known) == decisions_digest(last.known)


def test_certificates_inside_are_verified() -> None:
    book = CircleBook("certificates", signed=True)
    other = CircleBook("elsewhere", signed=True)
    foreign = other.stranger()
    grant = book.founder.grant()
    book.founder.issue(book.founder.admission(grant, foreign))
    assert codes(receive(empty(book), [d.raw for d in book.decisions])) == ["wrong-circle"]
    book = CircleBook("certificates", signed=True)
    member = book.founder.admit()
    below = book.further_device(member)
    assert below.certificate is not None
    book.founder.issue(body.FurtherCertificate(below.certificate))
    assert codes(receive(empty(book), [d.raw for d in book.decisions])) == ["bad-certificate"]


def forged(certificate: Certificate) -> Certificate:
    """The same with a signature that its own key never made."""
    head = Writer().fixed(certificate.fields.encode()).opaque(bytes(64))
    return parse_certificate(head.opaque(certificate.issuer_signature).bytes())


def test_T003_a_certificate_that_its_own_key_did_not_sign_is_refused_wherever_it_stands() -> None:
    book = CircleBook("not its key", signed=True)
    member = book.founder.admit()
    below = book.further_device(member)
    assert below.certificate is not None
    grant, stranger = book.founder.grant(), book.stranger()
    for pen, content in (
        (member, body.FurtherCertificate(forged(below.certificate))),
        (book.founder, body.RoleChange(forged(stranger.first), Role.GUEST, 1, Role.MEMBER, ())),
        (book.founder, book.founder.admission(grant, replace(stranger, first=forged(stranger.first)))),
    ):
        decision = pen.issue(content)
        assert codes(receive(empty(book), [d.raw for d in book.decisions])) == ["bad-signature"]
        book.decisions.remove(decision)
        pen.chain.pop()


def test_T011_weak_keys_of_recovery_and_invitations_are_refused() -> None:
    book = CircleBook("weak", signed=True)
    weak = bytes([1]) + bytes(31)
    member = book.founder.admit()
    assert member.recovery is not None
    member.recovery.issue(body.Recovery(weak))
    member.issue(body.Grant(weak, Role.MEMBER, Kind.PERSON, NOW, False))
    assert codes(receive(empty(book), [d.raw for d in book.decisions])) == ["weak-key", "weak-key"]


def founding(book: CircleBook, suite_id: int, certificate: Certificate, issuer: bytes) -> Received:
    content = body.First(suite_id, "circle", certificate)
    first = drive(sign_decision(Place(ZERO_ID, issuer, 1), content, NOW), book.founder.signer)
    return receive(ObjectSet.for_circle(circle_id_of(first), book.suite), [first.raw])


def test_a_circle_begins_with_its_suite_and_with_the_device_that_the_first_certificate_makes() -> None:
    book = CircleBook("founding", signed=True)
    first, bad = book.founder.first, forged(book.founder.first)
    assert len(founding(book, book.suite.id, first, first.device_id).decisions) == 1
    assert codes(founding(book, book.suite.id, bad, bad.device_id)) == ["bad-signature"]
    assert codes(founding(book, 0x0003, first, first.device_id)) == ["unsupported-suite"]
    assert founding(book, book.suite.id, first, b"\x01" * 32).decisions == ()


def test_the_recovery_chain_follows_its_own_keys(book: CircleBook) -> None:
    written = CircleBook("recovery", signed=True)
    member = written.founder.admit()
    recovery = member.recovery
    assert recovery is not None
    renewed = written.new_signer(written.suite)
    old = recovery.signer
    recovery.issue(body.Recovery(renewed.public_key))
    recovery.signer = renewed
    recovery.revoke(member, member.head)
    root = recovery.certify()
    recovery.signer = old
    recovery.issue(body.Revocation(root.id, ()))
    received = receive(empty(written), [d.raw for d in written.decisions])
    assert codes(received) == ["bad-signature"]
    assert evaluate_circle(received.known).people[member.person_id].devices == (root.id,)
    founder = written.founder
    founder.issue(body.Recovery(renewed.public_key))
    assert codes(receive(received.known, [founder.chain[-1].raw])) == ["bad-issuer"]
    recovery.signer = renewed
    recovery.chain.pop()
    recovery.issue(body.Removal(member.person_id, ()))
    assert codes(receive(received.known, [recovery.chain[-1].raw])) == ["bad-issuer"]


def test_a_replaced_recovery_key_certifies_nothing_by_the_reserved_serial() -> None:
    """That serial has no predecessor: only the first recovery key could sign it, whatever has replaced it."""
    book = CircleBook("replaced", signed=True)
    recovery = book.founder.admit().recovery
    assert recovery is not None
    recovery.issue(body.Recovery(book.new_signer(book.suite).public_key))
    recovery.name_successor()
    assert codes(receive(empty(book), [d.raw for d in book.decisions])) == ["bad-chain"]


def test_a_decision_of_a_recovery_chain_is_nobodys_id() -> None:
    book = CircleBook("ghost", signed=True)
    recovery = book.founder.admit().recovery
    assert recovery is not None
    step = recovery.issue(body.Recovery(recovery.signer.public_key))
    ghost = replace(recovery, id=step.id, chain=[])
    ghost.issue(body.Recovery(recovery.signer.public_key))
    received = receive(empty(book), [d.raw for d in book.decisions])
    assert step.id not in received.known.chains
    assert received.waiting == (ghost.chain[0].raw,)


def test_the_reserved_serial_is_for_a_successor_only() -> None:
    written = CircleBook("successor", signed=True)
    member = written.founder.admit()
    successor = member.name_successor()
    place = Place(written.scope, member.id, (1 << 64) - 1)
    wrong = drive(sign_decision(place, body.Removal(ZERO_ID, ()), NOW), member.signer)
    received = receive(empty(written), [*(d.raw for d in written.decisions), wrong.raw])
    assert codes(received) == ["bad-chain"]
    assert successor.id in received.known.devices
    with pytest.raises(UserError, match="successor"):
        received.known.place(member.id)


def test_a_serial_that_does_not_follow_is_refused(book: CircleBook) -> None:
    founder = book.founder
    place = Place(book.scope, founder.id, 9, founder.chain[1].id)
    wrong = drive(sign_decision(place, body.Removal(ZERO_ID, ()), NOW), founder.signer)
    assert codes(receive(all_of(book), [wrong.raw])) == ["bad-chain"]


def test_the_next_place_follows_the_chain(book: CircleBook) -> None:
    known = all_of(book)
    chain = book.founder.chain
    assert known.place(book.founder.id) == Place(book.scope, book.founder.id, len(chain) + 1, chain[-1].id)
    assert known.place(b"\x01" * 32) == Place(book.scope, b"\x01" * 32, 1)


# Facts.


def profile(pen: Pen, revision: int, name: str = "Ada", subject: bytes | None = None) -> Fact:
    content = facts.Profile(name)
    work = sign_fact(pen.book.scope, pen.id, subject or pen.person_id, revision, content, NOW)
    return drive(work, pen.signer)


def test_the_highest_revision_of_a_fact_replaces_the_others(book: CircleBook) -> None:
    one, two = profile(book.founder, 1, "Ada"), profile(book.founder, 2, "Bea")
    for order in ([one, two], [two, one]):
        received = receive(all_of(book), [fact.raw for fact in order])
        assert [fact.body for fact in received.known.facts.values()] == [two.body]
        assert received.facts[-1] == two


def test_two_facts_with_one_revision_are_kept_as_proof_and_one_stays(book: CircleBook) -> None:
    one, two = profile(book.founder, 1, "Ada"), profile(book.founder, 1, "Bea")
    found = [receive(all_of(book), [fact.raw for fact in order]) for order in ([one, two], [two, one])]
    assert [len(received.proofs) for received in found] == [1, 1]
    assert found[0].known.facts == found[1].known.facts


def test_evidence_of_one_kind_of_fact_is_kept_once(book: CircleBook) -> None:
    pen = book.founder
    names = [profile(pen, revision, name) for revision in (1, 2, 3) for name in ("Ada", "Bea", "Cyd")]
    received = receive(all_of(book), [fact.raw for fact in names])
    assert len(received.known.proofs) == len(received.proofs) == 1
    assert receive(received.known, [profile(pen, 3, "Dan").raw]).proofs == ()


def test_a_fact_waits_for_its_issuers_certificate(book: CircleBook) -> None:
    fact = profile(book.founder, 1)
    early = receive(empty(book), [fact.raw])
    assert early.waiting == (fact.raw,)
    assert receive(early.known, [book.decisions[0].raw], early.waiting).facts == (fact,)


def test_a_fact_is_its_issuers_own_business(book: CircleBook) -> None:
    wrong = profile(book.founder, 1, subject=b"\x01" * 32)
    position = facts.Position(bytes(16), 1, ZERO_ID, 1)
    scope, pen = book.scope, book.founder
    misplaced = drive(sign_fact(scope, pen.id, scope, 1, position, NOW), pen.signer)
    received = receive(all_of(book), [wrong.raw, misplaced.raw])
    assert codes(received) == ["bad-subject", "wrong-scope"]


def test_one_device_states_a_bounded_number_of_facts(book: CircleBook) -> None:
    pen = book.founder
    many = [
        drive(sign_fact(book.scope, pen.id, bytes([n]) * 32, 1, Unknown(0x4150, b""), NOW), pen.signer).raw
        for n in range(70)
    ]
    received = receive(all_of(book), many)
    assert codes(received) == ["too-many-facts"] * 6
    later = drive(sign_fact(book.scope, pen.id, bytes(32), 2, Unknown(0x4150, b""), NOW), pen.signer)
    assert receive(received.known, [later.raw]).facts == (later,)


def signed_card(pen: Pen, endpoint: SoftwareSigner, revision: int = 1, about: int = 1) -> FactBody:
    until = NOW + CARD_LIFETIME
    content = facts.endpoint_content(pen.book.scope, pen.id, about, bytes(range(9, 41)), NOW, until)
    signature = drive(facts.sign_endpoint(content), endpoint)
    plan = build.CardPlan(endpoint.public_key, bytes(range(9, 41)), b"kp", NOW)
    return drive(build.sign_card(pen.book.scope, pen.id, revision, plan, signature, NOW), pen.signer).body


def test_a_card_is_signed_by_its_endpoint_for_this_device_and_revision(book: CircleBook) -> None:
    endpoint = book.new_signer(facts.ED25519_SUITE)
    assert isinstance(endpoint, SoftwareSigner)
    pen = book.founder
    good, stale = signed_card(pen, endpoint), signed_card(pen, endpoint, about=2)
    for content, expected in ((good, []), (stale, ["bad-signature"])):
        card = drive(sign_fact(book.scope, pen.id, pen.id, 1, content, NOW), pen.signer)
        assert codes(receive(all_of(book), [card.raw])) == expected
    copied = drive(sign_fact(book.scope, pen.id, pen.id, 1, good, NOW), pen.signer)
    member = book.devices[1]
    stolen = drive(sign_fact(book.scope, member.id, member.id, 1, copied.body, NOW), member.signer)
    assert codes(receive(all_of(book), [stolen.raw])) == ["bad-signature"]


# Conversations.


def test_a_conversation_begins_with_the_start_of_the_device_in_its_id(book: CircleBook) -> None:
    circle = all_of(book)
    creator, other = book.founder, book.devices[1]
    nonce = b"\x05" * 32
    work = build.start_group(book.scope, creator.id, PersonId(creator.person_id), "us", (), nonce, NOW)
    started = drive(work, creator.signer)
    scope = started.conversation_id
    stolen_body = conversation.Start(nonce, "us", other.person_id, ())
    stolen = drive(sign_decision(Place(scope, other.id, 1), stolen_body, NOW), other.signer)
    leave = drive(sign_decision(Place(scope, other.id, 1), conversation.Leave(1, ()), NOW), other.signer)
    known = ObjectSet.for_conversation(scope, circle)
    for_another = conversation.Start(nonce, "us", other.person_id, ())
    misnamed = drive(sign_decision(Place(scope, creator.id, 1), for_another, NOW), creator.signer)
    assert receive(known, [misnamed.raw]).decisions == ()
    early = receive(known, [leave.raw, stolen.raw])
    assert early.decisions == ()
    received = receive(early.known, [started.start.raw], early.waiting)
    assert [d.id for d in received.decisions] == [started.start.id, leave.id]
    again = receive(received.known, [stolen.raw])
    assert codes(again) == ["bad-chain"]
    grant = drive(sign_decision(Place(scope, other.id, 2, leave.id), book.decisions[1].body, NOW), other.signer)
    assert codes(receive(received.known, [grant.raw])) == ["wrong-scope"]
