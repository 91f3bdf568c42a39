"""What the local API server needs of the node behind it."""

from collections.abc import Sequence
from typing import Protocol

from coterie.api.schema import Event, Params, Record


class Backend(Protocol):
    """The engine and its driver, as the API server sees them."""

    async def call(self, method: str, params: Params) -> Record:
        """Performs one method of `coterie.api.methods` with its typed parameters and gives its typed result
        once it is durable. Raises UserError or PeerError when it is refused; anything else is our bug.

        `join` returns at once, with state `joining`, `joined` or `waiting-for-approval`; a refusal that is
        known already is raised. `message.send` returns when the message is queued. The server itself waits
        for what comes later, by events. `events.subscribe` and `stop` never come here.
        """

    async def events(self, since: int, limit: int) -> Sequence[Event]:
        """At most `limit` events with an id above `since`, in rising order."""

    async def wait_for_event(self, since: int) -> None:
        """Returns when there is an event with an id above `since`; it may also return for no reason."""

    def last_event(self) -> int:
        """The highest id of an event that is committed, 0 before the first."""
