"""Ciphertext on its way, the numbers that were had, and who still needs what."""

from dataclasses import dataclass
from typing import Protocol

from coterie.core.kernel.ids import ConversationId, DeviceId, EnvelopeId
from coterie.core.kernel.world import Instant


@dataclass(frozen=True, slots=True)
class Envelope:
    """One MLSMessage as carried, stored once. `kind` as in authenticated_data; commits have number 0.

    `data` is the frame body to transmit (an envelope, or a commit's parcel with Welcome and log); `keep_until` is an
    Instant, 0 when policy decides; `message_id` names our content in it, empty otherwise.
    """

    envelope_id: EnvelopeId
    conversation_id: ConversationId
    sender_device: DeviceId
    number: int
    kind: int
    group_id: bytes
    epoch: int
    data: bytes
    message_id: bytes
    keep_until: Instant
    created_at: Instant


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What an acknowledged envelope was; the fields as in Envelope."""

    conversation_id: ConversationId
    sender_device: DeviceId
    kind: int
    group_id: bytes
    message_id: bytes


@dataclass(frozen=True, slots=True)
class Carried:
    """What tells whether somebody has an envelope already; the fields as in Envelope."""

    envelope_id: EnvelopeId
    sender_device: DeviceId
    number: int
    kind: int
    group_id: bytes
    epoch: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What we have of one sender in one conversation: all up to `contiguous`, and the `ranges` beyond, inclusive.

    Numbers below `start` were before our time as far as we know; one that can be read all the same moves `start` down.
    """

    conversation_id: ConversationId
    sender_device: DeviceId
    start: int
    contiguous: int
    ranges: tuple[tuple[int, int], ...]
    unreadable: tuple[int, ...]


class Envelopes(Protocol):
    def add(self, envelope: Envelope, targets: tuple[DeviceId, ...]) -> None:
        """The ciphertext, with one row per target device."""

    def get(self, envelope_id: EnvelopeId) -> Envelope | None: ...

    def waiting_for(self, device_id: DeviceId) -> int: ...

    def targeted(self, conversation_id: ConversationId) -> set[DeviceId]:
        """Devices that something of this conversation is still meant for."""

    def targets(self, envelope_id: EnvelopeId) -> list[DeviceId]: ...

    def acknowledge(self, envelope_id: EnvelopeId, device_id: DeviceId) -> Acknowledged | None:
        """Drops the target row, and the ciphertext with the last one; None when there was no such row."""

    def pending_in(self, conversation_id: ConversationId, device_id: DeviceId, limit: int) -> list[Envelope]:
        """The oldest `limit` of what this device has not acknowledged, oldest first."""

    def pending_numbers(
        self, conversation_id: ConversationId, device_id: DeviceId, sender_device: DeviceId
    ) -> set[int]:
        """The numbers of this sender that are on their way to a device."""

    def carried(self, conversation_id: ConversationId, device_id: DeviceId, own: DeviceId) -> list[Carried]:
        """What we keep for a device that others have sent."""

    def drop_target(self, conversation_id: ConversationId, device_id: DeviceId) -> None:
        """This device is no longer meant: all its rows of the conversation go, and ciphertext with no target left."""

    def drop(self, envelope_id: EnvelopeId) -> None: ...

    def of_sender(self, conversation_id: ConversationId, sender_device: DeviceId) -> list[Envelope]: ...

    def expired(self, now: Instant) -> list[Envelope]: ...

    def put_numbers(self, numbers: Numbers) -> None: ...

    def numbers(self, conversation_id: ConversationId, sender_device: DeviceId) -> Numbers | None: ...

    def all_numbers(self, conversation_id: ConversationId) -> list[Numbers]: ...
