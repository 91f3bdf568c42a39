"""The first half of the story: three nodes, a circle, invitations, words."""

import asyncio
import time
from itertools import combinations

from coterie.node.demo.actor import Actor
from coterie.node.demo.links import link
from coterie.node.demo.seeing import check, until
from coterie.node.demo.transcript import Transcript, milliseconds

CIRCLE = "harbour"


async def three_nodes(out: Transcript, actors: tuple[Actor, ...]) -> None:
    """Fresh vaults, and `coterie up` three times."""
    out.chapter("Three nodes, each a process with a vault of its own")
    took = await asyncio.gather(*(actor.init() for actor in actors))
    for actor, seconds in zip(actors, took, strict=True):
        out.say(f"{actor.name} has made a vault in {seconds:.1f} s: {actor.home.root}")
    took = await asyncio.gather(*(actor.up() for actor in actors))
    for actor, seconds in zip(actors, took, strict=True):
        out.say(f"{actor.name}'s node takes commands after {seconds:.1f} s: process {actor.pid}")


async def a_circle(out: Transcript, founder: Actor) -> None:
    """One node founds a circle, alone."""
    out.chapter(f"{founder.name} founds a circle")
    circle = await founder.node.circle_create(CIRCLE, founder.name)
    check(circle.role == "owner" and circle.people == 1, "the founder alone in the new circle, as its owner")
    out.say(f"circle {circle.name}, suite {circle.suite}")
    out.more(f"id {circle.id}")


async def joins(out: Transcript, inviter: Actor, joiner: Actor) -> None:
    """An invitation, a join, and the same six words on both sides."""
    out.chapter(f"{inviter.name} invites {joiner.name}")
    invite = await inviter.node.invite(CIRCLE)
    out.say(f"{inviter.name} has an invitation for one person: {invite.link[:40]}… ({len(invite.link)} characters)")
    began = time.monotonic()
    joined = await joiner.node.join(invite.link, joiner.name)
    took = time.monotonic() - began
    check(joined.state == "joined" and joined.inviter == inviter.name, f"{joiner.name} joining by {inviter.name}")
    await _known(inviter, [inviter.name, joiner.name])
    out.say(f"{joiner.name} is in, {milliseconds(took)} after opening the link")
    await words(out, inviter, joiner)


async def words(out: Transcript, one: Actor, other: Actor) -> None:
    """Both see the same six words; both mark the other as verified."""
    mine = await one.node.person_verify(other.name)
    theirs = await other.node.person_verify(one.name)
    check(len(mine.words) == 6, f"six words for {one.name} and {other.name}")
    check(mine.words == theirs.words, f"the same six words at {one.name} and {other.name}")
    out.say(f"{one.name} and {other.name} compare: {' '.join(mine.words)}")
    marked = await one.node.person_verify(other.name, mine.words), await other.node.person_verify(one.name, mine.words)
    check(all(mark.verified for mark in marked), f"{one.name} and {other.name} verified on both sides")


async def everybody_is_linked(out: Transcript, actors: tuple[Actor, ...]) -> None:
    """Each node knows all three people and has a direct link to the two others."""
    out.chapter("Everybody knows everybody, and has a direct link")
    for actor in actors:
        await _known(actor, [other.name for other in actors])
    for one, other in combinations(actors, 2):
        seen = await link(one, other)
        out.say(f"{one.name} - {other.name}: {seen.path}, so far {seen.sent:,} bytes there, {seen.received:,} back")


async def _known(actor: Actor, names: list[str]) -> None:
    """These people are in the circle, as this node sees it."""

    async def known() -> bool | None:
        there = {person.name for person in await actor.node.people(CIRCLE) if person.role != "removed"}
        return True if there >= set(names) else None

    await until(f"{actor.name} knowing {', '.join(names)}", known)
