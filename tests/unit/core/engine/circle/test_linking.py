from dataclasses import replace
from typing import Any

import pytest

from coterie.core.crypto.signature import generate_signer
from coterie.core.crypto.signing import complete
from coterie.core.engine.circle import introducing, linking
from coterie.core.engine.ports import commands
from coterie.core.engine.ports.effects import SealLink, Transmit
from coterie.core.engine.ports.inputs import Opened, Received
from coterie.core.engine.state import circle_states, identity
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import EndpointId
from coterie.core.kernel.world import DAY, HOUR, SECOND
from coterie.core.trust import build
from coterie.core.trust.facts import ED25519_SUITE, Card, sign_endpoint
from coterie.core.trust.object_types import ObjectType
from coterie.core.wire.handshake import Frames
from coterie.core.wire.introduction import Introduction
from coterie.core.wire.link_handshake import Answered, LinkDialler, PeerCard
from coterie.core.wire.link_states import LinkFrame
from coterie.testing import scenes
from coterie.testing.entropy import SeededEntropy
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Frame, Node


def link_of(pipe: Pipe, node: Node, other: Node) -> object:
    return pipe.context(node).links.to(scenes.circle_id(node), scenes.device_id(other))


def test_a_link_proves_the_device_and_is_told() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    for node, other in ((alice, bob), (bob, alice)):
        link = pipe.context(node).links.to(scenes.circle_id(node), scenes.device_id(other))
        assert link is not None
        assert link.admitted
        assert link.boot_id == pipe.context(other).memory.boot_id
        assert scenes.events(node, "link-up")
    pipe.cut()
    pipe.settle()
    assert link_of(pipe, alice, bob) is None
    assert scenes.events(alice, "link-down")


def test_only_one_link_stays_when_both_dial_at_once() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.run()
    pipe.cut()
    pipe.settle()
    for node in (alice, bob):
        pipe.dial_anyway(node)
    pipe.settle()
    for node, other in ((alice, bob), (bob, alice)):
        assert len(node.wires) == 1
        link = pipe.context(node).links.to(scenes.circle_id(node), scenes.device_id(other))
        assert link is not None
        assert link.dialled == (scenes.device_id(node) < scenes.device_id(other))
    assert not alice.errors
    assert not bob.errors


def test_a_new_boot_replaces_the_link_at_once() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    old = link_of(pipe, alice, bob)
    pipe.vanish(bob)
    pipe.start(bob)
    pipe.dial_anyway(bob)
    pipe.settle()
    new = pipe.context(alice).links.to(scenes.circle_id(alice), scenes.device_id(bob))
    assert new is not None
    assert new is not old
    assert new.boot_id == pipe.context(bob).memory.boot_id
    assert len([wire for wire in alice.wires.values() if wire.cipher is not None]) == 1


def test_a_link_is_made_anew_after_a_day() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    first = next(iter(alice.wires))
    pipe.advance(24 * HOUR + SECOND)
    pipe.run()
    assert pipe.linked(alice, pipe.nodes["bob"])
    assert first not in alice.wires


def test_a_newer_card_is_sent_where_the_other_lacks_it() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id, device_id = scenes.circle_id(bob), scenes.device_id(bob)
    pipe.stop(alice)
    pipe.advance(8 * DAY)
    pipe.start(alice)
    pipe.run()
    assert pipe.linked(alice, bob)
    known = alice.store.objects.fact(circle_id, device_id, ObjectType.CARD, device_id)
    own = bob.store.objects.fact(circle_id, device_id, ObjectType.CARD, device_id)
    assert known is not None
    assert own is not None
    assert known.number == own.number == 2
    assert known.data == own.data


def test_devices_link_again_after_both_were_away_for_a_month() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.stop(alice)
    pipe.stop(bob)
    pipe.advance(31 * DAY)
    pipe.start(alice)
    pipe.start(bob)
    pipe.run()
    assert pipe.linked(alice, bob)


@pytest.mark.parametrize("days", [1, 8, 20, 40])
def test_T037_an_old_copy_of_a_vault_learns_that_it_is_one_and_stops(days: int) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    copy = pipe.copy_of(bob)
    scenes.invite(pipe, bob)
    pipe.advance(days * DAY)
    pipe.stop(bob)
    bob.vault = copy
    pipe.start(bob)
    pipe.run()
    pipe.run()
    assert bob.store.circles.all()[0].state == "restored"
    assert not pipe.linked(alice, bob)
    assert alice.store.objects.evidence(scenes.circle_id(alice)) == []
    pipe.advance(DAY)
    assert alice.store.objects.evidence(scenes.circle_id(alice)) == []
    with pytest.raises(UserError) as caught:
        pipe.do(bob, commands.CreateInvitation(scenes.CIRCLE))
    assert caught.value.code == "restored-state-must-rejoin"


def test_T037_a_copy_that_missed_only_a_card_learns_it_in_the_handshake() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.advance(6 * DAY)
    copy = pipe.copy_of(bob)
    pipe.advance(2 * DAY)
    pipe.stop(bob)
    bob.vault = copy
    pipe.start(bob)
    pipe.run()
    assert any(frame.type == LinkFrame.NEWER_CARD for frame in pipe.log)
    assert bob.store.circles.all()[0].state == "restored"
    assert not pipe.linked(alice, bob)


def test_a_card_past_its_time_opens_no_link_on_the_side_that_holds_it_either() -> None:
    """Alice's clock says that the card she holds of Bob is too old; Bob, whose clock stands still, has no newer one."""
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    for dialler in (alice, bob):
        pipe.cut()
        pipe.settle()
        pipe.clocks[alice.name] = 15 * DAY + HOUR
        errors = len(alice.errors)
        pipe.dial_anyway(dialler)
        pipe.settle()
        assert [error.code for error in alice.errors[errors:]] == ["card-expired"], dialler.name
        assert not pipe.linked(alice, bob)


