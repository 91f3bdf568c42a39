import itertools
from dataclasses import dataclass

import pytest

from coterie.core.codec.tls import Writer
from coterie.core.crypto.kem import generate_key_pair
from coterie.core.crypto.signature import SoftwareSigner, generate_signer
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import admitting
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.ports.inputs import Opened, Received
from coterie.core.engine.ports.invitations import InvitationRecord
from coterie.core.engine.ports.views import InvitationView
from coterie.core.engine.state import circle_states, identity
from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.limits import (
    HANDSHAKES_PER_DOOR,
    HANDSHAKES_PER_INVITATION,
    UNOPENED_ATTEMPTS,
)
from coterie.core.kernel.world import SECOND
from coterie.core.trust import build
from coterie.core.trust.certificates import Certificate, parse_certificate
from coterie.core.trust.facts import ED25519_SUITE, sign_endpoint
from coterie.core.trust.roles import Kind
from coterie.core.wire.handshake import Frames
from coterie.core.wire.invitation import parse_link
from coterie.core.wire.join_handshake import Granted, JoinerEvent, JoinJoiner, Refused
from coterie.core.wire.join_states import JoinFrame
from coterie.testing import scenes
from coterie.testing.entropy import SeededEntropy
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Frame, Node


def record_of(node: Node) -> InvitationRecord:
    return node.store.invitations.all()[-1]


def joined(node: Node) -> bool:
    return any(circle.state == "active" for circle in node.store.circles.all())


def test_a_join_is_durable_on_both_sides_and_both_keep_the_same_words() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    assert pipe.linked(alice, bob)
    there, here = scenes.people(pipe, alice)["Bob"], scenes.people(pipe, bob)["Alice"]
    assert there.words == here.words
    assert len(there.words.split()) == 6
    assert record_of(alice).state == "used"
    assert record_of(alice).failures == 0
    assert not alice.errors
    assert not bob.errors


def test_joining_works_with_the_default_suite() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe, suite_id=0xF602)
    assert pipe.linked(alice, bob)
    assert set(scenes.people(pipe, bob)) == {"Alice", "Bob"}


def race(count: int) -> tuple[Node, list[Node]]:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    racers = [pipe.node(f"racer {number}") for number in range(count)]
    for number, racer in enumerate(racers):
        pipe.give(racer, commands.StartJoin(link, f"Racer {number}"))
    for _ in range(count):
        pipe.run()
        if all(joined(racer) or scenes.state_of_join(racer).state == "refused" for racer in racers):
            break
    return alice, racers


def test_T047_of_many_that_redeem_at_once_exactly_one_succeeds() -> None:
    alice, racers = race(12)
    assert sum(joined(racer) for racer in racers) == 1
    assert {scenes.state_of_join(racer).code for racer in racers if not joined(racer)} == {"invite-used"}
    refused = [event for event in scenes.events(alice, "invitation") if event.get("refused") == "invite-used"]
    assert len(refused) == 11
    assert record_of(alice).attempts >= 12


@pytest.mark.long
def test_T047_of_fifty_that_redeem_at_once_exactly_one_succeeds() -> None:
    _, racers = race(50)
    assert sum(joined(racer) for racer in racers) == 1
    assert {scenes.state_of_join(racer).code for racer in racers if not joined(racer)} == {"invite-used"}


def test_T047_a_used_invitation_is_answered_with_invite_used() -> None:
    pipe = Pipe()
    alice, bob, late = pipe.node("alice"), pipe.node("bob"), pipe.node("late")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    scenes.join(pipe, bob, link, "Bob")
    seen = scenes.join(pipe, late, link, "Late")
    assert (seen.state, seen.code) == ("refused", "invite-used")
    assert not late.store.circles.all()
    assert set(scenes.people(pipe, alice)) == {"Alice", "Bob"}


