"""Where the vault, the engine, the links and the driver of one node meet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from coterie.adapters.peerlink.listen import Listen
from coterie.api.paths import Home
from coterie.core.kernel.errors import UserError
from coterie.core.kernel.secret import Secret
from coterie.node.backend import Backend


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """What one start of a node was asked for. Without a passphrase the vault answers `locked`."""

    home: Home
    passphrase: Secret | None
    listen: Listen


class Assembled(Protocol):
    """One node, put together and working."""

    @property
    def backend(self) -> Backend:
        """What the API server talks to."""

    async def close(self) -> None:
        """Ends links and timers, then closes the vault. Whatever was accepted is durable already."""


async def build(options: NodeOptions, fail: Callable[[Exception], None]) -> Assembled:  # noqa: ARG001
    """Opens the vault, starts the endpoints and the driver; returns when the node takes commands.

    `fail` is called, at most once, when the node cannot go on (the vault or the disk is gone): it then stops.
    Raises UserError; nothing runs then.
    """
    raise UserError("not-assembled", "this build has no engine")
