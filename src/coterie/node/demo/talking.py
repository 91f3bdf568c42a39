"""Talking: one to one, in a group, and with somebody who is away for a while."""

import asyncio
import time
from collections.abc import Sequence

from coterie.api.errors import ApiError
from coterie.api.schema import LogEntry, Sent, WaitFor
from coterie.node.demo.actor import Actor
from coterie.node.demo.links import link
from coterie.node.demo.seeing import check, until
from coterie.node.demo.transcript import Transcript, milliseconds

GROUP = "crew"
SHORT_WAIT_MS = 500


async def one_to_one(out: Transcript, one: Actor, other: Actor) -> None:
    """A message with a receipt of its delivery, and an answer with a receipt that it was read."""
    out.chapter(f"{one.name} and {other.name} talk, one to one")
    await _say(out, one, other, "Is the boat ready?", "delivered")
    await has(other, one.name, "Is the boat ready?")
    answering = asyncio.create_task(_say(out, other, one, "Ready at six.", "read"))
    await has(one, other.name, "Ready at six.")
    out.say(f'{one.name} has "Ready at six." on the screen')
    await answering


async def _say(out: Transcript, sender: Actor, to: Actor, text: str, wait: WaitFor) -> Sent:
    before, began = await link(sender, to), time.monotonic()
    sent = await sender.node.send(to.name, text, wait=wait)
    took = time.monotonic() - began
    check(sent.state in (wait, "read"), f"{sender.name}'s message to {to.name} being {wait}")
    out.say(f'{sender.name} to {to.name}: "{text}" is {sent.state} after {milliseconds(took)}')
    out.more(f"{len(text)} characters; {(await link(sender, to)).since(before)}")
    return sent


async def in_a_group(out: Transcript, actors: tuple[Actor, ...]) -> None:
    """A conversation of three; each message is delivered to both others, and all see one history."""
    first, *others = actors
    out.chapter(f"{first.name} starts a group of three")
    group = await first.node.group_create(GROUP, [actor.name for actor in others])
    check(len(group.people) == len(actors), "the three of them in the group")
    out.say(f"group {group.title}: {', '.join(group.people)}; it needs nobody to be online")
    for actor, text in zip(actors, ("Who brings bread?", "I do.", "And I bring the rope."), strict=True):
        await to_group(out, actor, text, [other for other in actors if other is not actor])
    await _same_history(out, actors)


async def to_group(out: Transcript, sender: Actor, text: str, others: Sequence[Actor]) -> None:
    """One message to the group, delivered to all others."""

    async def known() -> bool | None:
        groups = (await sender.node.groups()) or []
        return True if any(group.title == GROUP for group in groups) else None

    await until(f"{sender.name} being in the group", known)
    before = [await link(sender, other) for other in others]
    began = time.monotonic()
    sent = await sender.node.send(GROUP, text, wait="delivered")
    took = milliseconds(time.monotonic() - began)
    check(sent.state in ("delivered", "read"), f"{sender.name}'s message to the group being delivered")
    names = " and ".join(other.name for other in others)
    out.say(f'{sender.name} to {GROUP}: "{text}" is delivered to {names} after {took}')
    for other, earlier in zip(others, before, strict=True):
        out.more(f"to {other.name} {(await link(sender, other)).since(earlier)}")


async def _same_history(out: Transcript, actors: tuple[Actor, ...]) -> None:
    histories = [[entry.id for entry in await messages(actor, GROUP)] for actor in actors]
    check(all(history == histories[0] for history in histories), "the same history of the group everywhere")
    out.say(f"the same {len(histories[0])} messages in the same order on {len(actors)} nodes")


async def away(out: Transcript, gone: Actor, friend: Actor, founder: Actor) -> None:
    """One node is stopped; what is said meanwhile waits, and comes when it is back, once and in order."""
    out.chapter(f"{gone.name} goes away, misses messages, and gets them")
    status, took = await gone.stop()
    check(status == 0, f"{gone.name}'s node ending with 0 after SIGTERM")
    out.say(f"SIGTERM: {gone.name}'s node has ended with {status} after {milliseconds(took)}")
    missed = (
        (friend, gone.name, "We leave at seven."),
        (founder, GROUP, f"{gone.name} is asleep."),
        (friend, GROUP, "Then we wait."),
    )
    for number, (sender, to, text) in enumerate(missed):
        state = await _queue(sender, to, text, f"missed-{number}")
        out.say(f'{sender.name} to {to}: "{text}" is {state}: {gone.name} is not there')
    took = await gone.up()
    out.say(f"{gone.name}'s node is up again after {took:.1f} s")
    began = time.monotonic()
    for number, (sender, to, text) in enumerate(missed):
        sent = await sender.node.send(to, text, client_id=f"missed-{number}", wait="delivered")
        check(sent.state in ("delivered", "read"), f'"{text}" being delivered to {gone.name} after all')
        await has(gone, sender.name if to == gone.name else to, text)
    out.say(f"{gone.name} has all {len(missed)}, each exactly once, {milliseconds(time.monotonic() - began)} later")
    await _same_history(out, (founder, friend, gone))


async def _queue(sender: Actor, to: str, text: str, client_id: str) -> str:
    """Sends to somebody who is away; a wait for the delivery ends with the message still queued."""
    try:
        sent = await sender.node.send(to, text, client_id=client_id, wait="delivered", timeout_ms=SHORT_WAIT_MS)
    except ApiError as error:
        check(error.code == "timeout", f"the wait for somebody who is away ending with `timeout`, not `{error.code}`")
        return error.state
    check(False, f"the message of {sender.name} waiting, instead of being {sent.state}")
    return sent.state


async def messages(actor: Actor, conversation: str) -> list[LogEntry]:
    """What people said there, as this node shows it."""
    return [entry async for entry in actor.node.log(conversation) if entry.kind == "message"]


async def has(actor: Actor, conversation: str, text: str) -> None:
    """The text is in the conversation, exactly once."""

    async def found() -> int | None:
        return [entry.text for entry in await messages(actor, conversation)].count(text) or None

    times = await until(f'{actor.name} having "{text}"', found)
    check(times == 1, f'{actor.name} having "{text}" once, not {times} times')
