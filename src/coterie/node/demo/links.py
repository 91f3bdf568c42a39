"""What went over which link, as the nodes themselves tell it in `status`."""

from dataclasses import dataclass

from coterie.api.status_schema import LinkStatus
from coterie.node.demo.actor import Actor
from coterie.node.demo.seeing import until


@dataclass(frozen=True, slots=True)
class Seen:
    """One direct link at one moment: where its two ends listen, and the bytes that its first end has moved."""

    ends: tuple[str, str]
    sent: int
    received: int

    @property
    def path(self) -> str:
        return f"{self.ends[0]} - {self.ends[1]}"

    def since(self, before: "Seen") -> str:
        """What went over it meanwhile: the message, its acknowledgement, and whatever else the two had to say."""
        there, back = self.sent - before.sent, self.received - before.received
        return f"over {self.path} went {there:,} bytes there, {back:,} back"


async def link(one: Actor, other: Actor) -> Seen:
    """The link between two nodes; waits until both say that it stands."""
    mine = await until(f"{one.name} being linked to {other.name}", lambda: _standing(one, other))
    await until(f"{other.name} being linked to {one.name}", lambda: _standing(other, one))
    ends = await _address(one), await _address(other)
    return Seen(ends, mine.sent_bytes, mine.received_bytes)


async def no_link(one: Actor, other: Actor) -> bool | None:
    """True once `one` neither has nor looks for a link to `other`."""
    status = await one.node.status()
    names = {found.person for circle in status.circles for found in circle.links}
    return None if other.name in names else True


async def _standing(one: Actor, other: Actor) -> LinkStatus | None:
    status = await one.node.status()
    for circle in status.circles:
        for found in circle.links:
            if found.person == other.name and found.presence == "linked":
                return found
    return None


async def _address(actor: Actor) -> str:
    status = await actor.node.status()
    return " ".join(address for circle in status.circles for address in circle.addresses)
