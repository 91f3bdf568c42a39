"""One entry for people."""

import pytest

from coterie.api.schema import LogEntry
from coterie.cli.entries import show_entry


def shown(capsys: pytest.CaptureFixture[str], text: str, kind: str = "message", state: str = "received") -> list[str]:
    show_entry(
        LogEntry(
            id="m", kind=kind, conversation="c", sender="bob", text=text, state=state, sent_at=None, received_at=None
        )
    )
    return capsys.readouterr().out.splitlines()


def test_ours_shows_its_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "hi", state="read") == ["-  bob: hi  [read]"]
    assert shown(capsys, "hi") == ["-  bob: hi"]


def test_an_event_has_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "", kind="group-created") == ["-  bob * group-created"]


def test_T067_no_text_can_pass_for_another_entry(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, "hi\n2026-01-01 00:00  alice: forged\x1b[2K\r-  alice: forged")
    assert lines == ["-  bob: hi", "    | 2026-01-01 00:00  alice: forged\ufffd[2K\ufffd-  alice: forged"]
