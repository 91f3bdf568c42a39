"""Stories that a seed tells: people who talk, and people who come and go, in any weather."""

import random
from collections.abc import Sequence

from coterie.core.engine.ports.commands import (
    AddToGroup,
    Command,
    CreateCircle,
    CreateGroup,
    CreateInvitation,
    ListGroups,
    RemoveFromGroup,
    RemovePerson,
    ShowInvitation,
    StartJoin,
)
from coterie.core.engine.ports.views import InvitationView
from coterie.core.kernel.errors import UserError
from coterie.testing.ledger import Ledger
from coterie.testing.world import Weather, World, WorldNode

SUITE_FOR_WORLDS = 0x0001
"""The one suite whose every byte follows from the seed."""

SETTLED = 400_000
"""Milliseconds of fine weather after which nothing is left to do."""


def circle(world: World, names: Sequence[str], suite_id: int = SUITE_FOR_WORLDS) -> list[WorldNode]:
    """Everybody in one circle, joined by the first; in whatever weather there is."""
    nodes = [world.node(name) for name in names]
    first = nodes[0]
    world.do(first, CreateCircle("Friends", names[0], suite_id))
    world.run(100)
    for node in nodes[1:]:
        made = world.do(first, CreateInvitation("Friends"))
        world.run(100)
        shown = world.do(first, ShowInvitation(made.id if isinstance(made, InvitationView) else ""))
        world.do(node, StartJoin(shown.link if isinstance(shown, InvitationView) else "", node.name))
        world.run(3_000)
    world.run(5_000)
    return nodes


def some_weather(dice: random.Random) -> Weather:
    """Fine to terrible."""
    return Weather(
        delay=(1, dice.choice([10, 200])),
        drop=dice.choice([0, 0.02, 0.1]),
        duplicate=dice.choice([0, 0.1]),
        reorder=dice.choice([0, 0.2]),
        kill=dice.choice([0, 0.005, 0.02]),
    )


def interfere(world: World, dice: random.Random) -> None:
    """Now and then somebody's machine dies for a while, or two cannot reach each other."""
    node = dice.choice(list(world.nodes.values()))
    if dice.random() < 0.05 and node.up:
        world.kill(node)
        world.later(dice.randint(10, 30_000), lambda: None if node.up else world.start(node))
    if dice.random() < 0.05:
        pair = frozenset(dice.sample(sorted(world.nodes), 2))
        world.apart.add(pair)
        world.later(dice.randint(1_000, 40_000), lambda: world.apart.discard(pair))


def in_group(world: World, node: WorldNode, title: str) -> bool:
    """Whether this node knows the group and is in it."""
    groups = world.do(node, ListGroups())
    return isinstance(groups, tuple) and any(group.title == title and group.state == "active" for group in groups)


def try_to(world: World, node: WorldNode, command: Command) -> None:
    """Does something that may be pointless by now: adding who is in, removing who is out."""
    try:
        world.do(node, command)
    except UserError as refusal:
        if refusal.code not in ("already-in-group", "unknown-person", "unknown-contact"):
            raise


def talk(seed: int, turns: int = 30, names: str = "") -> Ledger:
    """People (two to four, unless named) talk in pairs and together. Afterwards nothing may be missing or twice."""
    dice = random.Random(seed)
    few = "abcd"[: dice.choice([2, 3, 3, 4])]
    names = names or few
    world = World(seed)
    nodes = circle(world, names)
    world.weather = some_weather(dice)
    ledger = Ledger(world)
    world.do(nodes[0], CreateGroup("Group", tuple(names[1:])))
    world.run(dice.choice([0, 3_000, 20_000]))
    for turn in range(turns):
        interfere(world, dice)
        node = dice.choice(nodes)
        if node.up and dice.random() < 0.5 and in_group(world, node, "Group"):
            ledger.send(node, "Group", f"to all {turn}", dict.fromkeys(names, "Group"))
        elif node.up:
            other = dice.choice([each for each in nodes if each is not node])
            ledger.send(node, other.name, f"to one {turn}", {node.name: other.name, other.name: node.name})
        world.run(dice.choice([0, 5, 100, 2_000]))
    world.calm()
    world.run(SETTLED)
    return ledger


def come_and_go(seed: int, turns: int = 25) -> Ledger:
    """a, b and c stay and talk; d and e are put into the group and out of it, and e at last out of the circle."""
    dice = random.Random(seed)
    world = World(seed)
    stay, guests = "abc", "de"
    nodes = circle(world, stay + guests)
    first = nodes[0]
    world.weather = some_weather(dice)
    ledger = Ledger(world)
    world.do(first, CreateGroup("Group", tuple(stay[1:])))
    for turn in range(turns):
        interfere(world, dice)
        node = dice.choice(nodes[: len(stay)])
        if first.up and dice.random() < 0.3:
            change = AddToGroup if dice.random() < 0.5 else RemoveFromGroup
            try_to(world, first, change("Group", (dice.choice(guests),)))
        if node.up and in_group(world, node, "Group"):
            ledger.send(node, "Group", f"to all {turn}", dict.fromkeys(stay, "Group"))
        world.run(dice.choice([0, 5, 100, 2_000]))
    if not first.up:
        world.start(first)
    world.do(first, RemovePerson("e"))
    world.run(dice.choice([0, 100]))
    for guest in guests:
        try_to(world, first, RemoveFromGroup("Group", (guest,)))
    ledger.send(first, "Group", "behind closed doors", dict.fromkeys(stay, "Group"))
    world.calm()
    world.run(SETTLED)
    return ledger
