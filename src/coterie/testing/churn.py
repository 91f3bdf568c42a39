"""People who are put out of a group and into it again within moments, leave, and talk all the while, in any weather.

Unlike in a `Ledger`, who is to hold a message is what its author was told: the receipts.
"""

import random
from dataclasses import dataclass, field

from coterie.core.engine.ports.commands import (
    AddToGroup,
    Command,
    CreateGroup,
    GetMessage,
    LeaveGroup,
    ListGroups,
    ReadLog,
    RemoveFromGroup,
    SendMessage,
)
from coterie.core.engine.ports.views import LogView, MessageView
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.ids import from_base32
from coterie.testing.scenario import SETTLED, circle, in_group, interfere, some_weather
from coterie.testing.world import World, WorldNode

GROUP = "Group"
POINTLESS = frozenset(
    {
        "already-in-group",
        "empty-group",
        "not-a-member",
        "not-permitted",
        "unknown-contact",
        "unknown-group",
        "unknown-person",
    }
)
"""Refusals of what somebody does who does not know everything."""


@dataclass(slots=True)
class Churn:
    """The world, who said what (id → text and author), and what is not as it should be."""

    world: World
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def do(self, node: WorldNode, command: Command) -> object:
        """Does something, unless the machine is off; None when it was pointless."""
        try:
            return self.world.do(node, command) if node.up else None
        except UserError as refusal:
            if refusal.code not in POINTLESS:
                raise
            return None

    def send(self, node: WorldNode, text: str) -> str:
        """Says something, if the node is in the group; the message's id."""
        sent = self.do(node, SendMessage(GROUP, text)) if node.up and in_group(self.world, node, GROUP) else None
        if not isinstance(sent, MessageView):
            return ""
        self.said[sent.id] = (text, node.name)
        return sent.id

    def inside(self) -> set[str]:
        """Who is in the group, as everybody in it says."""
        views = {
            name: frozenset(group.people)
            for name, node in self.world.nodes.items()
            for group in self.world.do(node, ListGroups())  # type: ignore[attr-defined]
        }
        agreed = {people for name, people in views.items() if name in people}
        if len(agreed) > 1:
            self.faults.append(f"views of who is in differ: {views}")
        return set(next(iter(agreed), ()))

    def everybody_hears_everybody(self) -> None:
        """One more message of each who is in: it reaches all others."""
        inside = self.inside()
        for name in sorted(inside) if len(inside) > 1 else ():
            sent = self.send(self.world.nodes[name], f"last of {name}")
            self.world.run(100_000)
            came = {person for person, state in self._receipts(sent, name).items() if state in ("delivered", "read")}
            if came != inside - {name}:
                self.faults.append(f"of {name} hears only {came} of {inside}")

    def compare(self) -> None:
        """What is delivered is there, once and in one order; what is there was for this person; nothing waits."""
        held = {name: self.log(node) for name, node in self.world.nodes.items()}
        for name, ids in held.items():
            self.faults += [f"{name} has {self.said[each]} twice" for each in set(ids) if ids.count(each) > 1]
            for other, others in held.items():
                common = set(ids) & set(others)
                if [each for each in ids if each in common] != [each for each in others if each in common]:
                    self.faults.append(f"{name} and {other}: history differs")
        for id_, (text, author) in self.said.items():
            receipts = self._receipts(id_, author)
            came = {person for person, state in receipts.items() if state in ("delivered", "read")}
            self.faults += [f"{name} lacks {text}" for name in came if id_ not in held[name]]
            has = {name for name, ids in held.items() if id_ in ids}
            self.faults += [f"{name} reads {text}" for name in has - {author, *receipts}]
            self._look_for_waiting(id_, text, author)

    def _look_for_waiting(self, id_: str, text: str, author: str) -> None:
        node = self.world.nodes[author]
        view, row = self.world.do(node, GetMessage(id_)), node.vault.store.messages.find(from_base32(id_))
        on_its_way = row is not None and row.number > 0 and not in_group(self.world, node, GROUP)  # until it expires
        if isinstance(view, MessageView) and view.state in ("queued", "dispatched") and not on_its_way:
            self.faults.append(f"{text} of {author} is still {view.state} {view.reason} {view.receipts}")

    def _receipts(self, id_: str, author: str) -> dict[str, str]:
        view = self.do(self.world.nodes[author], GetMessage(id_)) if id_ else None
        return {each.person: each.state for each in view.receipts} if isinstance(view, MessageView) else {}

    def log(self, node: WorldNode) -> list[str]:
        """Ids of what this node holds, in history order."""
        log = self.do(node, ReadLog(GROUP, limit=100_000))
        return [entry.id for entry in log.entries] if isinstance(log, LogView) else []


def churn(seed: int, turns: int = 25) -> list[str]:
    """Tells the story; what is not as it should be when all have been linked for a while."""
    dice = random.Random(seed)
    world = World(seed)
    nodes = circle(world, "abcde"[: dice.choice([3, 3, 4, 5])])
    first, others = nodes[0], nodes[1:]
    story = Churn(world)
    world.weather = some_weather(dice)
    story.do(first, CreateGroup(GROUP, tuple(node.name for node in others if dice.random() < 0.8) or ("b",)))
    world.run(dice.choice([0, 3_000, 20_000]))
    for turn in range(turns):
        interfere(world, dice)
        who = dice.choice(others)
        for _ in range(dice.choice([0, 1, 2])):
            comes = dice.random() < 2 / 3
            story.do(first, AddToGroup(GROUP, (who.name,)) if comes else RemoveFromGroup(GROUP, (who.name,)))
            world.run(dice.choice([0, 5, 300, 1_000]))
        if dice.random() < 0.1:
            story.do(dice.choice(nodes), LeaveGroup(GROUP))
        for _ in range(dice.choice([0, 1, 1, 3])):
            story.send(dice.choice(nodes), f"{turn}")
        world.run(dice.choice([0, 5, 300, 2_000]))
    world.calm()
    world.run(SETTLED)
    story.compare()
    story.everybody_hears_everybody()
    return story.faults
