"""The link handshake as a conversation, and everything that can be said at the wrong time or by another."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie.core.crypto import kem
from coterie.core.crypto.suites import SUITES, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId
from coterie.core.wire.frames import Frame
from coterie.core.wire.handshake import CLOSED, START, Role
from coterie.core.wire.introduction import Generation, Introduction
from coterie.core.wire.join_states import JoinFrame
from coterie.core.wire.link_frames import Answer, Greeting, parse_answer
from coterie.core.wire.link_handshake import (
    Answered,
    Greeted,
    Introduced,
    LinkDialler,
    LinkListener,
    NewerCardShown,
    PeerCard,
)
from coterie.core.wire.link_states import DONE, LINK_TABLE, LinkFrame
from coterie.core.wire.peer_frames import ACK, ENVELOPE, VERIFY_OPEN
from coterie.testing.entropy import SeededEntropy
from coterie.testing.handshakes import LinkPair, Stopped, link_end
from coterie.testing.strictness import bit_flips

Machine = LinkDialler | LinkListener
INTRODUCTION = Introduction((Generation(b"grant", b"admission"),), b"card of device 1 revision 3")
KNOWN = (LinkFrame.HELLO, LinkFrame.ANSWER, LinkFrame.KEY, LinkFrame.CONFIRM, LinkFrame.CONFIRM)
UNKNOWN = (
    LinkFrame.HELLO,
    LinkFrame.ANSWER_LACKING,
    LinkFrame.CARD_KEY,
    LinkFrame.KEYS,
    LinkFrame.CONFIRM,
    LinkFrame.CONFIRM,
)
FLOWS: dict[str, tuple[Callable[[], LinkPair], tuple[LinkFrame, ...]]] = {
    "known": (lambda: LinkPair(known=True), KNOWN),
    "unknown": (lambda: LinkPair(known=False, shown=True), UNKNOWN),
    "introduced": (
        lambda: LinkPair(known=True, introduction=INTRODUCTION),
        (LinkFrame.INTRODUCTION, *KNOWN),
    ),
}
PLACES = [(name, place) for name, (_, order) in FLOWS.items() for place in range(len(order))]
each_place = pytest.mark.parametrize(("flow", "place"), PLACES, ids=[f"{name}-{place}" for name, place in PLACES])
EVERY_TYPE = sorted({0, 255, *JoinFrame, *LinkFrame, *range(ACK - 2, VERIFY_OPEN + 1)})


def stopped_before(flow: str, count: int) -> tuple[LinkPair, Frame]:
    """A pair with `count` frames delivered, and the next one on its way."""
    pair = FLOWS[flow][0]()
    seen: list[Frame] = []

    def hook(_to: str, frame: Frame) -> Frame:
        seen.append(frame)
        if len(seen) > count:
            raise Stopped
        return frame

    with pytest.raises(Stopped):
        pair.run(hook)
    return pair, seen[-1]


def code_of(call: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(PeerError) as caught:
        call(*arguments)
    return caught.value.code


def types_of(pair: LinkPair) -> list[int]:
    seen: list[int] = []

    def hook(_to: str, frame: Frame) -> Frame:
        seen.append(frame.type)
        return frame

    pair.run(hook)
    return seen


@pytest.mark.parametrize("suite_id", SUITES)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("shown", [True, False])
def test_from_hello_to_a_link(suite_id: int, known: bool, shown: bool) -> None:
    pair = LinkPair(suite_id, known=known, shown=shown)
    assert types_of(pair) == list(KNOWN if known else UNKNOWN)
    assert pair.dialler.state == pair.listener.state == DONE
    dialler, listener = pair.established["dialler"], pair.established["listener"]
    assert (dialler.device_id, dialler.boot_id) == (pair.listener_end.own.device_id, pair.listener_end.own.boot_id)
    assert (listener.device_id, listener.boot_id) == (pair.dialler_end.own.device_id, pair.dialler_end.own.boot_id)
    for sender, receiver in ((dialler, listener), (listener, dialler)):
        for number in range(3):
            sealed = sender.cipher.seal(ENVELOPE, b"%d" % number)
            assert receiver.cipher.open_sealed(ENVELOPE, sealed) == b"%d" % number


def test_an_introduction_comes_first_and_is_shown() -> None:
    pair = LinkPair(introduction=INTRODUCTION)
    introduction, hello = pair.dialler.start(INTRODUCTION, pair.entropy)
    assert pair.listener.receive(introduction.type, introduction.body) == Introduced(INTRODUCTION)
    event = pair.listener.receive(hello.type, hello.body)
    assert isinstance(event, Greeted)
    assert event.greeting.device_id == pair.dialler_end.own.device_id


def test_cards_go_only_where_they_are_lacking() -> None:
    cards = (b"card of device 1", b"card of device 2")
    for known in (True, False):
        for shown in (True, False):
            seen: list[bytes] = []

            def hook(_to: str, frame: Frame, seen: list[bytes] = seen) -> Frame:
                seen.append(frame.body)
                return frame

            LinkPair(known=known, shown=shown).run(hook)
            sent = [any(card in body for body in seen) for card in cards]
            assert sent == [not known, shown]


def test_two_links_of_one_pair_share_no_keys() -> None:
    first, second = LinkPair(seed=1), LinkPair(seed=1)
    second.entropy.random(100)
    first.run()
    second.run()
    sealed = first.ciphers()[0].seal(ENVELOPE, b"x")
    assert code_of(second.ciphers()[1].open_sealed, ENVELOPE, sealed) == "bad-ciphertext"


# --- every input in every state


@each_place
def test_every_frame_type_in_every_state_is_a_step_or_a_close(flow: str, place: int) -> None:
    """Both machines, with every type and two bodies: nothing but a PeerError, and then closed for good."""
    for frame_type in EVERY_TYPE:
        for body in (b"", b"\x01" * 50):
            pair, _ = stopped_before(flow, place)
            machines: tuple[tuple[Machine, Role], ...] = (
                (pair.dialler, Role.CALLER),
                (pair.listener, Role.CALLED),
            )
            for machine, role in machines:
                row = LINK_TABLE.get((machine.state, frame_type))
                in_turn = row is not None and row.speaker != role
                code = code_of(machine.receive, frame_type, body)
                assert (code == "out-of-order") == (not in_turn), (machine.state, frame_type)
                assert machine.state == CLOSED
                assert code_of(machine.receive, frame_type, body) == "out-of-order"


def test_the_states_of_the_product_are_all_of_them() -> None:
    states = {START}
    for flow, place in PLACES:
        pair, frame = stopped_before(flow, place)
        states |= {pair.dialler.state, pair.listener.state}
        if frame.type == LinkFrame.CARD_KEY:
            pair.listener.receive(frame.type, frame.body)
            states.add(pair.listener.state)
    assert states == {state for state, _ in LINK_TABLE} | {DONE}


def test_own_steps_out_of_turn_are_bugs_of_ours() -> None:
    pair = LinkPair()
    with pytest.raises(RuntimeError):
        pair.dialler.accept(pair.listener_end.card, pair.entropy)
    with pytest.raises(RuntimeError):
        pair.listener.answer(None, pair.entropy)
    with pytest.raises(RuntimeError):
        pair.listener.accept(pair.dialler_end.card, pair.entropy)
    pair.run()
    with pytest.raises(RuntimeError):
        pair.dialler.start(None, pair.entropy)
    with pytest.raises(RuntimeError):
        pair.dialler.accept(pair.listener_end.card, pair.entropy)


# --- bytes


def outcome(flow: str, place: int, replacement: Frame) -> str:
    """What becomes of a run in which this arrives in place of frame `place`; "done" when a side believes the other."""
    pair = FLOWS[flow][0]()
    count = 0

    def hook(_to: str, frame: Frame) -> Frame:
        nonlocal count
        count += 1
        return replacement if count == place + 1 else frame

    try:
        pair.run(hook)
    except PeerError as error:
        return "done" if _believed(pair, place, FLOWS[flow][1]) else error.code
    return "done" if pair.established else "closed"


def _believed(pair: LinkPair, place: int, order: tuple[LinkFrame, ...]) -> bool:
    """The listener is done before the last frame, so changing only that one leaves it so, rightly."""
    return bool(pair.established) and place < len(order) - 1


@each_place
def test_T001_T002_cut_and_extended_frames_end_the_handshake(flow: str, place: int) -> None:
    _, frame = stopped_before(flow, place)
    bodies = [frame.body[:size] for size in sorted({0, 1, len(frame.body) // 2, len(frame.body) - 1})]
    for body in (*bodies, frame.body + b"\x00", frame.body + b"\xff" * 64):
        assert outcome(flow, place, Frame(frame.type, body)) != "done"


def flipped(flow: str, place: int, step: int) -> set[str]:
    _, frame = stopped_before(flow, place)
    return {outcome(flow, place, Frame(frame.type, body)) for body in bit_flips(frame.body, step)}


@each_place
def test_T003_flipped_bits_end_the_handshake(flow: str, place: int) -> None:
    assert "done" not in flipped(flow, place, step=37)


@pytest.mark.long
@each_place
def test_T003_each_flipped_bit_ends_the_handshake(flow: str, place: int) -> None:
    assert "done" not in flipped(flow, place, step=1)


@each_place
def test_T041_a_frame_counts_only_as_its_own_type(flow: str, place: int) -> None:
    _, frame = stopped_before(flow, place)
    for other in {*LinkFrame, *JoinFrame, ENVELOPE} - {frame.type}:
        assert outcome(flow, place, Frame(other, frame.body)) in (
            "out-of-order",
            "malformed",
            "bad-ciphertext",
            "closed",
        )


# --- who is at the other end


def test_nothing_is_believed_before_the_first_sealed_frame_opened() -> None:
    for flow, (_, order) in FLOWS.items():
        pair, _ = stopped_before(flow, len(order) - 2)
        assert pair.established == {}
        pair, _ = stopped_before(flow, len(order) - 1)
        assert set(pair.established) == {"listener"}


@pytest.mark.parametrize("impostor", ["dialler", "listener"])
@pytest.mark.parametrize("known", [True, False])
def test_who_lacks_the_block_key_of_its_card_cannot_confirm(impostor: str, known: bool) -> None:
    pair = LinkPair(known=known)
    private = kem.generate_key_pair(suite(0x0001), pair.entropy).private
    dialler, listener = pair.dialler_end.own, pair.listener_end.own
    if impostor == "dialler":
        own = replace(dialler, block_private=private)
        pair.dialler = LinkDialler(own, listener.device_id, listener.endpoint_id, pair.listener_end.card)
    else:
        pair.listener = LinkListener(replace(listener, block_private=private), dialler.endpoint_id)
    assert code_of(pair.run) == "bad-ciphertext"
    assert pair.established == {}


@pytest.mark.parametrize("side", ["dialler", "listener"])
def test_a_confirmation_says_nothing_but_that_it_came(side: str) -> None:
    """Sealed rightly, with the first counter, and yet refused for what is in it."""
    pair, frame = stopped_before("known", 3 if side == "dialler" else 4)
    sender: Machine = pair.dialler if side == "dialler" else pair.listener
    receiver: Machine = pair.listener if side == "dialler" else pair.dialler
    key = sender._conduct.cipher._outgoing
    nonce, kind = (1).to_bytes(12, "big"), bytes([LinkFrame.CONFIRM])
    assert key.seal(nonce, kind, b"") == frame.body
    assert code_of(receiver.receive, LinkFrame.CONFIRM, key.seal(nonce, kind, b"and more")) == "malformed"
    assert receiver.state == CLOSED


def test_another_connection_another_transcript() -> None:
    pair = LinkPair()
    pair.listener = LinkListener(pair.listener_end.own, EndpointId(bytes(32)))
    assert code_of(pair.run) == "bad-ciphertext"


def test_another_circle_is_refused() -> None:
    pair = LinkPair()
    pair.listener = LinkListener(
        replace(pair.listener_end.own, circle_id=CircleId(bytes(32))), pair.dialler_end.own.endpoint_id
    )
    assert code_of(pair.run) == "wrong-circle"
    assert pair.listener.state == CLOSED


def test_our_own_device_id_is_refused() -> None:
    pair = LinkPair()
    pair.listener = LinkListener(
        replace(pair.listener_end.own, device_id=pair.dialler_end.own.device_id), pair.dialler_end.own.endpoint_id
    )
    assert code_of(pair.run) == "own-device"
    assert pair.listener.state == CLOSED


def test_nor_is_either_believed_of_who_answers() -> None:
    _, frame = stopped_before("known", 1)
    answer = parse_answer(frame.body, with_keys=True)
    for change, code in (
        ({"circle_id": CircleId(bytes(32))}, "wrong-circle"),
        ({"device_id": LinkPair().dialler_end.own.device_id}, "own-device"),
    ):
        body = replace(answer, greeting=replace(answer.greeting, **change)).encode()
        assert outcome("known", 1, Frame(frame.type, body)) == code


def test_another_device_than_the_one_dialled() -> None:
    pair = LinkPair()
    own = replace(pair.listener_end.own, device_id=DeviceId(bytes([9]) * 32))
    pair.listener = LinkListener(own, pair.dialler_end.own.endpoint_id)
    assert code_of(pair.run) == "wrong-device"


# --- revisions of cards


def test_an_old_copy_of_the_dialler_is_shown_its_newer_card() -> None:
    pair = LinkPair()
    pair.held_of_dialler = PeerCard(b"revision 4", 4, b"key")
    assert types_of(pair) == [LinkFrame.HELLO, LinkFrame.NEWER_CARD]
    assert pair.newer == {"dialler": b"revision 4"}
    assert pair.dialler.state == pair.listener.state == CLOSED


@pytest.mark.parametrize("known", [True, False])
def test_an_old_copy_of_the_listener_is_shown_its_newer_card(known: bool) -> None:
    pair = LinkPair(known=known)
    own, other = pair.dialler_end.own, pair.listener_end.own
    newer = PeerCard(b"revision 4", 4, pair.listener_end.card.block_key)
    pair.dialler = LinkDialler(own, other.device_id, other.endpoint_id, newer)
    (hello,) = pair.dialler.start(None, pair.entropy)
    pair.listener.receive(hello.type, hello.body)
    (answer,) = pair.listener.answer(pair.held_of_dialler, pair.entropy)
    event = pair.dialler.receive(answer.type, answer.body)
    assert isinstance(event, Answered)
    assert event.greeting.revision == 3
    (frame,) = pair.dialler.accept(newer, pair.entropy)
    assert frame.type == LinkFrame.NEWER_CARD
    assert pair.listener.receive(frame.type, frame.body) == NewerCardShown(b"revision 4")
    assert pair.dialler.state == pair.listener.state == CLOSED


def test_accepting_another_card_than_the_one_shown_is_refused() -> None:
    pair = LinkPair(known=False)
    other = link_end(0x0001, 1, SeededEntropy(9), revision=2)
    pair.dialler_end.card = replace(pair.dialler_end.card, card=b"x")
    (hello,) = pair.dialler.start(None, pair.entropy)
    pair.listener.receive(hello.type, hello.body)
    (answer,) = pair.listener.answer(other.card, pair.entropy)
    pair.dialler.receive(answer.type, answer.body)
    (card_key,) = pair.dialler.accept(pair.listener_end.card, pair.entropy)
    pair.listener.receive(card_key.type, card_key.body)
    assert code_of(pair.listener.accept, other.card, pair.entropy) == "wrong-card"
    assert pair.listener.state == CLOSED


each_other_card = pytest.mark.parametrize(
    "other", [lambda card: replace(card, card=b"another one"), lambda card: replace(card, revision=2)]
)


@each_other_card
def test_the_listener_accepts_no_card_but_the_one_shown_of_its_revision(other: Callable[[PeerCard], PeerCard]) -> None:
    pair, card_key = stopped_before("unknown", 2)
    pair.listener.receive(card_key.type, card_key.body)
    assert code_of(pair.listener.accept, other(pair.dialler_end.card), pair.entropy) == "wrong-card"
    assert pair.listener.state == CLOSED


@pytest.mark.parametrize("flow", ["known", "unknown"])
@each_other_card
def test_the_dialler_accepts_no_card_but_the_one_named(flow: str, other: Callable[[PeerCard], PeerCard]) -> None:
    pair, answer = stopped_before(flow, 1)
    pair.dialler.receive(answer.type, answer.body)
    assert code_of(pair.dialler.accept, other(pair.listener_end.card), pair.entropy) == "wrong-card"
    assert pair.dialler.state == CLOSED


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: replace(answer, card=b"superfluous"),
        lambda answer: replace(answer, greeting=replace(answer.greeting, revision=9)),
        lambda answer: replace(answer, greeting=replace(answer.greeting, held=2)),
    ],
)
def test_an_answer_that_contradicts_itself(change: Callable[[Answer], Answer]) -> None:
    _, frame = stopped_before("known", 1)
    body = change(parse_answer(frame.body, with_keys=True)).encode()
    assert outcome("known", 1, Frame(frame.type, body)) == "malformed"


def test_T010_weak_fresh_keys_are_refused_before_a_byte() -> None:
    pair = LinkPair()
    (hello,) = pair.dialler.start(None, pair.entropy)
    body = hello.body[:-32] + bytes(32)
    assert code_of(pair.listener.receive, hello.type, body) == "weak-key"
    assert pair.listener.state == CLOSED


@pytest.mark.parametrize("side", ["dialler", "listener"])
def test_T010_weak_block_keys_close_the_handshake(side: str) -> None:
    pair = LinkPair()
    if side == "dialler":
        pair.listener_end.card = replace(pair.listener_end.card, block_key=bytes(32))
    else:
        pair.held_of_dialler = replace(pair.dialler_end.card, block_key=bytes(32))
    assert code_of(pair.run) == "weak-key"
    assert (pair.dialler if side == "dialler" else pair.listener).state == CLOSED


def test_greetings_carry_revisions_and_boots() -> None:
    pair = LinkPair()
    own = pair.dialler_end.own
    (hello,) = pair.dialler.start(None, pair.entropy)
    event = pair.listener.receive(hello.type, hello.body)
    assert event == Greeted(Greeting(own.circle_id, own.device_id, 3, 3, own.boot_id))
