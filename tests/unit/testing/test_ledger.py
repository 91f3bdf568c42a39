"""A ledger must be able to find fault: with what is lost, with what is there twice, and with a wrong order."""

import pytest

from coterie.core.engine.ports.commands import CreateGroup, SendMessage
from coterie.core.kernel.ids import from_base32
from coterie.testing import scenario
from coterie.testing.ledger import Ledger
from coterie.testing.world import World

PAIR = {"a": "b", "b": "a"}


def told() -> Ledger:
    world = World(1)
    a, b = scenario.circle(world, "ab")
    ledger = Ledger(world)
    ledger.send(a, "b", "one", PAIR)
    ledger.send(b, "a", "two", PAIR)
    world.run(20_000)
    return ledger


def test_all_is_well() -> None:
    ledger = told()
    assert len(ledger.accepted) == 2
    assert ledger.faults() == []
    assert ledger.texts_at("b") == {"one", "two"}


def test_what_is_not_there_is_lost() -> None:
    ledger = told()
    ledger.accepted["another"] = ("three", PAIR)
    assert ledger.faults() == ["a/b: lost three", "b/a: lost three"]


def test_what_nobody_accepted_is_unexpected() -> None:
    ledger = told()
    ledger.world.do(ledger.world.nodes["a"], SendMessage("b", "by the way"))
    ledger.world.run(20_000)
    found = ledger.faults()
    assert len(found) == 2
    assert all("unexpected" in fault for fault in found)


def test_another_text_is_a_fault() -> None:
    ledger = told()
    [first, *_] = ledger.accepted
    ledger.accepted[first] = ("not one", PAIR)
    assert {fault.split()[-1] for fault in ledger.faults()} == {"text"}


def test_what_did_not_arrive_is_seen_at_its_sender() -> None:
    ledger = told()
    world = ledger.world
    world.kill(world.nodes["b"])
    ledger.send(world.nodes["a"], "b", "into the dark", PAIR)
    world.run(20_000)
    assert any(fault.startswith("a/b: into the dark is still") for fault in ledger.faults())
    assert "b/a: lost into the dark" in ledger.faults()


def test_histories_that_differ_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = told()
    turned = ledger.world.do
    monkeypatch.setattr(
        ledger.world,
        "do",
        lambda node, command: _turned(turned(node, command)) if node.name == "b" else turned(node, command),
    )
    assert ledger.faults() == ["('a', 'b'): history differs"]


def _turned(log: object) -> object:
    from dataclasses import replace

    return replace(log, entries=tuple(reversed(log.entries)))  # type: ignore[attr-defined,type-var]


def test_an_answer_that_is_no_message_is_a_type_error(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(1)
    node = world.node("a")
    monkeypatch.setattr(world, "do", lambda *_: None)
    with pytest.raises(TypeError):
        Ledger(world).send(node, "b", "x", PAIR)


def test_ids_of_accepted_messages_are_those_of_the_log() -> None:
    ledger = told()
    world = ledger.world
    world.do(world.nodes["a"], CreateGroup("Other", ("b",)))
    for id_ in ledger.accepted:
        assert world.nodes["b"].vault.store.messages.find(from_base32(id_)) is not None
