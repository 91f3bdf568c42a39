from collections.abc import Callable

import pytest

from coterie.core.crypto.suites import suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import DeviceId
from coterie.core.wire.frames import Frame
from coterie.core.wire.peer_frames import VERIFY_COMMIT, VERIFY_OPEN, VerifyCommit, VerifyOpen, parse_peer_frame
from coterie.core.wire.verification import Party, Step, Verification, commitment
from coterie.testing.entropy import SeededEntropy

ANNA = Party(DeviceId(bytes([1]) * 32), b"first certificate of Anna")
BORIS = Party(DeviceId(bytes([2]) * 32), b"first certificate of Boris")


def pair(seed: int = 1, anna: Party = ANNA, boris: Party = BORIS) -> tuple[Verification, Verification]:
    entropy = SeededEntropy(seed)
    chosen = suite(0xF602)
    return Verification(chosen, anna, boris, entropy), Verification(chosen, boris, anna, entropy)


def give(to: Verification, frame: Frame) -> Step:
    parsed = parse_peer_frame(frame.type, frame.body)
    assert isinstance(parsed, VerifyCommit | VerifyOpen)
    return to.receive(parsed)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(PeerError) as caught:
        call()
    return caught.value.code


def run(anna: Verification, boris: Verification) -> tuple[str, str]:
    """Anna begins: commit → commit, open → open."""
    (commit,) = anna.start()
    answer = give(boris, commit)
    assert [frame.type for frame in answer.frames] == [VERIFY_COMMIT, VERIFY_OPEN]
    opened = give(anna, answer.frames[0])
    assert [frame.type for frame in opened.frames] == [VERIFY_OPEN]
    mine = give(anna, answer.frames[1])
    theirs = give(boris, opened.frames[0])
    assert mine.frames == theirs.frames == ()
    return mine.words, theirs.words


def test_both_get_the_same_six_words() -> None:
    anna, boris = run(*pair())
    assert anna == boris
    assert len(anna.split()) == 6


def test_both_may_begin_at_once() -> None:
    anna, boris = pair()
    (from_anna,), (from_boris,) = anna.start(), boris.start()
    (open_anna,), (open_boris,) = give(anna, from_boris).frames, give(boris, from_anna).frames
    assert give(anna, open_boris).words == give(boris, open_anna).words != ""


def test_each_run_has_other_words() -> None:
    assert run(*pair(1)) != run(*pair(2))


def test_two_devices_of_one_person_agree_too() -> None:
    words = run(*pair(anna=ANNA, boris=Party(BORIS.device_id, ANNA.first_certificate)))
    assert words[0] == words[1]


def test_another_certificate_other_words() -> None:
    """Somebody in the middle has to show each side a certificate that is not the other's."""
    anna, _ = pair()
    _, boris = pair(anna=Party(ANNA.device_id, b"certificate of Mallory"))
    words = run(anna, boris)
    assert words[0] != words[1]


def test_no_nonce_before_the_others_commitment() -> None:
    anna, _ = pair()
    frames = anna.start()
    assert [frame.type for frame in frames] == [VERIFY_COMMIT]
    assert code_of(lambda: anna.receive(VerifyOpen(bytes(32)))) == "out-of-order"


def test_opening_something_else_is_refused() -> None:
    anna, boris = pair()
    anna.start()
    give(anna, boris.start()[0])
    assert code_of(lambda: anna.receive(VerifyOpen(bytes(32)))) == "bad-commitment"
    assert anna.state == "closed"


def test_T041_ones_own_commitment_sent_back_proves_nothing() -> None:
    anna, _ = pair()
    (commit,) = anna.start()
    (opening,) = give(anna, commit).frames
    assert code_of(lambda: give(anna, opening)) == "bad-commitment"


def test_commitments_name_the_device() -> None:
    assert commitment(ANNA.device_id, bytes(32)) != commitment(BORIS.device_id, bytes(32))


STATES = ("idle", "committed", "opened", "done", "closed")


def in_state(state: str) -> Verification:
    anna, boris = pair()
    if state == "idle":
        return anna
    (commit,) = anna.start()
    if state == "committed":
        return anna
    answer = give(boris, commit)
    give(anna, answer.frames[0])
    if state == "done":
        give(anna, answer.frames[1])
    if state == "closed":
        code_of(lambda: anna.receive(VerifyOpen(bytes(32))))
    assert anna.state == state
    return anna


@pytest.mark.parametrize("state", STATES)
def test_every_frame_in_every_state(state: str) -> None:
    for frame, allowed in ((VerifyCommit(bytes(32)), {"idle", "committed"}), (VerifyOpen(bytes(32)), set())):
        machine = in_state(state)
        if state in allowed:
            machine.receive(frame)
            assert machine.state == "opened"
        else:
            assert code_of(lambda machine=machine, frame=frame: machine.receive(frame)) in (  # type: ignore[misc]
                "out-of-order",
                "bad-commitment",
            )
            assert machine.state == "closed"
    if state != "idle":
        with pytest.raises(RuntimeError):
            in_state(state).start()
