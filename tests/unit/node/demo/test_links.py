"""What went over which link."""

import asyncio

from coterie.node.demo.links import Seen, link, no_link
from tests.unit.node.demo.stage import World, take


def test_both_ends_and_the_bytes_are_told() -> None:
    world = World()
    world.people = {"Anna": "owner", "Ben": "member"}
    seen = asyncio.run(link(take(world, "Anna"), take(world, "Ben")))
    assert seen == Seen(("127.0.0.1:4", "127.0.0.1:3"), 10, 5)
    assert seen.path == "127.0.0.1:4 - 127.0.0.1:3"
    later = Seen(seen.ends, 1_833, 59)
    assert later.since(seen) == "over 127.0.0.1:4 - 127.0.0.1:3 went 1,823 bytes there, 54 back"


def test_a_link_that_is_gone_is_gone() -> None:
    world = World()
    world.people = {"Anna": "owner", "Ben": "member"}
    anna, ben = take(world, "Anna"), take(world, "Ben")
    assert asyncio.run(no_link(anna, ben)) is None
    world.people["Ben"] = "removed"
    assert asyncio.run(no_link(anna, ben)) is True