def test_A4_who_knocks_for_ever_with_a_spent_invitation_fills_no_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admitting, "ATTEMPTS_TOLD", 3)
    pipe = Pipe()
    alice, late = pipe.node("alice"), pipe.node("late")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    scenes.join(pipe, pipe.node("bob"), link, "Bob")
    for _ in range(20):
        scenes.join(pipe, late, link, "Late")
    refused = [event["attempts"] for event in scenes.events(alice, "invitation") if "refused" in event]
    assert record_of(alice).attempts == 21
    assert refused == [2, 3, 4, 8, 16]


def test_T048_the_inviters_clock_decides_about_expiry() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice, seconds=60).link
    scenes.invite(pipe, alice, seconds=3600)  # keeps the door
    pipe.advance(60 * SECOND)
    pipe.clocks["bob"] = -5 * 60 * SECOND
    seen = scenes.join(pipe, bob, link, "Bob")
    assert (seen.state, seen.code) == ("refused", "invite-expired")
    assert set(scenes.people(pipe, alice)) == {"Alice"}


def test_T048_one_second_before_its_expiry_an_invitation_is_good() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice, seconds=60).link
    pipe.advance(59 * SECOND)
    assert scenes.join(pipe, bob, link, "Bob").state == "joined"


def test_T033_a_withdrawn_invitation_is_answered_and_admits_nobody() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice)
    pipe.do(alice, commands.WithdrawInvitation(made.id))
    seen = scenes.join(pipe, bob, made.link, "Bob")
    assert (seen.state, seen.code) == ("refused", "invite-withdrawn")
    assert set(scenes.people(pipe, alice)) == {"Alice"}


def test_approval_makes_the_joiner_wait_until_it_is_given() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, approve=True)
    assert scenes.join(pipe, bob, made.link, "Bob").state == "waiting-for-approval"
    assert record_of(alice).state == "waiting-for-approval"
    assert set(scenes.people(pipe, alice)) == {"Alice"}
    assert scenes.join(pipe, bob, made.link, "Bob").state == "waiting-for-approval"
    scenes.ask(pipe, alice, commands.ApproveInvitation(made.id), InvitationView)
    assert scenes.join(pipe, bob, made.link, "Bob").state == "joined"
    assert set(scenes.people(pipe, alice)) == {"Alice", "Bob"}


def test_who_waits_for_approval_keeps_everybody_else_out() -> None:
    pipe = Pipe()
    alice, bob, other = pipe.node("alice"), pipe.node("bob"), pipe.node("other")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, approve=True)
    scenes.join(pipe, bob, made.link, "Bob")
    assert scenes.join(pipe, other, made.link, "Other").code == "invite-used"


def test_who_is_denied_gets_a_clear_answer() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    made = scenes.invite(pipe, alice, approve=True)
    scenes.join(pipe, bob, made.link, "Bob")
    pipe.do(alice, commands.DenyInvitation(made.id))
    assert scenes.join(pipe, bob, made.link, "Bob").code == "invite-withdrawn"
    assert set(scenes.people(pipe, alice)) == {"Alice"}


def test_T056_an_inviter_who_was_removed_says_so() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    link = scenes.invite(pipe, bob).link
    pipe.do(alice, commands.RemovePerson("Bob"))
    assert bob.store.circles.all()[0].state == "removed"
    carol = pipe.node("carol")
    seen = scenes.join(pipe, carol, link, "Carol")
    assert (seen.state, seen.code) == ("refused", "inviter-not-authorised")
    assert not carol.store.circles.all()


def test_T056_an_admission_beyond_the_inviters_removal_is_void() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    link = scenes.invite(pipe, bob).link
    pipe.stop(alice)
    pipe.start(alice)
    pipe.apart.add(frozenset(("alice", "bob")))
    pipe.cut()
    pipe.do(alice, commands.RemovePerson("Bob"))
    carol = pipe.node("carol")
    assert scenes.join(pipe, carol, link, "Carol").state == "joined"  # neither can know yet
    pipe.apart.clear()
    pipe.run()
    assert scenes.people(pipe, carol)["Alice"].state == "active"
    assert "Carol" not in scenes.people(pipe, alice)


