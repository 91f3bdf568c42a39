from coterie.core.wire.handshake import CLOSED, START, Role
from coterie.core.wire.join_states import DONE, JOIN_TABLE, JoinFrame
from coterie.core.wire.link_states import LinkFrame
from coterie.core.wire.peer_frames import ACK, VERIFY_OPEN


def test_every_state_can_be_reached_and_left() -> None:
    states = {state for state, _ in JOIN_TABLE}
    assert {row.after for row in JOIN_TABLE.values()} == (states - {START}) | {DONE, CLOSED}


def test_in_every_state_one_side_speaks() -> None:
    for state in {state for state, _ in JOIN_TABLE}:
        assert len({row.speaker for (at, _), row in JOIN_TABLE.items() if at == state}) == 1


def test_only_the_first_two_frames_are_in_clear() -> None:
    clear = {frame for (_, frame), row in JOIN_TABLE.items() if not row.sealed}
    assert clear == {JoinFrame.REQUEST, JoinFrame.ENCAPSULATION}


def test_the_inviter_refuses_only_after_keys_and_only_it() -> None:
    refusing = {state: row for (state, frame), row in JOIN_TABLE.items() if frame == JoinFrame.REFUSAL}
    assert set(refusing) == {"keyed", "joiner-proved", "consented"}
    assert {(row.speaker, row.sealed, row.after) for row in refusing.values()} == {(Role.CALLED, True, CLOSED)}


def test_T041_frame_types_of_different_protocols_differ() -> None:
    join, link, peer = set(map(int, JoinFrame)), set(map(int, LinkFrame)), set(range(ACK - 2, VERIFY_OPEN + 1))
    assert not join & link
    assert not join & peer
    assert not link & peer
    assert 0 not in join | link | peer
