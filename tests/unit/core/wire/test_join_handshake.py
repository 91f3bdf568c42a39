"""The join handshake as a conversation, and everything that can be said at the wrong time or with another's words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie.core.codec.tls import opaque
from coterie.core.crypto import kdf
from coterie.core.crypto.signature import verify
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import SUITES
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId
from coterie.core.kernel.secret import Secret
from coterie.core.wire.frames import Frame
from coterie.core.wire.handshake import CLOSED, START, Role
from coterie.core.wire.join_frames import HANDOVER_PIECE, REFUSALS, Request, parse_request
from coterie.core.wire.join_handshake import (
    Acknowledged,
    Consented,
    Granted,
    InviterShown,
    JoinerShown,
    JoinInviter,
    JoinJoiner,
    Refused,
    Requested,
)
from coterie.core.wire.join_states import DONE, JOIN_TABLE, JoinFrame
from coterie.core.wire.link_states import LinkFrame
from coterie.core.wire.peer_frames import ACK, ENVELOPE, VERIFY_OPEN
from coterie.testing.handshakes import DOOR_ENDPOINT, JOINER_ENDPOINT, JoinPair, Stopped
from coterie.testing.strictness import bit_flips

Machine = JoinJoiner | JoinInviter
ORDER = (
    JoinFrame.REQUEST,
    JoinFrame.ENCAPSULATION,
    JoinFrame.INVITER_HELLO,
    JoinFrame.INVITER_PROOF,
    JoinFrame.OPENING,
    JoinFrame.JOINER_PROOF,
    JoinFrame.GRANT,
    JoinFrame.CONSENT,
    JoinFrame.ADMISSION,
    JoinFrame.OBJECTS,
    JoinFrame.OBJECTS_END,
    JoinFrame.ACKNOWLEDGEMENT,
)
EVERY_TYPE = sorted({0, 255, *JoinFrame, *LinkFrame, *range(ACK - 2, VERIFY_OPEN + 1)})


def stopped_before(count: int, pair: JoinPair | None = None) -> tuple[JoinPair, Frame]:
    """A pair with `count` frames delivered, and the next one on its way."""
    pair = pair or JoinPair()
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


@pytest.mark.parametrize("suite_id", SUITES)
def test_from_knock_to_acknowledgement(suite_id: int) -> None:
    pair = JoinPair(suite_id, objects=tuple(b"object %d" % number * 100 for number in range(100)))
    order: list[int] = []

    def hook(_to: str, frame: Frame) -> Frame:
        order.append(frame.type)
        assert len(frame.body) <= 32 * 1024
        return frame

    pair.run(hook)
    assert [kind for kind in ORDER if kind != JoinFrame.OBJECTS] == [
        kind for kind in order if kind != JoinFrame.OBJECTS
    ]
    assert order.count(JoinFrame.OBJECTS) == -(-sum(len(data) + 2 for data in pair.objects) // HANDOVER_PIECE)
    assert tuple(pair.handed) == pair.objects
    assert pair.joiner.state == pair.inviter.state == DONE
    assert pair.words["joiner"] == pair.words["inviter"]
    assert len(pair.words["joiner"].split()) == 6


def test_events_show_what_is_to_be_judged() -> None:
    pair = JoinPair()
    (request,) = pair.joiner.start()
    event = pair.inviter.receive(request.type, request.body)
    assert isinstance(event, Requested)
    assert len(event.prefix) == 8
    pair.inviter.prove(pair.invitation)
    answer = complete(pair.inviter.answer(pair.inviter_certificate, pair.entropy), pair.inviter_signer)
    events = [pair.joiner.receive(frame.type, frame.body) for frame in answer]
    assert events[:2] == [None, None]
    shown = events[2]
    assert isinstance(shown, InviterShown)
    assert shown.certificate == pair.inviter_certificate
    verify(pair.suite, pair.inviter_signer.public_key, shown.signed, shown.signature)
    opening = complete(pair.joiner.open(), pair.joiner_signer)
    assert pair.inviter.receive(opening[0].type, opening[0].body) is None
    joiner = pair.inviter.receive(opening[1].type, opening[1].body)
    assert isinstance(joiner, JoinerShown)
    assert (joiner.certificate, joiner.card) == (pair.joiner_certificate, pair.card)
    verify(pair.suite, pair.joiner_signer.public_key, joiner.signed, joiner.signature)
    assert joiner.signed != shown.signed
    (grant,) = pair.inviter.grant(b"grant")
    assert pair.joiner.receive(grant.type, grant.body) == Granted(b"grant")
    (consent,) = pair.joiner.consent(b"consent")
    assert pair.inviter.receive(consent.type, consent.body) == Consented(b"consent")


def test_no_words_before_the_acknowledgement() -> None:
    """Both sides get them with it, and only so; `words` is nothing that could be asked for earlier."""
    pair, _ = stopped_before(len(ORDER) - 1)
    assert "inviter" not in pair.words
    event = pair.inviter.receive(*_last(pair))
    assert isinstance(event, Acknowledged)
    assert event.words == pair.words["joiner"]


def _last(pair: JoinPair) -> tuple[int, bytes]:
    """The acknowledgement, sealed once more by a fresh run of the same seed."""
    _, frame = stopped_before(len(ORDER) - 1)
    return frame.type, frame.body


def test_every_attempt_has_fresh_keys_and_nonces() -> None:
    """Resuming is a new handshake with the same certificate: other words, nothing repeated on the wire."""
    first, again = JoinPair(), JoinPair()
    again.entropy.random(1000)
    again.joiner = JoinJoiner(again.invitation, JOINER_ENDPOINT, again.joiner_certificate, again.card, again.entropy)
    assert not bodies_of(first) & bodies_of(again)
    assert first.words["joiner"] != again.words["joiner"]


def bodies_of(pair: JoinPair) -> set[bytes]:
    seen: set[bytes] = set()

    def hook(_to: str, frame: Frame) -> Frame:
        seen.add(frame.body)
        return frame

    pair.run(hook)
    return seen


# --- every input in every state


def expected(machine: Machine, role: Role, frame_type: int) -> bool:
    row = JOIN_TABLE.get((machine.state, frame_type))
    return row is not None and row.speaker != role


@pytest.mark.parametrize("delivered", range(len(ORDER)), ids=[f"before-{kind.name}" for kind in ORDER])
def test_every_frame_type_in_every_state_is_a_step_or_a_close(delivered: int) -> None:
    """Both machines, with every type and three bodies: nothing but a PeerError, and then closed for good."""
    reached: set[str] = set()
    for frame_type in EVERY_TYPE:
        for body in (b"", b"\x01" * 50):
            pair, _ = stopped_before(delivered)
            for machine, role in ((pair.joiner, Role.CALLER), (pair.inviter, Role.CALLED)):
                reached.add(machine.state)
                in_turn = expected(machine, role, frame_type)
                code = code_of(machine.receive, frame_type, body)
                assert (code == "out-of-order") == (not in_turn), (machine.state, frame_type)
                assert machine.state == CLOSED
                assert code_of(machine.receive, frame_type, body) == "out-of-order"
    assert len(reached) == 2


def test_the_states_of_the_product_are_all_of_them() -> None:
    states = {START}
    for delivered in range(len(ORDER)):
        pair, _ = stopped_before(delivered)
        states |= {pair.joiner.state, pair.inviter.state}
    assert states == {state for state, _ in JOIN_TABLE} | {DONE}


def test_own_steps_out_of_turn_are_bugs_of_ours() -> None:
    pair, _ = stopped_before(0)
    with pytest.raises(RuntimeError):
        pair.joiner.start()
    with pytest.raises(RuntimeError):
        pair.joiner.acknowledge()
    with pytest.raises(RuntimeError):
        pair.inviter.grant(b"too early")
    with pytest.raises(RuntimeError):
        complete(pair.inviter.answer(b"", pair.entropy), pair.inviter_signer)
    with pytest.raises(RuntimeError):
        pair.inviter.prove(pair.invitation)
    proved = JoinPair()
    proved.request()
    with pytest.raises(RuntimeError):
        proved.inviter.prove(proved.invitation)


# --- bytes


def outcome(place: int, replacement: Frame) -> str:
    """What becomes of a run in which this arrives in place of frame `place`."""
    pair = JoinPair()
    count = 0

    def hook(_to: str, frame: Frame) -> Frame:
        nonlocal count
        count += 1
        return replacement if count == place + 1 else frame

    try:
        pair.run(hook)
    except PeerError as error:
        return error.code
    return "done"


@pytest.mark.parametrize("place", range(len(ORDER)), ids=[kind.name for kind in ORDER])
def test_T001_T002_cut_and_extended_frames_end_the_handshake(place: int) -> None:
    _, frame = stopped_before(place)
    for size in sorted({0, 1, len(frame.body) // 2, len(frame.body) - 1}):
        assert outcome(place, Frame(frame.type, frame.body[:size])) != "done"
    for tail in (b"\x00", b"\xff" * 64):
        assert outcome(place, Frame(frame.type, frame.body + tail)) != "done"


def flipped_frames(place: int, step: int) -> list[str]:
    _, frame = stopped_before(place)
    return [outcome(place, Frame(frame.type, body)) for body in bit_flips(frame.body, step)]


@pytest.mark.parametrize("place", range(len(ORDER)), ids=[kind.name for kind in ORDER])
def test_T003_flipped_bits_end_the_handshake(place: int) -> None:
    allowed = {"bad-mac", "bad-ciphertext", "malformed", "weak-key", "needs-newer-version", "bad-signature"}
    assert set(flipped_frames(place, step=61)) <= allowed


@pytest.mark.long
@pytest.mark.parametrize("place", range(len(ORDER)), ids=[kind.name for kind in ORDER])
def test_T003_each_flipped_bit_ends_the_handshake(place: int) -> None:
    assert "done" not in flipped_frames(place, step=1)


@pytest.mark.parametrize("place", range(2, len(ORDER)), ids=[kind.name for kind in ORDER[2:]])
def test_T041_a_sealed_frame_counts_only_as_its_own_type(place: int) -> None:
    _, frame = stopped_before(place)
    for other in {*JoinFrame, ENVELOPE, LinkFrame.CONFIRM} - {frame.type}:
        assert outcome(place, Frame(other, frame.body)) in ("out-of-order", "bad-ciphertext")


def test_dropped_and_repeated_frames_end_the_handshake() -> None:
    for place in range(len(ORDER) - 1):
        pair, frame = stopped_before(place)
        machine: Machine = pair.inviter if JOIN_TABLE[_state(place), frame.type].speaker is Role.CALLER else pair.joiner
        machine.receive(frame.type, frame.body)
        assert code_of(machine.receive, frame.type, frame.body) in (
            "out-of-order",
            "bad-ciphertext",
        )


def _state(place: int) -> str:
    state = START
    for kind in ORDER[:place]:
        state = JOIN_TABLE[state, kind].after
    return state


# --- who is at the other end


def test_T047_without_the_secret_not_a_byte() -> None:
    pair = JoinPair()
    (request,) = pair.joiner.start()
    pair.inviter.receive(request.type, request.body)
    other = replace(pair.invitation, secret=Secret(bytes(32)))
    assert code_of(pair.inviter.prove, other) == "bad-mac"
    assert pair.inviter.state == CLOSED
    with pytest.raises(RuntimeError):
        pair.inviter.refuse("invite-used", pair.entropy)


@pytest.mark.parametrize("change", ["circle", "device", "expiry", "endpoint"])
def test_the_mac_covers_the_whole_invitation(change: str) -> None:
    pair = JoinPair()
    other = {
        "circle": replace(pair.invitation, circle_id=CircleId(bytes(32))),
        "device": replace(pair.invitation, device_id=DeviceId(bytes(32))),
        "expiry": replace(pair.invitation, expiry=1),
        "endpoint": replace(pair.invitation, endpoint_id=EndpointId(bytes(32))),
    }[change]
    (request,) = pair.joiner.start()
    pair.inviter.receive(request.type, request.body)
    assert code_of(pair.inviter.prove, other) == "bad-mac"


@pytest.mark.parametrize(
    "endpoints", [(EndpointId(bytes(32)), DOOR_ENDPOINT), (JOINER_ENDPOINT, EndpointId(bytes(32)))]
)
def test_a_request_carried_over_another_connection_is_refused(endpoints: tuple[EndpointId, EndpointId]) -> None:
    pair = JoinPair()
    pair.inviter = JoinInviter(*endpoints)
    assert code_of(pair.request) == "bad-mac"


def test_another_device_than_the_link_names() -> None:
    pair = JoinPair()
    pair.request()
    frames = complete(pair.inviter.answer(b"another certificate", pair.entropy), pair.inviter_signer)
    assert code_of(pair.to_joiner, frames) == "wrong-device"
    assert pair.joiner.state == CLOSED


def test_another_devices_signature_does_not_verify() -> None:
    pair = JoinPair()
    pair.request()
    frames = complete(pair.inviter.answer(pair.inviter_certificate, pair.entropy), pair.joiner_signer)
    assert code_of(pair.to_joiner, frames) == "bad-signature"


def test_a_joiner_cannot_open_something_else() -> None:
    pair = JoinPair()
    pair.request()
    pair.to_joiner(complete(pair.inviter.answer(pair.inviter_certificate, pair.entropy), pair.inviter_signer))
    pair.joiner._opening = replace(pair.joiner._opening, card=b"chosen after seeing the inviter's nonce")
    assert code_of(pair.to_inviter, complete(pair.joiner.open(), pair.joiner_signer)) == "bad-commitment"


def test_the_signature_does_not_change_the_words() -> None:
    """A signature can be ground offline, so it must not be in what the words come from."""
    pair, other = JoinPair(), JoinPair()
    other.joiner_signer = other.inviter_signer
    pair.run()
    other.run()
    assert pair.words == other.words


# --- sealed refusals


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_T047_T048_T056_refused_as_soon_as_the_secret_is_proved(code: str) -> None:
    pair = JoinPair()
    pair.request()
    frames = pair.inviter.refuse(code, pair.entropy)
    assert [frame.type for frame in frames] == [JoinFrame.ENCAPSULATION, JoinFrame.REFUSAL]
    assert code.encode() not in frames[1].body
    pair.to_joiner(frames)
    assert pair.refused == code
    assert pair.joiner.state == pair.inviter.state == CLOSED


@pytest.mark.parametrize("delivered", [6, 8])
def test_T047_refused_after_the_certificate_was_seen(delivered: int) -> None:
    if delivered == 8:
        pair = consented()
    else:
        pair = JoinPair()
        pair.request()
        pair.to_joiner(complete(pair.inviter.answer(pair.inviter_certificate, pair.entropy), pair.inviter_signer))
        pair.to_inviter(complete(pair.joiner.open(), pair.joiner_signer))
    pair.to_joiner(pair.inviter.refuse("invite-used", pair.entropy))
    assert pair.refused == "invite-used"
    with pytest.raises(RuntimeError):
        pair.inviter.grant(b"after all")


def consented() -> JoinPair:
    """Up to the joiner's consent; the admission is the next thing to be sent."""
    pair = JoinPair()
    pair.request()
    pair.to_joiner(complete(pair.inviter.answer(pair.inviter_certificate, pair.entropy), pair.inviter_signer))
    pair.to_inviter(complete(pair.joiner.open(), pair.joiner_signer))
    pair.to_joiner(pair.inviter.grant(b"grant"))
    pair.to_inviter(pair.joiner.consent(b"consent"))
    return pair


