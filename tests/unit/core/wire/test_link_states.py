from coterie.core.wire.handshake import CLOSED, START
from coterie.core.wire.link_states import DONE, LINK_TABLE, LinkFrame


def test_every_state_can_be_reached_and_left() -> None:
    states = {state for state, _ in LINK_TABLE}
    assert {row.after for row in LINK_TABLE.values()} == (states - {START}) | {DONE, CLOSED}


def test_in_every_state_one_side_speaks() -> None:
    for state in {state for state, _ in LINK_TABLE}:
        assert len({row.speaker for (at, _), row in LINK_TABLE.items() if at == state}) == 1


def test_every_frame_type_has_its_place_and_only_confirmations_are_sealed() -> None:
    assert {frame for _, frame in LINK_TABLE} == set(LinkFrame)
    assert {frame for (_, frame), row in LINK_TABLE.items() if row.sealed} == {LinkFrame.CONFIRM}


def test_both_confirm_before_it_is_done() -> None:
    """No way to `done` that does not pass a sealed frame of each side."""
    before = {(state, row.speaker) for (state, _), row in LINK_TABLE.items() if row.after == DONE}
    assert len(before) == 1
    ((state, last),) = before
    assert {row.speaker for row in LINK_TABLE.values() if row.after == state} == {
        speaker for speaker in type(last) if speaker != last
    }
    assert all(row.sealed for row in LINK_TABLE.values() if row.after in (state, DONE))