@dataclass
class Stranger:
    """Somebody who holds a link and drives the joiner's machine by hand, showing whatever it likes."""

    pipe: Pipe
    inviter: Node
    link: str

    def __post_init__(self) -> None:
        self.invitation, self.entropy = parse_link(self.link), SeededEntropy("stranger")
        self.suite = suite(self.invitation.suite_id)
        self.signer = generate_signer(self.suite, self.entropy)
        self.endpoint = generate_signer(ED25519_SUITE, self.entropy)
        self.certificate = self.certified(Kind.PERSON)

    def certified(self, kind: Kind) -> Certificate:
        circle_id, key = self.invitation.circle_id, self.signer.public_key
        work = build.first_certificate(circle_id, self.suite, key, key, self.pipe.now, kind)
        return complete(work, self.signer)

    def card(self, of: SoftwareSigner) -> bytes:
        circle_id, device_id = self.invitation.circle_id, self.certificate.device_id
        block_key = generate_key_pair(self.suite, self.entropy).public
        plan = build.CardPlan(self.endpoint.public_key, block_key, b"key package", self.pipe.now)
        content = build.card_endpoint_content(circle_id, device_id, 1, plan)
        signature = complete(sign_endpoint(content), self.endpoint)
        return complete(build.sign_card(circle_id, device_id, 1, plan, signature, self.pipe.now), of).raw

    def shows(self, proof: SoftwareSigner | None = None, remote: EndpointId | None = None) -> JoinerEvent | None:
        """What the inviter says to it in the end; None for nothing."""
        came_from = remote or EndpointId(self.endpoint.public_key)
        self.machine = JoinJoiner(
            self.invitation, came_from, self.certificate.raw, self.card(self.signer), self.entropy
        )
        self.pipe.give(self.inviter, Opened(999, self.invitation.circle_id, True, came_from, False))
        self._says(self.machine.start())
        return self._says(complete(self.machine.open(), proof or self.signer))

    def consents(self, signature: bytes) -> JoinerEvent | None:
        """What the inviter says to a signature for the admission."""
        return self._says(self.machine.consent(signature))

    def _says(self, frames: Frames) -> JoinerEvent | None:
        before = len(self.inviter.effects)
        for frame in frames:
            self.pipe.give(self.inviter, Received(999, frame.type, frame.body))
        heard: JoinerEvent | None = None
        for effect in self.inviter.effects[before:]:
            if isinstance(effect, Transmit) and effect.conn == 999:
                heard = self.machine.receive(effect.type, effect.body)
        return heard


def stranger() -> Stranger:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    return Stranger(pipe, alice, scenes.invite(pipe, alice).link)


def test_who_shows_what_is_its_own_is_given_the_grant() -> None:
    assert isinstance(stranger().shows(), Granted)


def test_T033_a_certificate_that_its_key_did_not_sign_gets_nothing() -> None:
    joiner = stranger()
    head = Writer().fixed(joiner.certificate.fields.encode()).opaque(bytes(64)).opaque(b"")
    joiner.certificate = parse_certificate(head.bytes())
    assert joiner.shows() is None
    assert [error.code for error in joiner.inviter.errors] == ["bad-signature"]


def test_T033_who_shows_a_certificate_without_its_key_gets_nothing() -> None:
    joiner = stranger()
    assert joiner.shows(proof=generate_signer(joiner.suite, joiner.entropy)) is None
    assert [error.code for error in joiner.inviter.errors] == ["bad-signature"]


def test_T033_who_comes_from_another_endpoint_than_its_card_says_gets_nothing() -> None:
    joiner = stranger()
    elsewhere = generate_signer(ED25519_SUITE, joiner.entropy).public_key
    assert joiner.shows(remote=EndpointId(elsewhere)) is None
    assert [error.code for error in joiner.inviter.errors] == ["wrong-endpoint"]


