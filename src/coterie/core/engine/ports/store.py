"""Everything that a step reads and writes, inside the driver's transaction."""

from typing import Protocol

from coterie.core.engine.ports.circles import Circles
from coterie.core.engine.ports.conversations import Conversations
from coterie.core.engine.ports.envelopes import Envelopes
from coterie.core.engine.ports.events import Events
from coterie.core.engine.ports.invitations import Invitations
from coterie.core.engine.ports.messages import Messages
from coterie.core.engine.ports.objects import Objects
from coterie.core.engine.ports.peers import Peers


class Store(Protocol):
    @property
    def circles(self) -> Circles: ...

    @property
    def objects(self) -> Objects: ...

    @property
    def invitations(self) -> Invitations: ...

    @property
    def peers(self) -> Peers: ...

    @property
    def conversations(self) -> Conversations: ...

    @property
    def envelopes(self) -> Envelopes: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def events(self) -> Events: ...

    @property
    def changes(self) -> int:
        """How many rows were written so far. It only rises: what was undone since counts as well."""
