"""What every part of a step is handed: the store, the time, entropy, the links, and where effects are gathered."""

from dataclasses import dataclass, field

from coterie.core.crypto.signature import Signer
from coterie.core.engine.ports.effects import Effect
from coterie.core.engine.ports.store import Store
from coterie.core.engine.state.links import Link, Links
from coterie.core.kernel.ids import CircleId, ConversationId, DeviceId
from coterie.core.kernel.world import Entropy, Instant


@dataclass(slots=True)
class Memory:
    """What an engine keeps between steps. `caches` may be dropped at any time: they are read again from the store.

    `links` and `handshakes` (by connection) live and die with their connections. `boot_id` is this run's.
    """

    boot_id: bytes
    links: Links = field(default_factory=Links)
    handshakes: dict[int, object] = field(default_factory=dict)
    caches: dict[tuple[str, bytes], object] = field(default_factory=dict)
    signers: dict[CircleId, Signer] = field(default_factory=dict)
    rejoins: dict[ConversationId, list[Instant]] = field(default_factory=dict)
    """When we asked to be added anew, within the last hour."""
    bound: dict[tuple[CircleId, bool], tuple[int, tuple[bytes, ...]]] = field(default_factory=dict)
    """Endpoints that are bound: (circle, door) → (port, hints)."""


@dataclass(slots=True)
class Context:
    """One step. `changed`: scopes whose objects grew; `linked`: new links; both are looked after last."""

    store: Store
    now: Instant
    entropy: Entropy
    memory: Memory
    effects: list[Effect] = field(default_factory=list)
    changed: set[tuple[CircleId, bytes]] = field(default_factory=set)
    linked: list[Link] = field(default_factory=list)
    missed: set[tuple[CircleId, DeviceId]] = field(default_factory=set)
    """Devices without a link for which something was stored: they are dialled more often."""
    noted: bool = False

    @property
    def links(self) -> Links:
        return self.memory.links

    def emit(self, effect: Effect) -> None:
        """Asks the shell for something, after the commit."""
        self.effects.append(effect)

    def note(self, kind: str, **data: object) -> None:
        """Writes an event for programs, in this transaction. Ids in it are base32, times are Instants."""
        self.store.events.add(self.now, kind, data)
        self.noted = True
