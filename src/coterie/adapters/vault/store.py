"""The Store of the engine over one database connection."""

from coterie.adapters.vault.circles import CirclesTable
from coterie.adapters.vault.conversations import ConversationsTable
from coterie.adapters.vault.database import Database
from coterie.adapters.vault.envelopes import EnvelopesTable
from coterie.adapters.vault.events import EventsTable
from coterie.adapters.vault.invitations import InvitationsTable
from coterie.adapters.vault.messages import MessagesTable
from coterie.adapters.vault.objects import ObjectsTable
from coterie.adapters.vault.peers import PeersTable


class VaultStore:
    """All tables; mirrors `engine/ports/store.py`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.circles = CirclesTable(db)
        self.objects = ObjectsTable(db)
        self.invitations = InvitationsTable(db)
        self.peers = PeersTable(db)
        self.conversations = ConversationsTable(db)
        self.envelopes = EnvelopesTable(db)
        self.messages = MessagesTable(db)
        self.events = EventsTable(db)

    @property
    def changes(self) -> int:
        """See the port."""
        return self._db.changes
