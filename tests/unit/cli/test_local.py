"""init, up, doctor and demo: what they hand to their programs."""

import json
import os
import signal
from pathlib import Path

import pytest

from coterie.api.checks import Check
from coterie.api.paths import Home
from coterie.cli import passphrase
from coterie.core.kernel.errors import UserError
from tests.unit.cli.command_line import Line


@pytest.fixture(autouse=True)
def _passphrase(tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").write_text("secret\n")
    monkeypatch.setenv("COTERIE_PASSPHRASE_FILE", str(tmp_path / "p"))


def test_init_takes_home_and_passphrase(line: Line, home: Home) -> None:
    ran = line("init")
    assert (ran.status, ran.out) == (0, "")
    assert line.called.calls == [("init", home, b"secret")]
    assert ran.err == f"the vault is at {home.root}; now run: coterie {home.option} up\n"


@pytest.mark.parametrize("arguments", [["--home", "{}", "up"], ["up", "--home", "{}"], ["--home={}", "up"]])
def test_home_stands_before_or_after_the_command(line: Line, tmp_path: Path, arguments: list[str]) -> None:
    other = tmp_path / "other"
    assert line(*(argument.format(other) for argument in arguments)).status == 0
    assert line.called.calls == [("up", Home(other), b"secret", "", "")]


def test_up_listens_where_it_is_told(line: Line, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    line("up", "--listen", "127.0.0.1:4711")
    monkeypatch.setenv("COTERIE_LISTEN", "127.0.0.2")
    line("up")
    assert [call[3] for call in line.called.calls] == ["127.0.0.1:4711", "127.0.0.2"]


def test_an_empty_listen_address_is_not_everything(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = line("up", "--listen", "")
    assert (ran.status, line.called.calls) == (1, [])
    assert ran.err.startswith("error: bad-listen-address: ")
    monkeypatch.setenv("COTERIE_LISTEN", "")
    assert line("up").status == 0
    assert line.called.calls[0][3] == ""


def test_up_uses_the_relay_that_it_is_told(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line("up", "--relay", "https://relay.example")
    monkeypatch.setenv("COTERIE_RELAY", "https://other.example")
    line("up")
    monkeypatch.setenv("COTERIE_RELAY", "")
    line("up")
    assert [call[4] for call in line.called.calls] == ["https://relay.example", "https://other.example", ""]
    ran = line("up", "--relay", "")
    assert (ran.status, len(line.called.calls)) == (1, 3)
    assert ran.err.startswith("error: bad-relay: ")


def test_a_refusal_is_shown(line: Line) -> None:
    line.called.refusal = UserError("already-running", "a node is running on this home (process 7)", "use it")
    ran = line("up")
    assert (ran.status, ran.err) == (
        1,
        "error: already-running: a node is running on this home (process 7)\nhint: use it\n",
    )


def test_doctor_is_0_unless_something_is_bad(line: Line) -> None:
    line.called.checks = [
        Check(check="disk", level="ok", detail="9 MiB free", fix=""),
        Check(check="clock", level="note", detail="late", fix="set it"),
    ]
    ran = line("doctor")
    assert (ran.status, ran.out) == (0, "ok    disk: 9 MiB free\nnote  clock: late - set it\n")
    line.called.checks.append(Check(check="home", level="bad", detail="open", fix="chmod"))
    ran = line("doctor", "--json")
    assert ran.status == 1
    assert [json.loads(text)["schema"] for text in ran.out.splitlines()] == ["doctor/1"] * 3


def test_demo_gives_its_own_status(line: Line) -> None:
    assert line("demo", "--once").status == 5
    assert line("demo").status == 5
    assert line.called.calls == [("demo", True), ("demo", False)]


def test_T067_no_path_steers_the_terminal(line: Line, tmp_path: Path) -> None:
    home = str(tmp_path / "a\x1b[31m\nb")
    line.called.checks = [Check(check="home", level="ok", detail=f"{home}, ours alone", fix="")]
    ran = line("init", "--home", home)
    assert ("\x1b" not in ran.err, ran.err.count("\n")) == (True, 1)
    ran = line("doctor", "--home", home)
    assert ("\x1b" not in ran.out, ran.out.count("\n")) == (True, 1)


@pytest.mark.parametrize(
    "arguments", [["--home", "", "up"], ["up", "--home="], ["--home", "~nobody-of-this-name", "up"]]
)
def test_a_home_that_names_nothing_is_no_other_home(line: Line, arguments: list[str]) -> None:
    ran = line(*arguments)
    assert (ran.status, ran.err.split(": ")[1], line.called.calls) == (2, "usage", [])


ENDING = [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)]


class HeardAtABadMoment:
    """A signal that comes while a class body is run: what its handler raised would be another error there."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __set_name__(self, owner: type, name: str) -> None:
        signal.raise_signal(self.number)


@pytest.mark.parametrize(("number", "status"), ENDING)
def test_a_signal_before_the_node_listens_to_it_ends_up_whatever_runs_then(
    line: Line, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, status: int
) -> None:
    before, left = signal.getsignal(number), list[int]()
    monkeypatch.setattr(os, "_exit", left.append)
    monkeypatch.setattr(line.called, "note", lambda *_: type("Owner", (), {"member": HeardAtABadMoment(number)}))
    assert line("up").err == ""
    assert set(left) == {status}
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "status"), ENDING)
def test_a_signal_at_the_prompt_leaves_it_in_order(
    line: Line, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, status: int
) -> None:
    tidied: list[bool] = []

    def prompt() -> None:
        try:
            signal.raise_signal(number)
        finally:
            tidied.append(True)

    monkeypatch.setattr(passphrase, "existing", prompt)
    assert (line("up").status, line("up").err, tidied) == (status, "", [True, True])
    assert line.called.calls == []


def test_a_signal_that_is_ignored_stays_so(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        monkeypatch.setattr(line.called, "note", lambda *_: signal.raise_signal(signal.SIGHUP))
        assert line("up").status == 0
    finally:
        assert signal.signal(signal.SIGHUP, before) is signal.SIG_IGN
