"""docs/protocol is the law: its hex and its state tables are what the code does."""

from pathlib import Path

import pytest

from coterie.core.wire.handshake import Role, Table
from coterie.core.wire.invitation import parse_link
from coterie.core.wire.join_states import JOIN_TABLE, JoinFrame
from coterie.core.wire.link_states import LINK_TABLE, LinkFrame
from coterie.core.wire.peer_frames import PeerFrame, parse_peer_frame
from coterie.testing.wire_snapshots import documented, sample_invitation, sample_peer_frames, snapshots

PAGES = Path(__file__).parents[3] / "docs" / "protocol"
NAMES = ("invitation", "join", "link", "peer-frames", "envelope")
SNAPSHOTS = snapshots()


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def test_every_structure_is_documented_once() -> None:
    blocks = [block for name in NAMES for block in documented(page(name))]
    fences = sum(page(name).count("```hex ") for name in NAMES)
    assert sorted(blocks) == sorted(SNAPSHOTS)
    assert fences == len(SNAPSHOTS)


@pytest.mark.parametrize("structure", SNAPSHOTS)
def test_the_hex_is_what_the_code_writes(structure: str) -> None:
    (found,) = [documented(page(name))[structure] for name in NAMES if structure in documented(page(name))]
    assert found.hex() == SNAPSHOTS[structure].hex()


@pytest.mark.parametrize(
    ("name", "table", "speakers"),
    [
        ("join", JOIN_TABLE, {Role.CALLER: "joiner", Role.CALLED: "inviter"}),
        ("link", LINK_TABLE, {Role.CALLER: "dialler", Role.CALLED: "listener"}),
    ],
)
def test_the_state_tables_are_those_of_the_code(name: str, table: Table, speakers: dict[Role, str]) -> None:
    kinds = JoinFrame if name == "join" else LinkFrame
    expected = {
        f"| {state} | {kinds(frame).name} | 0x{frame:02x} | {speakers[row.speaker]} |"
        f" {'sealed' if row.sealed else 'clear'} | {row.after} |"
        for (state, frame), row in table.items()
    }
    found = {line for line in page(name).splitlines() if line.startswith("| ") and " | 0x" in line}
    assert found == expected


def test_the_samples_can_be_read_back() -> None:
    assert parse_link(SNAPSHOTS["invitation-link"].decode()) == sample_invitation()
    for name, (frame_type, frame) in sample_peer_frames().items():
        assert parse_peer_frame(frame_type, SNAPSHOTS[f"peer-{name}"]) == frame
    assert {type(frame) for _, frame in sample_peer_frames().values()} == set(PeerFrame.__args__)


def test_types_of_peer_frames_are_documented() -> None:
    text = page("peer-frames")
    for frame_type, frame in sample_peer_frames().values():
        assert f"**{type(frame).__name__} ({frame_type:#04x})**" in text


def test_hex_blocks_are_read_without_their_comments() -> None:
    assert documented("```hex a\n01 02  # two bytes\n# nothing\n03\n```\n") == {"a": b"\x01\x02\x03"}
