"""A node as a process. A whole life of one: tests/e2e/test_demo.py."""

import asyncio
from pathlib import Path

import pytest

from coterie.node.demo.actor import Actor
from coterie.node.demo.seeing import NotSeenError


def test_a_node_that_ends_instead_of_getting_ready_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTERIE_HOME", str(tmp_path / "somebody else's"))
    actor = Actor("Anna", tmp_path, tmp_path / "passphrase")

    async def story() -> tuple[int, float]:
        with pytest.raises(NotSeenError, match=r"Anna staying up \(it ended with 1\)"):
            await actor.up()
        return await actor.stop()

    assert asyncio.run(story()) == (1, 0.0)
    assert "no-vault" in actor.last_words()[0]
    assert actor.last_words()[1].startswith("hint: make one: coterie --home ")


def test_a_passphrase_that_cannot_be_read_ends_the_beginning(tmp_path: Path) -> None:
    with pytest.raises(NotSeenError, match="`coterie init` of Anna ending with 0"):
        asyncio.run(Actor("Anna", tmp_path, tmp_path / "passphrase").init())


def test_before_it_is_started_there_is_nothing(tmp_path: Path) -> None:
    actor = Actor("Anna", tmp_path, tmp_path / "passphrase")
    assert actor.pid == 0
    assert actor.last_words() == []
    assert asyncio.run(actor.stop()) == (0, 0.0)
    with pytest.raises(NotSeenError, match="a running node of Anna"):
        _ = actor.node