def test_T033_who_does_not_sign_with_the_invitations_key_is_not_admitted() -> None:
    joiner = stranger()
    joiner.shows()
    assert joiner.consents(bytes(64)) is None
    assert [error.code for error in joiner.inviter.errors] == ["bad-signature"]
    assert set(scenes.people(joiner.pipe, joiner.inviter)) == {"Alice"}
    assert record_of(joiner.inviter).state == "claimed"


def test_T033_an_invitation_for_a_person_admits_no_bridge() -> None:
    joiner = stranger()
    joiner.certificate = joiner.certified(Kind.BRIDGE)
    assert joiner.shows() == Refused("not-permitted")


def test_T030_who_was_removed_does_not_come_back_by_a_new_invitation() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    own = identity.signer(pipe.context(bob), scenes.circle_id(bob))
    state = circle_states.circle_state(pipe.context(bob), scenes.circle_id(bob))
    pipe.do(alice, commands.RemovePerson("Bob"))
    joiner = Stranger(pipe, alice, scenes.invite(pipe, alice).link)
    assert isinstance(own, SoftwareSigner)
    joiner.signer, joiner.certificate = own, state.devices[scenes.device_id(bob)].certificate
    assert joiner.shows() == Refused("already-known")


def never_opens(frame: Frame) -> bytes | None:
    """A network on which a joiner proves the secret and then falls silent."""
    return None if frame.type in (JoinFrame.OPENING, JoinFrame.JOINER_PROOF) else frame.body


def test_twenty_guesses_at_the_words_withdraw_the_invitation() -> None:
    pipe = Pipe()
    alice, guesser = pipe.node("alice"), pipe.node("guesser")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    pipe.tamper = never_opens
    pipe.give(guesser, commands.StartJoin(link, "Guesser"))
    for _ in range(UNOPENED_ATTEMPTS):
        assert record_of(alice).state == "open"
        pipe.run()
        pipe.cut()
        pipe.settle()
    assert record_of(alice).state == "withdrawn"
    pipe.tamper = None
    honest = pipe.node("honest")
    assert scenes.join(pipe, honest, link, "Honest").code == "invite-withdrawn"
    assert {"state": "withdrawn"}.items() <= scenes.events(alice, "invitation")[-2].items()


def test_at_most_four_unfinished_handshakes_of_one_invitation() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    pipe.tamper = never_opens
    for number in range(HANDSHAKES_PER_INVITATION + 1):
        pipe.give(pipe.node(f"joiner {number}"), commands.StartJoin(link, "Joiner"))
    pipe.run()
    assert [error.code for error in alice.errors] == ["too-many-handshakes"]
    assert record_of(alice).attempts == HANDSHAKES_PER_INVITATION


def test_at_most_thirty_two_unfinished_handshakes_at_one_door() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    pipe.tamper = lambda _: None
    for number in range(HANDSHAKES_PER_DOOR + 1):
        pipe.give(pipe.node(f"joiner {number}"), commands.StartJoin(link, "Joiner"))
    pipe.settle()
    assert len(alice.wires) == HANDSHAKES_PER_DOOR
    assert not alice.errors
    knocking = pipe.context(alice).memory.handshakes
    assert len(knocking) == HANDSHAKES_PER_DOOR
    pipe.tamper = None
    assert scenes.join(pipe, pipe.node("bob"), link, "Bob").state == "joined"


def test_A3_a_door_full_of_people_in_their_handshakes_takes_nobody_more() -> None:
    pipe = Pipe()
    alice = pipe.node("alice")
    scenes.found(pipe, alice)
    pipe.tamper = never_opens
    for number in range(HANDSHAKES_PER_DOOR + 1):
        link = scenes.invite(pipe, alice).link
        pipe.give(pipe.node(f"joiner {number}"), commands.StartJoin(link, "Joiner"))
    pipe.settle()
    assert [error.code for error in alice.errors] == ["too-many-handshakes"]


