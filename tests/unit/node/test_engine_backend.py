"""Methods that are more than one command: invitations, words, lists of one circle, status."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from coterie.api import schema
from coterie.core.engine.ports import commands, views
from coterie.core.engine.ports import events as rows
from coterie.core.engine.ports.commands import Command
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.world import Instant
from coterie.node import engine_backend
from coterie.node.engine_backend import EVENTS_SIZE, EngineBackend
from coterie.node.event_signal import EventSignal
from coterie.node.shell import Shell

AT = Instant(1)
PERSON = views.PersonView("p", "Ben", "garden", "member", "active", False, False, (), "Anna")
INVITATION = views.InvitationView("i", "garden", "open", False, AT, 0, AT)
CIRCLE = views.CircleView("c", "garden", "Anna", "p", "d", "owner", "active", "TBD2", 2, AT)


class Engine:
    """Answers commands from a list, one after the other, and notes them. After each comes an event, or with it: then
    both are of one batch, and what the event tells came after the answer.
    """

    def __init__(self, *answers: object, one_batch: bool = False) -> None:
        self.answers = list(answers)
        self.one_batch = one_batch
        self.asked: list[Command] = []
        self.read: list[tuple[int, int, int]] = []
        self.signal = EventSignal()
        store = SimpleNamespace(events=SimpleNamespace(since=self._since))
        driver = SimpleNamespace(submit=self._submit, read=lambda work: self._read(work, store))
        endpoints = SimpleNamespace(relay="https://ours.example/")
        self.backend = EngineBackend(
            cast(Shell, SimpleNamespace(driver=driver, endpoints=endpoints)), self.signal, "then"
        )

    async def _submit(self, command: Command) -> object:
        self.asked.append(command)
        answer = self.answers.pop(0)
        if self.answers and self.one_batch:
            self.signal.announce(self.signal.last + 1)
        elif self.answers:
            asyncio.get_running_loop().call_soon(self.signal.announce, self.signal.last + 1)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _read(self, work: Callable[[Any], object], store: object) -> object:
        return work(store)

    def _since(self, event_id: int, limit: int, size: int) -> list[rows.Event]:
        self.read.append((event_id, limit, size))
        return [rows.Event(event_id + 1, AT, "circle-left", {"circle": "c"})][:limit]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_a_method_that_is_one_command() -> None:
    engine = Engine((CIRCLE,))
    found = run(engine.backend.call("circle.list", schema.NoParams()))
    assert [circle.name for circle in found.circles] == ["garden"]
    assert engine.asked == [commands.ListCircles()]


@pytest.mark.parametrize(
    ("named", "unused"),
    [("", ""), ("https://ours.example/", ""), ("https://theirs.example/", "https://theirs.example/")],
)
def test_a_join_tells_of_a_relay_only_if_it_is_not_ours(named: str, unused: str) -> None:
    engine = Engine(views.JoinView("i", "Ben", "dialling", "", "c", relay=named))
    joining = run(engine.backend.call("join", schema.Join(link="coterie:join/x", pseudonym="Ben")))
    assert (joining.state, joining.relay) == ("joining", unused)


@pytest.mark.parametrize("one_batch", [False, True])
def test_an_invitation_is_shown_once_its_door_is_bound(one_batch: bool) -> None:
    engine = Engine(INVITATION, INVITATION, replace(INVITATION, link="coterie:join/x"), one_batch=one_batch)
    params = schema.InvitationCreate(circle="garden", expires_ms=60_000, approve=True)
    found = run(engine.backend.call("invitation.create", params))
    assert found.link == "coterie:join/x"
    assert engine.asked[0] == commands.CreateInvitation("garden", 60, True)
    assert engine.asked[1:] == [commands.ShowInvitation("i")] * 2


def test_an_invitation_without_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_backend, "DOOR_SECONDS", 0.01)
    with pytest.raises(UserError) as raised:
        engine = Engine(INVITATION, INVITATION, one_batch=True)
        run(engine.backend.call("invitation.create", schema.InvitationCreate(circle="garden")))
    assert raised.value.code == "no-address"


@pytest.mark.parametrize("one_batch", [False, True])
def test_words_that_are_being_made_are_waited_for(one_batch: bool) -> None:
    engine = Engine(PERSON, PERSON, replace(PERSON, words="a b c"), one_batch=one_batch)
    found = run(engine.backend.call("person.verify", schema.PersonVerify(person="Ben")))
    assert (found.words, found.verified) == (["a", "b", "c"], False)
    assert engine.asked == [commands.VerifyPerson("Ben")] * 3


def test_words_that_do_not_come_are_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_backend, "WORDS_SECONDS", 0.01)
    with pytest.raises(UserError) as raised:
        run(Engine(PERSON).backend.call("person.verify", schema.PersonVerify(person="Ben")))
    assert raised.value.code == "timeout"


def test_T003_only_the_words_that_are_shown_mark_a_person_as_verified() -> None:
    known = replace(PERSON, words="a b c")
    engine = Engine(known)
    with pytest.raises(UserError) as raised:
        run(engine.backend.call("person.verify", schema.PersonVerify(person="Ben", words=["a", "b", "d"])))
    assert raised.value.code == "words-differ"
    assert engine.asked == [commands.VerifyPerson("Ben")]
    engine = Engine(known, replace(known, verified=True))
    found = run(engine.backend.call("person.verify", schema.PersonVerify(person="Ben", words=["A", "b", "c"])))
    assert found.verified
    assert engine.asked[-1] == commands.VerifyPerson("Ben", compared=True)


def test_a_list_of_one_circle_names_it_as_everywhere() -> None:
    groups = tuple(views.GroupView(name, name, name, False, (), "active", AT) for name in ("garden", "office"))
    engine = Engine(views.CircleDetails(CIRCLE, ()), groups)
    found = run(engine.backend.call("group.list", schema.CircleFilter(circle="c")))
    assert [group.title for group in found.groups] == ["garden"]
    with pytest.raises(UserError):
        run(Engine(UserError("unknown-circle")).backend.call("group.list", schema.CircleFilter(circle="nope")))


def test_an_entry_is_marked_as_read() -> None:
    engine = Engine(None)
    assert run(engine.backend.call("conversation.read", schema.EntryNamed(id="m"))) == schema.MarkedRead(id="m")
    assert engine.asked == [commands.MarkRead("m")]


def test_events_are_read_from_the_rows() -> None:
    engine = Engine()
    [event] = run(engine.backend.events(4, 10))
    assert engine.read == [(4, 10, EVENTS_SIZE)]
    assert (event.id, event.kind, event.circle) == (5, "circle-left", "c")
    engine.signal.announce(9)
    assert engine.backend.last_event() == 9
    run(engine.backend.wait_for_event(8))
