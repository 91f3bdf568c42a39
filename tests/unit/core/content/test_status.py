from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec import cbor
from coterie.core.content import status
from coterie.core.content.mimi import MimiContent, encode_content, parse_content
from coterie.core.content.parts import NullPart
from coterie.core.content.status import MAX_REPORTED, TRANSITIONS, MessageStatus, Reported
from coterie.core.kernel.errors import PeerError

DRAFT_EXAMPLE = bytes.fromhex(
    "84"
    "825820017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f402"
    "825820015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b2702"
    "825820018d825adf9f6be00dcafc5704c4102f5022e74219d0b603e4ba7622654042af00"
    "82582001e59db8173939facc2c8a4a0f0ae8d0c7a11a81239626630c9464a8d6717a0303"
)
ID = b"\x01" + bytes(31)


def test_the_example_of_the_draft() -> None:
    report = status.parse_report(DRAFT_EXAMPLE)
    assert [entry.status for entry in report] == [2, 2, 0, 3]
    assert report[0].message_id.hex().startswith("017ce548")
    assert status.encode_report(report) == DRAFT_EXAMPLE


def test_T001_T002_every_cut_and_extension_is_refused() -> None:
    for size in range(len(DRAFT_EXAMPLE)):
        with pytest.raises(PeerError):
            status.parse_report(DRAFT_EXAMPLE[:size])
    with pytest.raises(PeerError):
        status.parse_report(DRAFT_EXAMPLE + b"\x00")


@pytest.mark.parametrize(
    "value",
    [{}, [1], [[ID]], [[ID, 1, 1]], [[ID, -1]], [[ID, 256]], [[ID, True]], [["x", 1]], [[ID[:-1], 1]]],
    ids=str,
)
def test_what_is_no_report_is_refused(value: cbor.Value) -> None:
    with pytest.raises(PeerError) as caught:
        status.parse_report(cbor.encode(value))
    assert caught.value.code == "malformed"


def test_T004_a_report_is_bounded() -> None:
    whole = cbor.encode([[ID, 2]] * MAX_REPORTED)
    assert len(status.parse_report(whole)) == MAX_REPORTED
    with pytest.raises(PeerError) as caught:
        status.parse_report(cbor.encode([[ID, 2]] * (MAX_REPORTED + 1)))
    assert caught.value.code == "too-large"


@given(st.lists(st.builds(Reported, st.just(ID), st.integers(0, 255)), max_size=10))
def test_a_report_travels_as_a_message(entries: list[Reported]) -> None:
    content = status.report_content(entries, {}, bytes(16))
    assert content.part.disposition == 0
    assert status.report_of(parse_content(encode_content(content))) == tuple(entries)


def test_other_content_is_no_report() -> None:
    assert status.report_of(MimiContent(bytes(16), {}, NullPart())) is None


def test_the_published_table() -> None:
    """The table in the docstring is the table of the code."""
    lines = [line for line in (status.__doc__ or "").splitlines() if line.startswith("    ")]
    columns = [MessageStatus[name.upper()] for name in lines[0].split()[3:]]
    starts = [lines[0].index(f" {column.name.lower()}") + 1 for column in columns]
    published = {}
    for line in lines[1:]:
        name = line.split()[0]
        row = frozenset(
            column
            for column, start in zip(columns, starts, strict=True)
            if "x" in line[start : start + len(column.name)]
        )
        published[None if name == "nothing" else MessageStatus[name.upper()]] = row
    assert published == dict(TRANSITIONS)


def test_what_was_proven_stays() -> None:
    for before, after in product(MessageStatus, MessageStatus):
        if before is MessageStatus.READ:
            assert status.allowed(before, after) == (after in (3, 4, 5))
        assert not status.allowed(before, before)
    assert not status.allowed(MessageStatus.DELETED, MessageStatus.DELIVERED)
    assert status.allowed(None, MessageStatus.DELIVERED)


@pytest.mark.parametrize("number", [7, 255])
def test_T014_an_unknown_status_changes_nothing(number: int) -> None:
    assert not any(status.allowed(before, number) for before in (None, *MessageStatus))
