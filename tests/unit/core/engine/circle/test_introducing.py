from dataclasses import replace

import pytest

from coterie.core.codec.tls import Writer
from coterie.core.crypto.signature import Signer, SoftwareSigner, generate_signer
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import introducing, issuing, sync
from coterie.core.engine.ports import commands
from coterie.core.engine.state import circle_states, identity
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import EndpointId
from coterie.core.trust import build, circle_acts
from coterie.core.trust.bodies import DecisionBody
from coterie.core.trust.certificates import Certificate, parse_certificate, sign_further_certificate, sign_request
from coterie.core.trust.circle_bodies import Admission, Grant
from coterie.core.trust.facts import ED25519_SUITE, sign_endpoint
from coterie.core.trust.object_types import ObjectType
from coterie.core.trust.objects import Decision, Place, sign_decision
from coterie.core.trust.roles import Kind, Role
from coterie.core.wire import peer_frames
from coterie.core.wire.introduction import Generation, Introduction, introduction_limit
from coterie.core.wire.link_states import LinkFrame
from coterie.testing import scenes
from coterie.testing.entropy import SeededEntropy
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node


def introduction_of(pipe: Pipe, node: Node) -> tuple[Introduction, EndpointId]:
    circle_id, device_id = scenes.circle_id(node), scenes.device_id(node)
    card = circle_states.card_of(pipe.context(node), circle_id, device_id)
    assert card is not None
    made = introducing.our_introduction(pipe.context(node), circle_id, card.raw)
    assert made is not None
    return made, EndpointId(node.store.circles.keys(circle_id, "endpoint")[0].public)


def line(pipe: Pipe, length: int) -> list[Node]:
    """Each was invited by the one before, while nobody else was there."""
    nodes = [pipe.node("person 0")]
    scenes.found(pipe, nodes[0], "Person 0")
    for number in range(1, length):
        node = pipe.node(f"person {number}")
        scenes.join(pipe, node, scenes.invite(pipe, nodes[-1]).link, f"Person {number}")
        pipe.stop(nodes[-1])
        nodes.append(node)
    return nodes


def test_a_device_that_nobody_knows_yet_is_let_in_by_its_introduction() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    carol = pipe.node("carol")
    pipe.stop(bob)
    scenes.join(pipe, carol, scenes.invite(pipe, alice).link, "Carol")
    pipe.stop(alice)
    pipe.start(bob)
    pipe.run()
    assert pipe.linked(bob, carol)
    assert any(frame.type == LinkFrame.INTRODUCTION for frame in pipe.log)
    assert scenes.people(pipe, bob)["Carol"].admitted_by == "Alice"


def test_a_line_of_four_generations_reaches_whom_nobody_told() -> None:
    pipe = Pipe()
    nodes = line(pipe, 5)
    pipe.start(nodes[0])
    pipe.run()
    pipe.run()
    assert pipe.linked(nodes[0], nodes[-1])
    assert len(scenes.people(pipe, nodes[0])) == 5


def test_an_introduction_fits_its_limit() -> None:
    pipe = Pipe()
    nodes = line(pipe, 6)
    made, _ = introduction_of(pipe, nodes[-1])
    assert len(made.generations) == 4
    assert len(made.encode()) <= introduction_limit(suite(1))


def test_an_introduced_device_gets_nothing_before_the_decisions_are_here() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    carol = pipe.node("carol")
    pipe.stop(bob)
    scenes.join(pipe, carol, scenes.invite(pipe, alice).link, "Carol")
    pipe.stop(alice)
    count = len(pipe.log)
    pipe.tamper = lambda frame: None if frame.type == peer_frames.OBJECTS else frame.body
    pipe.start(bob)
    pipe.run()
    link = pipe.context(bob).links.to(scenes.circle_id(bob), scenes.device_id(carol))
    assert link is not None
    assert not link.admitted
    said = [frame.type for frame in pipe.log[count:] if frame.source is bob and frame.type >= 0x40]
    assert said == [peer_frames.OBJECT_SUMMARY]
    assert carol.store.peers.key_package_count(scenes.circle_id(carol), scenes.device_id(bob)) == 0


def test_the_founder_needs_no_introduction() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    card = circle_states.card_of(pipe.context(alice), scenes.circle_id(alice), scenes.device_id(alice))
    assert card is not None
    assert introducing.our_introduction(pipe.context(alice), scenes.circle_id(alice), card.raw) is None


