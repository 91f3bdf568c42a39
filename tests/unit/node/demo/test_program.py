"""The stage: the network, the passphrase, the exit status, and that nothing is left."""

import asyncio
import os
import signal
import stat
import tempfile
from pathlib import Path

import pytest

from coterie.api.errors import ApiError
from coterie.node import own_network
from coterie.node.demo import meeting, program
from coterie.node.demo.actor import Actor
from coterie.node.demo.seeing import NotSeenError
from coterie.node.demo.transcript import Transcript


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(own_network, "why_not", lambda: "not in a unit test")
    monkeypatch.delenv(own_network.MARK, raising=False)
    return tmp_path


def modes(place: Path) -> tuple[int, int]:
    """Of the demonstration's directory and of its passphrase file."""
    [folder] = place.iterdir()
    return stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE((folder / "passphrase").stat().st_mode)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (NotSeenError("the sky"), 'NOT SEEN in "1. A beginning": the sky'),
        (ApiError("timeout", "too late"), 'NOT SEEN in "1. A beginning": timeout: too late'),
    ],
)
def test_what_was_not_seen_is_said_and_is_1(
    failure: Exception,
    said: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def begin(out: Transcript, actors: tuple[Actor, ...]) -> None:
        assert [actor.name for actor in actors] == ["Anna", "Ben", "Carla"]
        assert modes(place) == (0o700, 0o600)
        out.chapter("A beginning")
        raise failure

    monkeypatch.setattr(meeting, "three_nodes", begin)
    assert program.run(once=True) == 1
    printed = capsys.readouterr().out
    assert said in printed
    assert "Network: 127.0.0.1 of this machine (not in a unit test)." in printed
    assert list(place.iterdir()) == []


def test_an_interruption_is_130_and_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def begin(_out: Transcript, _actors: tuple[Actor, ...]) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(10)

    monkeypatch.setattr(meeting, "three_nodes", begin)
    assert program.run(once=True) == 130
    assert list(place.iterdir()) == []


def test_the_passphrase_is_random_and_made_once(tmp_path: Path) -> None:
    first = program._passphrase(tmp_path).read_text()
    assert program._passphrase(tmp_path).read_text() == first
    assert len(first.strip()) >= 32


def test_a_network_of_its_own_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(own_network.MARK, "1")
    assert "in which this was started" in program._network()
    monkeypatch.delenv(own_network.MARK)
    entered = []
    monkeypatch.setattr(own_network, "why_not", lambda: None)
    monkeypatch.setattr(own_network, "enter", lambda: entered.append(True))
    assert "in a network of its own" in program._network()
    assert entered == [True]
