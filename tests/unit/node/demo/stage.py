"""Actors without processes: what their nodes say is a script that a test can spoil."""

import io
from collections.abc import AsyncIterator
from typing import Any, cast

from coterie.api import schema, status_schema
from coterie.api.errors import ApiError
from coterie.node.demo.actor import Actor
from coterie.node.demo.transcript import Transcript

WORDS = ["one", "two", "three", "four", "five", "six"]


def silent() -> tuple[Transcript, io.StringIO]:
    """A transcript and what it has printed."""
    stream = io.StringIO()
    return Transcript(stream), stream


def link_to(person: str, presence: str = "linked", sent: int = 10) -> status_schema.LinkStatus:
    return status_schema.LinkStatus(
        person=person,
        device_id="d",
        presence=presence,
        queued=0,
        linked_age_ms=0,
        heard_age_ms=0,
        attempts=0,
        attempt_age_ms=None,
        next_attempt_ms=None,
        sent_bytes=sent,
        received_bytes=5,
    )


def person(name: str, role: str = "member") -> schema.Person:
    return schema.Person(
        name=name,
        circle="harbour",
        role=role,
        verified=False,
        person_id=name,
        you=False,
        admitted_by="",
        devices=[],
    )


class World:
    """What has been said, and who is in the circle; the same for all scripted nodes."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.logs: dict[str, dict[str, list[schema.LogEntry]]] = {}
        self.away: set[str] = set()
        self.words = WORDS
        self.ids = 0

    def say(self, holder: str, conversation: str, sender: str, text: str, id: str = "") -> None:
        entry = schema.LogEntry(
            id=id or text,
            kind="message",
            conversation=conversation,
            sender=sender,
            text=text,
            state="received",
            sent_at="",
            received_at=None,
        )
        self.logs.setdefault(holder, {}).setdefault(conversation, []).append(entry)


class ScriptedNode:
    """Answers as a node would in a world where everything is delivered at once."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name

    async def status(self) -> status_schema.Status:
        others = [name for name, role in self.world.people.items() if name != self.name and role != "removed"]
        circle = status_schema.CircleStatus(
            id="c",
            name="harbour",
            endpoint_id="e",
            addresses=[f"127.0.0.1:{len(self.name)}"],
            door=[],
            queued=0,
            links=[link_to(name) for name in others],
        )
        return status_schema.Status(
            node="ready", pid=7, ready=True, started_at="", last_event=0, queued=0, circles=[circle]
        )

    async def circle_create(self, name: str, pseudonym: str) -> schema.Circle:
        self.world.people[pseudonym] = "owner"
        return (await self.circles())[0]

    async def circles(self) -> list[schema.Circle]:
        state = "removed" if self.world.people.get(self.name) == "removed" else "active"
        return [
            schema.Circle(
                id="c",
                name="harbour",
                pseudonym=self.name,
                role="owner",
                suite="TBD2",
                people=1,
                created_at="",
                state=state,
            )
        ]

    async def invite(self, circle: str) -> schema.Invite:
        return schema.Invite(id="i", link=f"coterie:join/{self.name}", expires_at="")

    async def join(self, link: str, pseudonym: str) -> schema.Joined:
        self.world.people[pseudonym] = "member"
        return schema.Joined(
            id="i",
            circle="harbour",
            circle_id="c",
            pseudonym=pseudonym,
            inviter=link.removeprefix("coterie:join/"),
            words=WORDS,
            state="joined",
        )

    async def people(self, circle: str) -> list[schema.Person]:
        return [person(name, role) for name, role in self.world.people.items()]

    async def person_verify(self, named: str, words: list[str] | None = None) -> schema.Words:
        shown = self.world.words if self.name == "Anna" else WORDS
        return schema.Words(person=named, circle="harbour", person_id="p", words=shown, verified=words is not None)

    async def group_create(self, title: str, people: list[str]) -> schema.Group:
        return schema.Group(
            id="g", title=title, circle="harbour", admin=True, people=[self.name, *people], created_at=""
        )

    async def groups(self) -> list[schema.Group]:
        return [schema.Group(id="g", title="crew", circle="harbour", admin=False, people=[], created_at="")]

    async def call(self, method: object, params: schema.PersonNamed) -> None:
        self.world.people[params.person] = "removed"

    async def send(self, to: str, text: str, **more: Any) -> schema.Sent:
        if self.world.people.get(self.name) == "removed":
            raise ApiError("not-a-member")
        there = [name for name, role in self.world.people.items() if role != "removed"]
        for holder in there if to == "crew" else [self.name, to]:
            log = "crew" if to == "crew" else self.name if holder == to else to
            if text not in [entry.text for entry in self.world.logs.get(holder, {}).get(log, [])]:
                self.world.say(holder, log, self.name, text)
        if to in self.world.away or (to == "crew" and self.world.away):
            raise ApiError("timeout", state="queued")
        return schema.Sent(id=text, state=more.get("wait") or "queued")

    async def log(self, conversation: str) -> AsyncIterator[schema.LogEntry]:
        for entry in self.world.logs.get(self.name, {}).get(conversation, []):
            yield entry


class Played:
    """Stands for an `Actor`; `take` gives it as one."""

    pid = 7

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.node = ScriptedNode(world, name)
        self.world = world
        self.exit_status = 0

    async def stop(self) -> tuple[int, float]:
        self.world.away.add(self.name)
        return self.exit_status, 0.1

    async def up(self) -> float:
        self.world.away.discard(self.name)
        return 0.2

    async def init(self) -> float:
        return 0.3

    @property
    def home(self) -> Any:
        return type("Place", (), {"root": f"/nodes/{self.name}"})


def take(world: World, name: str) -> Actor:
    """An actor of this world."""
    return cast(Actor, Played(world, name))
