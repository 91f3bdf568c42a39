"""What people said, in history order, and how far each of our messages came."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.ids import ConversationId, DeviceId, PersonId
from coterie.core.kernel.world import Instant


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a conversation: content, or an event of its life.

    `kind`: message or the event's name. `content` is the MIMI content, empty for events. `number` is the number of the
    envelope that carries it now, 0 while it waits to be encrypted. `state` as in views. `client_id` may be empty.
    """

    message_id: bytes
    conversation_id: ConversationId
    person_id: PersonId
    device_id: DeviceId
    kind: str
    order: int
    content: bytes
    text: str
    state: str
    number: int
    client_id: str
    sent_at: Instant
    received_at: Instant
    reason: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far one of our messages came with one recipient."""

    message_id: bytes
    person_id: PersonId
    state: str
    at: Instant


class Messages(Protocol):
    def add(self, message: Message) -> bool:
        """Keeps a message; False when (person, message id) was here."""

    def update(self, message: Message) -> None:
        """Replaces state, reason, number and attempts of a kept one."""

    def move(self, message_id: bytes, person_id: PersonId, before: str, after: str) -> bool:
        """Changes the state from `before` to `after`; False when it was another."""

    def get(self, message_id: bytes, person_id: PersonId) -> Message | None: ...

    def find(self, message_id: bytes) -> Message | None:
        """By message id alone: ours first."""

    def by_client_id(self, client_id: str) -> Message | None: ...

    def by_number(self, conversation_id: ConversationId, device_id: DeviceId, number: int) -> Message | None:
        """One that this device sent (never one that was received)."""

    def history(self, conversation_id: ConversationId, after: tuple[int, bytes] | None, limit: int) -> list[Message]:
        """By (order, message id), oldest first: the first `limit` after `after`."""

    def place_from_end(self, conversation_id: ConversationId, count: int) -> tuple[int, bytes] | None:
        """The place in history after which the last `count` stand; None when there are no more than these."""

    def unsent(self, conversation_id: ConversationId) -> list[Message]:
        """Ours that wait to be encrypted, oldest first."""

    def put_receipt(self, receipt: Receipt) -> None: ...

    def is_anything_unsent(self, conversation_id: ConversationId) -> bool:
        """Whether `unsent` has anything; asked for every message, so cheap."""

    def unsent_count(self) -> int:
        """Ours in all conversations that wait to be encrypted."""

    def receipts(self, message_id: bytes) -> list[Receipt]: ...

    def receipt_state(self, message_id: bytes, person_id: PersonId) -> str | None:
        """How far it is with one recipient; None for who is none."""

    def receipt_states(self, message_id: bytes) -> set[str]:
        """Every state that some recipient is in."""

    def waited_for(self, conversation_id: ConversationId) -> set[PersonId]:
        """Recipients who do not have something of ours in this conversation yet, as far as we know."""

    def undelivered(self, conversation_id: ConversationId, person_id: PersonId) -> list[Message]:
        """Ours in a conversation that this recipient does not have yet, as far as we know."""

    def put_report(self, conversation_id: ConversationId, message_id: bytes, status: int, due: Instant) -> None:
        """A status that we owe the conversation; the higher status of one message replaces the lower."""

    def reports(self, conversation_id: ConversationId) -> list[tuple[bytes, int, Instant]]: ...

    def reports_due(self) -> list[tuple[ConversationId, Instant]]:
        """The earliest due time of each conversation that we owe a report."""

    def clear_reports(self, conversation_id: ConversationId) -> None: ...
