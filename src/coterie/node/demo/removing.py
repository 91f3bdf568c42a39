"""Somebody is removed from the circle, and cannot read what follows."""

import asyncio

from coterie.api import methods
from coterie.api.errors import ApiError
from coterie.api.schema import PersonNamed
from coterie.node.demo.actor import Actor
from coterie.node.demo.links import no_link
from coterie.node.demo.meeting import CIRCLE
from coterie.node.demo.seeing import check, until
from coterie.node.demo.talking import GROUP, has, messages, to_group
from coterie.node.demo.transcript import Transcript

SETTLING_SECONDS = 1.0
"""After the others have the message, so long a removed node is watched for it."""
SECRET = "From now on it is the two of us."  # noqa: S105 - a line of the story


async def removed(out: Transcript, founder: Actor, friend: Actor, gone: Actor) -> None:
    """The removed node keeps running: it learns that it is out, and gets nothing more."""
    out.chapter(f"{founder.name} removes {gone.name} from the circle")
    before = [entry.text for entry in await messages(gone, GROUP)]
    await founder.node.call(methods.CIRCLE_REMOVE, PersonNamed(person=gone.name))
    out.say(f"{founder.name} has decided it")
    for actor in (founder, friend):
        await _without(actor, gone)
    out.say(f"{founder.name} and {friend.name} have no link to {gone.name} any more")
    await until(f"{gone.name} learning that it is out", lambda: _told(gone))
    out.say(f"{gone.name}'s node still runs, as process {gone.pid}, and says of the circle: removed")
    await to_group(out, founder, SECRET, [friend])
    await to_group(out, friend, "Agreed.", [founder])
    await has(friend, GROUP, SECRET)
    await has(founder, GROUP, "Agreed.")
    await asyncio.sleep(SETTLING_SECONDS)
    after = [entry.text for entry in await messages(gone, GROUP)]
    check(after == before, f"{gone.name}'s log of the group staying as it was")
    status = await gone.node.status()
    check(status.ready and status.pid == gone.pid, f"{gone.name}'s node still taking commands")
    out.say(f'{gone.name}\'s log still ends with "{after[-1]}": {len(after)} messages, as before the removal')
    await _refused(out, gone)


async def _without(actor: Actor, gone: Actor) -> None:
    await until(f"{actor.name} knowing that {gone.name} is out", lambda: _is_out(actor, gone))
    await until(f"{actor.name} having no link to {gone.name}", lambda: no_link(actor, gone))


async def _is_out(actor: Actor, gone: Actor) -> bool | None:
    people = await actor.node.people(CIRCLE)
    return True if any(person.name == gone.name and person.role == "removed" for person in people) else None


async def _told(gone: Actor) -> bool | None:
    circles = await gone.node.circles()
    return True if any(circle.name == CIRCLE and circle.state == "removed" for circle in circles) else None


async def _refused(out: Transcript, gone: Actor) -> None:
    """What is removed cannot write either."""
    try:
        await gone.node.send(GROUP, "Hello?")
    except ApiError as error:
        out.say(f"{gone.name} cannot write to {GROUP} either: {error.code}")
    else:
        check(False, f"{gone.name}'s message to the group being refused")