def test_an_acknowledgement_says_nothing_but_that_it_came() -> None:
    pair = consented()
    pair.to_joiner(pair.inviter.admit(b"admission", (b"object",)))
    frame = pair.joiner._conduct.put(JoinFrame.ACKNOWLEDGEMENT, b"and more")
    assert code_of(pair.inviter.receive, frame.type, frame.body) == "malformed"


@pytest.mark.parametrize("count", [0, 2])
def test_objects_that_went_missing_are_noticed(count: int) -> None:
    pair = consented()
    dishonest = pair.inviter._conduct
    pair.to_joiner(
        (
            dishonest.put(JoinFrame.ADMISSION, opaque(b"admission")),
            dishonest.put(JoinFrame.OBJECTS, opaque(b"the only object")),
        )
    )
    end = dishonest.put(JoinFrame.OBJECTS_END, count.to_bytes(4, "big"))
    assert code_of(pair.joiner.receive, end.type, end.body) == "malformed"


def test_a_refusal_of_our_own_making_is_a_bug() -> None:
    pair = JoinPair()
    pair.request()
    with pytest.raises(ValueError, match="not a refusal"):
        pair.inviter.refuse("because", pair.entropy)


def test_T003_a_forged_refusal_does_not_open() -> None:
    pair = JoinPair()
    pair.request()
    encapsulation, refusal = pair.inviter.refuse("invite-used", pair.entropy)
    assert pair.joiner.receive(encapsulation.type, encapsulation.body) is None
    body = bytes([refusal.body[0] ^ 1]) + refusal.body[1:]
    assert code_of(pair.joiner.receive, refusal.type, body) == "bad-ciphertext"


def test_a_refusal_is_an_event() -> None:
    pair = JoinPair()
    pair.request()
    events = [
        pair.joiner.receive(frame.type, frame.body) for frame in pair.inviter.refuse("invite-expired", pair.entropy)
    ]
    assert events == [None, Refused("invite-expired")]


def test_a_joiner_with_a_bad_kem_key_gets_no_byte() -> None:
    """X25519 zero: refused where the secret is proved, before anything is sent."""
    pair = JoinPair()
    (frame,) = pair.joiner.start()
    honest = parse_request(frame.body)
    unsigned = Request(honest.prefix, bytes(32), honest.commitment, b"")
    start = JoinPair().joiner._conduct.hash
    tag = kdf.mac(pair.suite, pair.joiner._keys.mac_key.reveal(), start + unsigned.authenticated())
    pair.inviter.receive(frame.type, replace(unsigned, mac=tag).encode())
    assert code_of(pair.inviter.prove, pair.invitation) == "weak-key"
    assert pair.inviter.state == CLOSED