class Dialler:
    """Carol's machine by hand: it comes from her endpoint and says of itself what it likes."""

    def __init__(self, pipe: Pipe, alice: Node, carol: Node, **lies: Any) -> None:
        self.pipe, self.alice, self.carol, self.circle_id = pipe, alice, carol, scenes.circle_id(alice)
        ctx, alice_id = pipe.context(carol), scenes.device_id(alice)
        card = circle_states.card_of(ctx, self.circle_id, alice_id)
        assert card is not None
        assert isinstance(card.body, Card)
        self.theirs = PeerCard(card.raw, card.revision, card.body.block_key)
        self.own = replace(linking._own_side(ctx, self.circle_id), **lies)
        self.machine = LinkDialler(self.own, alice_id, EndpointId(card.body.endpoint_id), self.theirs)

    def says(self, frames: Frames) -> list[Transmit]:
        """What Alice answers."""
        before = len(self.alice.effects)
        for frame in frames:
            self.pipe.give(self.alice, Received(999, frame.type, frame.body))
        said = self.alice.effects[before:]
        return [effect for effect in said if isinstance(effect, Transmit) and effect.conn == 999]

    def dials(self, introduction: Introduction | None = None) -> list[Transmit]:
        self.pipe.give(self.alice, Opened(999, self.circle_id, False, self.own.endpoint_id, False))
        return self.says(self.machine.start(introduction, SeededEntropy("dialler")))


def test_who_greets_as_another_device_gets_no_answer() -> None:
    pipe = Pipe()
    alice, bob, carol = scenes.trio(pipe)
    assert Dialler(pipe, alice, carol, device_id=scenes.device_id(bob)).dials() == []
    assert [error.code for error in alice.errors] == ["wrong-device"]


def test_nor_does_who_was_introduced_as_another() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    carol = pipe.node("carol")
    pipe.stop(bob)
    scenes.join(pipe, carol, scenes.invite(pipe, alice).link, "Carol")
    pipe.apart.add(frozenset(("bob", "carol")))
    pipe.stop(alice)
    pipe.start(bob)
    pipe.run()
    dialler = Dialler(pipe, bob, carol, device_id=scenes.device_id(alice))
    shown = introducing.our_introduction(pipe.context(carol), dialler.circle_id, dialler.own.card)
    assert shown is not None
    assert dialler.dials(shown) == []
    assert [error.code for error in bob.errors] == ["wrong-device"]


def test_a_newer_card_of_another_endpoint_is_not_taken_from_this_one() -> None:
    pipe = Pipe()
    alice, _, carol = scenes.trio(pipe)
    ctx, circle_id, carol_id = pipe.context(carol), scenes.circle_id(carol), scenes.device_id(carol)
    elsewhere = generate_signer(ED25519_SUITE, SeededEntropy("elsewhere"))
    plan = build.CardPlan(elsewhere.public_key, bytes(range(9, 41)), b"key package", pipe.now)
    signature = complete(sign_endpoint(build.card_endpoint_content(circle_id, carol_id, 9, plan)), elsewhere)
    work = build.sign_card(circle_id, carol_id, 9, plan, signature, pipe.now)
    dialler = Dialler(pipe, alice, carol, card=complete(work, identity.signer(ctx, circle_id)).raw, revision=9)
    [answer] = dialler.dials()
    assert isinstance(dialler.machine.receive(answer.type, answer.body), Answered)
    assert dialler.says(dialler.machine.accept(dialler.theirs, SeededEntropy("accept"))) == []
    assert [error.code for error in alice.errors] == ["wrong-endpoint"]


def test_a_stranger_gets_no_byte() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    count = len(pipe.log)
    pipe.knock(alice, scenes.circle_id(alice), EndpointId(bytes(32)), LinkFrame.HELLO, b"hello")
    assert alice.errors[-1].code == "unknown-endpoint"
    assert len(pipe.log) == count


@pytest.mark.parametrize("frame_type", list(LinkFrame))
def test_an_altered_handshake_gives_no_link_and_the_next_one_does(frame_type: LinkFrame) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.cut()
    pipe.settle()
    done: list[bool] = []

    def tamper(frame: Frame) -> bytes:
        if frame.type != frame_type or done or not frame.body:
            return frame.body
        done.append(True)
        middle = len(frame.body) // 2
        return frame.body[:middle] + bytes([frame.body[middle] ^ 1]) + frame.body[middle + 1 :]

    pipe.tamper = tamper
    pipe.run()
    if done:
        assert alice.errors or bob.errors
    pipe.run()
    assert pipe.linked(alice, bob)


def test_a_link_that_breaks_in_its_handshake_comes_at_the_next_attempt() -> None:
    for count in range(1, 6):
        pipe = Pipe()
        alice, bob = scenes.pair(pipe)
        pipe.cut()
        pipe.settle()
        pipe.cut_after = pipe.frames + count
        pipe.run()
        pipe.run()
        assert pipe.linked(alice, bob), count
        assert not alice.errors, count
        assert not bob.errors, count


def test_both_ends_seal_with_their_own_cipher() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    seals = [effect for node in (alice, bob) for effect in node.effects if isinstance(effect, SealLink)]
    assert {effect.device_id for effect in seals} == {scenes.device_id(alice), scenes.device_id(bob)}


def test_the_device_at_an_endpoint_is_found_by_its_card() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(alice)
    endpoint = EndpointId(bob.store.circles.keys(circle_id, "endpoint")[0].public)
    assert linking.device_at(pipe.context(alice), circle_id, endpoint) == scenes.device_id(bob)
    assert linking.device_at(pipe.context(alice), circle_id, EndpointId(bytes(32))) is None