def test_a_stranger_without_the_secret_gets_no_byte() -> None:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link

    def tamper(frame: Frame) -> bytes:
        return frame.body[:-1] + bytes([frame.body[-1] ^ 1]) if frame.type == JoinFrame.REQUEST else frame.body

    pipe.tamper = tamper
    scenes.join(pipe, bob, link, "Bob")
    assert [frame.type for frame in pipe.log] == [JoinFrame.REQUEST]
    assert alice.errors[0].code == "bad-mac"
    assert record_of(alice).attempts == 0
    assert scenes.state_of_join(bob).code == "invite-not-answered"


@pytest.mark.parametrize("frame_type", list(JoinFrame))
@pytest.mark.parametrize("place", ["first", "middle", "last", "cut", "longer"])
def test_an_altered_frame_changes_nothing_and_the_join_resumes(frame_type: JoinFrame, place: str) -> None:
    if frame_type is JoinFrame.REFUSAL:
        pytest.skip("no refusal in a join that succeeds")
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    done: list[bool] = []

    def tamper(frame: Frame) -> bytes:
        if frame.type != frame_type or done or not frame.body:
            return frame.body
        done.append(True)
        return altered(frame.body, place)

    pipe.tamper = tamper
    seen = scenes.join(pipe, bob, link, "Bob")
    if done and frame_type is not JoinFrame.ACKNOWLEDGEMENT:
        assert seen.state != "joined"
        assert alice.errors or bob.errors
        assert not bob.store.circles.all()
    scenes.join(pipe, bob, link, "Bob")
    assert joined(bob)
    assert set(scenes.people(pipe, alice)) == set(scenes.people(pipe, bob)) == {"Alice", "Bob"}


def altered(body: bytes, place: str) -> bytes:
    match place:
        case "cut":
            return body[:-1]
        case "longer":
            return body + b"\0"
    at = {"first": 0, "middle": len(body) // 2, "last": len(body) - 1}[place]
    return body[:at] + bytes([body[at] ^ 0x41]) + body[at + 1 :]


def frames_of_a_join() -> int:
    pipe = Pipe()
    alice, bob = pipe.node("alice"), pipe.node("bob")
    scenes.found(pipe, alice)
    link = scenes.invite(pipe, alice).link
    before = pipe.frames
    scenes.join(pipe, bob, link, "Bob")
    return pipe.frames - before


def test_a_join_that_breaks_after_any_frame_resumes() -> None:
    total = frames_of_a_join()
    assert total > 12
    for count in itertools.count(1):
        if count > total:
            break
        pipe = Pipe()
        alice, bob = pipe.node("alice"), pipe.node("bob")
        scenes.found(pipe, alice)
        link = scenes.invite(pipe, alice).link
        pipe.cut_after = pipe.frames + count
        scenes.join(pipe, bob, link, "Bob")
        scenes.join(pipe, bob, link, "Bob")
        pipe.run()
        assert joined(bob), count
        assert set(scenes.people(pipe, alice)) == set(scenes.people(pipe, bob)) == {"Alice", "Bob"}, count
        assert pipe.linked(alice, bob), count
        assert len(alice.store.invitations.all()) == 1


def test_a_join_survives_a_kill_of_either_side_after_any_frame() -> None:
    total = frames_of_a_join()
    for count, victim in itertools.product(range(1, total + 1, 2), ("alice", "bob")):
        pipe = Pipe()
        alice, bob = pipe.node("alice"), pipe.node("bob")
        scenes.found(pipe, alice)
        link = scenes.invite(pipe, alice).link
        pipe.kill_after = (pipe.frames + count, victim)
        pipe.give(bob, commands.StartJoin(link, "Bob"))
        pipe.run()
        pipe.start(pipe.nodes[victim])
        scenes.join(pipe, bob, link, "Bob")
        pipe.run()
        assert joined(bob), (count, victim)
        assert set(scenes.people(pipe, alice)) == set(scenes.people(pipe, bob)) == {"Alice", "Bob"}
        assert pipe.linked(alice, bob), (count, victim)
