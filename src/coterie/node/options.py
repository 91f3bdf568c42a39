"""What one start of a node is asked for, and what putting it together gives."""

from dataclasses import dataclass
from typing import Protocol

from coterie.adapters.peerlink.listen import Listen
from coterie.api.paths import Home
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