def judged(pipe: Pipe, node: Node, introduction: Introduction, remote: EndpointId) -> str:
    """The code of the refusal, or empty."""
    try:
        introducing.verify_introduction(pipe.context(node), scenes.circle_id(node), introduction, remote)
    except PeerError as error:
        return error.code
    return ""


def test_an_honest_introduction_is_believed_by_whoever_knows_its_beginning() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    made, endpoint = introduction_of(pipe, carol)
    assert judged(pipe, bob, made, endpoint) == ""


def altered(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def test_every_part_of_an_introduction_is_verified() -> None:
    pipe = Pipe()
    _, bob, carol = scenes.trio(pipe)
    made, endpoint = introduction_of(pipe, carol)
    step = made.generations[-1]
    bob_card = circle_states.card_of(pipe.context(bob), scenes.circle_id(bob), scenes.device_id(bob))
    assert bob_card is not None
    bad: list[Introduction] = [
        Introduction((Generation(altered(step.grant), step.admission),), made.card),
        Introduction((Generation(step.grant, altered(step.admission)),), made.card),
        Introduction((Generation(step.admission, step.grant),), made.card),
        Introduction((Generation(step.grant, step.grant),), made.card),
        Introduction(made.generations, altered(made.card)),
        Introduction(made.generations, bob_card.raw),
        Introduction((Generation(b"", b"", (made.card,)),), made.card),
    ]
    for introduction in bad:
        assert judged(pipe, bob, introduction, endpoint) != ""
    assert judged(pipe, bob, made, EndpointId(bytes(32))) == "wrong-endpoint"


class Forger:
    """A known device that introduces a stranger by hand, with its own key and whatever else it likes."""

    def __init__(self, pipe: Pipe, known: Node) -> None:
        self.pipe, self.known, self.entropy = pipe, known, SeededEntropy("forger")
        self.circle_id, self.now = scenes.circle_id(known), pipe.now
        self.signer, self.invitation = generate_signer(suite(1), self.entropy), self.new_signer()
        self.endpoint = self.new_signer()
        key = self.signer.public_key
        self.certificate = complete(build.first_certificate(self.circle_id, suite(1), key, key, self.now), self.signer)
        ctx = pipe.context(known)
        self.place = circle_states.known(ctx, self.circle_id, self.circle_id).place(scenes.device_id(known))

    def new_signer(self) -> SoftwareSigner:
        return generate_signer(ED25519_SUITE, self.entropy)

    def decides(self, place: Place, body: DecisionBody, node: Node | None = None) -> Decision:
        own = identity.signer(self.pipe.context(node or self.known), self.circle_id)
        return complete(sign_decision(place, body, self.now), own)

    def grant(self, scope: bytes = b"") -> Decision:
        body = Grant(self.invitation.public_key, Role.MEMBER, Kind.PERSON, self.now, False)
        return self.decides(replace(self.place, scope=scope or self.circle_id), body)

    def admission(self, grant: Decision, signed_by: SoftwareSigner | None = None, grant_id: bytes = b"") -> Admission:
        work = build.sign_invitation(grant_id or grant.id, self.certificate.raw)
        return Admission(grant_id or grant.id, self.certificate, complete(work, signed_by or self.invitation))

    def introduces(self, grant: Decision, admission: Decision, *below: Certificate) -> str:
        return self.shows(Generation(grant.raw, admission.raw, tuple(each.raw for each in below)))

    def shows(self, generation: Generation, of: bytes = b"") -> str:
        """What Bob says to it."""
        device_id = of or self.certificate.device_id
        plan = build.CardPlan(self.endpoint.public_key, bytes(range(9, 41)), b"key package", self.now)
        content = build.card_endpoint_content(self.circle_id, device_id, 1, plan)
        signature = complete(sign_endpoint(content), self.endpoint)
        card = complete(build.sign_card(self.circle_id, device_id, 1, plan, signature, self.now), self.signer)
        made = Introduction((generation,), card.raw)
        return judged(self.pipe, self.pipe.nodes["bob"], made, EndpointId(self.endpoint.public_key))

    def next_place(self, grant: Decision) -> Place:
        return replace(self.place, serial=self.place.serial + 1, previous=grant.id)


def forger() -> Forger:
    pipe = Pipe()
    alice, _, _ = scenes.trio(pipe)
    return Forger(pipe, alice)


def test_T033_who_was_admitted_by_a_known_device_is_introduced_and_nobody_else_is() -> None:
    by = forger()
    carol = by.pipe.nodes["carol"]
    grant = by.grant()
    after = by.next_place(grant)
    assert by.introduces(grant, by.decides(after, by.admission(grant))) == ""
    unsigned = by.decides(after, by.admission(grant, signed_by=by.new_signer()))
    assert by.introduces(grant, unsigned) == "bad-signature"
    another = by.decides(after, by.admission(grant, grant_id=bytes(32)))
    assert by.introduces(grant, another) == "not-introduced"
    by_carol = by.decides(replace(after, issuer=scenes.device_id(carol)), by.admission(grant), carol)
    assert by.introduces(grant, by_carol) == "not-introduced"
    elsewhere = by.grant(scope=bytes([9]) * 32)
    assert by.introduces(elsewhere, by.decides(after, by.admission(elsewhere))) == "not-introduced"


def test_T033_a_certificate_that_its_key_did_not_sign_introduces_nobody() -> None:
    by = forger()
    head = Writer().fixed(by.certificate.fields.encode()).opaque(bytes(64)).opaque(b"")
    by.certificate = parse_certificate(head.bytes())
    grant = by.grant()
    assert by.introduces(grant, by.decides(by.next_place(grant), by.admission(grant))) == "bad-signature"


def further(by: Forger, issuer: bytes, issuer_signer: Signer) -> Certificate:
    """The stranger's own key as a further device of `issuer`, certified with this key."""
    fields = replace(by.certificate.fields, issuer=issuer, recovery_key=b"")
    return complete(sign_further_certificate(fields, complete(sign_request(fields), by.signer)), issuer_signer)


def test_T033_a_further_device_needs_the_signature_of_a_known_one() -> None:
    by = forger()
    ctx, alice_id = by.pipe.context(by.known), scenes.device_id(by.known)
    for key, code in ((identity.signer(ctx, by.circle_id), ""), (by.signer, "bad-signature")):
        laptop = further(by, alice_id, key)
        assert by.shows(Generation(b"", b"", (laptop.raw,)), of=laptop.device_id) == code


def test_T030_a_new_device_of_somebody_removed_is_not_introduced() -> None:
    by = forger()
    pipe, carol = by.pipe, by.pipe.nodes["carol"]
    made, _ = introduction_of(pipe, carol)
    step = made.generations[-1]
    laptop = further(by, scenes.device_id(carol), identity.signer(pipe.context(carol), by.circle_id))
    generation = Generation(step.grant, step.admission, (laptop.raw,))
    assert by.shows(generation, of=laptop.device_id) == ""
    pipe.do(by.known, commands.RemovePerson("Carol"))
    assert by.shows(generation, of=laptop.device_id) == "not-a-member"


def test_T030_the_removed_are_not_introduced_again() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    made, endpoint = introduction_of(pipe, carol)
    pipe.do(alice, commands.RemovePerson("Carol"))
    assert judged(pipe, bob, made, endpoint) == "not-a-member"


def test_T030_a_revoked_device_is_not_introduced_again() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    made, endpoint = introduction_of(pipe, carol)
    circle_id, device_id = scenes.circle_id(alice), scenes.device_id(carol)
    ctx = pipe.context(alice)
    body = circle_acts.revocation(circle_states.circle_state(ctx, circle_id), scenes.device_id(alice), device_id)
    revocation = issuing.decide(ctx, circle_id, circle_id, body)
    sync.take(pipe.context(bob), circle_id, circle_id, [revocation.raw], None)
    assert judged(pipe, bob, made, endpoint) == "not-a-member"


def test_an_introduction_from_an_unknown_circle_leads_nowhere() -> None:
    pipe = Pipe()
    _, bob = scenes.pair(pipe)
    other = Pipe(seed=2)
    _, stranger = scenes.pair(other)
    made, endpoint = introduction_of(other, stranger)
    assert judged(pipe, bob, made, endpoint) == "not-introduced"
    assert bob.store.objects.fact(scenes.circle_id(bob), scenes.device_id(stranger), ObjectType.CARD, b"") is None


@pytest.mark.parametrize("seed", [1, 2])
def test_an_introduction_is_only_said_until_a_link_stood(seed: int) -> None:
    pipe = Pipe(seed=seed)
    scenes.trio(pipe)
    pipe.cut()
    pipe.settle()
    count = len(pipe.log)
    pipe.run()
    assert not [frame for frame in pipe.log[count:] if frame.type == LinkFrame.INTRODUCTION]
